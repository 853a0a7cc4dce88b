import factory
import wagtail_factories

from content.models import PracticePage, SamplePage
from tests.factories.content import ModulePageFactory

DEFAULT_SCENE = {
    "mood": "",
    "is_written": False,
    "model_answer": "",
    "checklist": [],
    "choices": [],
    "to": "",
}


def scene(name, *choices, says="Hello?", **fields):
    """A scene; each choice is (text, to) or (text, to, marks), marks being (criterion, level)."""
    return (
        "scene",
        {
            **DEFAULT_SCENE,
            "name": name,
            "says": says,
            "choices": [
                {
                    "text": text,
                    "to": to,
                    "consequence": f"After {text}",
                    "marks": [
                        {"criterion": key, "level": level, "why": f"{key} is {level}"}
                        for key, level in (marks[0] if marks else ())
                    ],
                }
                for text, to, *marks in choices
            ],
            **fields,
        },
    )


def end(name, kind="good"):
    return ("end", {"name": name, "kind": kind, "text": f"It came to {name}."})


def small_scenario():
    """A choice of two ways, then a written answer with a choice, then a good and a bad end."""
    return [
        scene(
            "start",
            ("Kindly", "Written ", [("tone", 3), ("greeting", 3)]),
            ("Rudely", "lost", [("tone", 1)]),
            ("Again", "START", [("tone", 2)]),
            says="Where is my order?",
        ),
        scene(
            "written",
            ("It was good", "won", [("facts", 3)]),
            ("It was not", "lost", [("facts", 1)]),
            says="And now?",
            is_written=True,
            model_answer="It leaves tomorrow.",
            checklist=["A day", "A name"],
        ),
        end("won"),
        end("lost", "bad"),
    ]


class PracticePageFactory(wagtail_factories.PageFactory):
    """A role play in chat, as `small_scenario`."""

    class Meta:
        model = PracticePage

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Role play {n}")
    scenario = factory.LazyFunction(small_scenario)


class SamplePageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = SamplePage

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Sample {n}")
