"""Real GIFT files, with what their own project reads in them."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from content import gift
from content.gift import Problem, Read

SAMPLES = Path(settings.BASE_DIR).parent / "shared/data/gift"
KINDS = {
    "MC": {"single", "multiple"},
    "TF": {"true_false"},
    "Short": {"short_answer"},
    "Numerical": {"numeric"},
    "Matching": {"matching"},
}
# Read elsewhere, and refused here: a choice of one with several right answers, said with the reason.
REFUSED = {"escapeColon": "Only one option can be correct here"}
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"The public sample files are not at {SAMPLES}."
)


def names() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("*.gift"))


def entries(name: str) -> list[Read | Problem]:
    with (SAMPLES / f"{name}.gift").open("rb") as file:
        return list(gift.read(gift.lines_of(file)))


def squeezed(text: str) -> str:
    return " ".join(text.split())


@needs_samples
@pytest.mark.parametrize("name", names())
def test_as_many_questions_of_the_same_kinds(name):
    expected = json.loads((SAMPLES / f"{name}.json").read_text())
    asked = [each for each in expected if each["type"] != "Category"]
    found = entries(name)
    assert len(found) == len(asked)
    for entry, known in zip(found, asked, strict=True):
        if name in REFUSED:
            assert isinstance(entry, Problem)
            assert entry.reason.startswith(REFUSED[name])
        elif known["type"] in KINDS:
            assert isinstance(entry, Read), entry
            assert entry.question.kind in KINDS[known["type"]]
        else:
            assert isinstance(entry, Problem)
            assert entry.is_unknown, f"{known['type']}: {entry.reason}"


@needs_samples
@pytest.mark.parametrize("name", names())
def test_the_same_titles_and_texts(name):
    expected = json.loads((SAMPLES / f"{name}.json").read_text())
    asked = [each for each in expected if each["type"] != "Category"]
    for entry, known in zip(entries(name), asked, strict=True):
        if not isinstance(entry, Read):
            continue
        question = entry.question
        assert question.title == squeezed(known["title"] or "")
        if known["stem"]["format"] != "html":
            assert squeezed(question.text) == squeezed(known["stem"]["text"])
        choices = known.get("choices")
        if known["type"] in ("MC", "Short"):
            texts = [squeezed(choice["text"]["text"]) for choice in choices]
            assert [squeezed(option.text) for option in question.options] == texts
