"""The bank of questions: GIFT in and out, and what authors are warned about."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from content import gift
from content.models import Question
from content.question_exchange import draft_of, export_gift, import_gift

FILE = """$CATEGORY: Shipping

// [id:late]
::Late parcel:: What first? {
=Apologise#Yes.
~Refund
####People first.
}

::Broken:: What {=a ~b

Tell us. {}

How many? {#3:1}

Which? {~%50%a ~%50%b ~c}

Order {>
one
two
}

Match {=a -> 1 =b -> 2}

T {TRUE}

Typed {=a =b}
"""


def load(text=FILE, **more):
    return import_gift(text.split("\n"), by=None, **more)


def test_what_is_whole_is_imported_and_the_rest_is_named(db):
    report = load()

    assert (report.added, report.total) == (7, 9)
    assert [(each.line, each.name) for each in report.broken] == [(10, "Broken")]
    assert [each.line for each in report.unknown] == [12]
    late = Question.objects.get(key="late")
    assert (late.title, late.kind, late.explanation) == ("Late parcel", "single", "People first.")
    assert [tag.name for tag in late.tags.all()] == ["Shipping"]
    assert [(o.text, o.is_correct, o.feedback) for o in late.options.all()] == [
        ("Apologise", True, "Yes."),
        ("Refund", False, ""),
    ]


def test_the_same_file_again_changes_nothing(db):
    load()
    before = list(Question.objects.values_list("pk", flat=True))
    report = load()

    assert (report.added, report.unchanged, report.replaced, report.kept) == (0, 7, 0, [])
    assert list(Question.objects.values_list("pk", flat=True)) == before


def test_what_the_bank_has_otherwise_stays_unless_told(db):
    load()
    changed = FILE.replace("=Apologise", "=Say sorry")

    (kept,) = load(changed).kept
    assert (kept.line, "late" in kept.reason) == (4, True)
    assert Question.objects.get(key="late").options.first().text == "Apologise"
    assert load(changed, replace=True).replaced == 1
    assert Question.objects.get(key="late").options.first().text == "Say sorry"


def test_export_is_imported_as_unchanged(db):
    load()
    text = "".join(export_gift(Question.objects.order_by("key")))

    report = load(text)
    assert (report.unchanged, report.total) == (7, 7)


def test_too_long_an_answer_is_broken(db):
    report = load("Q {=" + "a" * 501 + " ~b}")

    assert "500 characters" in report.broken[0].reason


def test_commands_import_and_export(db, tmp_path, capsys):
    path = tmp_path / "q.gift"
    path.write_text(FILE)

    with pytest.raises(CommandError):
        call_command("import_gift", path)
    said = capsys.readouterr().out
    assert f"{path}:10: Broken: The “{{” in line 10" in said
    assert "7 added" in said
    call_command("export_gift", "--tag", "Shipping")
    exported = list(gift.read(capsys.readouterr().out.split("\n")))
    assert len(exported) == 7


def upload(browser, text=FILE, **more):
    file = SimpleUploadedFile("questions.gift.txt", text.encode())
    return browser.post(reverse("content_gift_import"), {"file": file, **more})


def test_editors_upload_and_read_the_report(as_user, editor):
    browser = as_user(editor)
    assert browser.get(reverse("content_gift_import")).status_code == 200

    response = upload(browser, tags="autumn, 2026")

    page = response.content.decode()
    assert response.status_code == 200
    assert "7 questions added" in page
    assert "<td>10</td><td>Broken</td>" in page
    assert "ticks everything" in page
    tags = [tag.name for tag in Question.objects.get(key="late").tags.order_by("name")]
    assert tags == ["2026", "Shipping", "autumn"]


def test_without_a_file_the_form_says_so(as_user, editor):
    response = as_user(editor).post(reverse("content_gift_import"), {"tags": "kept"})

    assert response.status_code == 422
    assert 'value="kept"' in response.content.decode()


def test_the_export_follows_the_filters(as_user, editor):
    browser = as_user(editor)
    upload(browser)

    response = browser.get(reverse("content_gift_export"), {"kind": "numeric"})
    (entry,) = gift.read(b"".join(response.streaming_content).decode().split("\n"))
    assert entry.question.kind == "numeric"


@pytest.mark.parametrize("name", ["content_gift_import", "content_gift_export"])
@pytest.mark.parametrize("role", ["agent", "reviewer", "manager"])
def test_the_bank_is_for_editors(request, as_user, role, name):
    response = as_user(request.getfixturevalue(role)).get(reverse(name))

    assert response.status_code in {302, 403}


def test_the_listing_leads_to_both(as_user, editor):
    page = as_user(editor).get(reverse("wagtailsnippets_content_question:list")).content.decode()

    assert reverse("content_gift_import") in page
    assert reverse("content_gift_export") in page


def question_data(**more) -> dict:
    data = {
        "text": "Which?",
        "key": "which",
        "title": "",
        "kind": "multiple",
        "marking": "weights",
        "explanation": "",
        "skill": "",
        "tags": "",
        "options-TOTAL_FORMS": "3",
        "options-INITIAL_FORMS": "0",
        "options-MIN_NUM_FORMS": "0",
        "options-MAX_NUM_FORMS": "1000",
    }
    for place, (text, is_correct) in enumerate([("a", "on"), ("b", "on"), ("c", "")]):
        data |= {
            f"options-{place}-text": text,
            f"options-{place}-is_correct": is_correct,
            f"options-{place}-ORDER": str(place + 1),
        }
    return data | more


def test_authors_are_warned_of_a_key_without_negative_weights(as_user, editor):
    response = as_user(editor).post(
        reverse("wagtailsnippets_content_question:add"), question_data(), follow=True
    )

    assert Question.objects.filter(key="which").exists()
    assert "ticks everything" in response.content.decode()


def test_negative_weights_warn_of_nothing(as_user, editor):
    response = as_user(editor).post(
        reverse("wagtailsnippets_content_question:add"),
        question_data(**{"options-2-weight": "-100"}),
        follow=True,
    )

    assert draft_of(Question.objects.get(key="which")).options[2].weight == -100
    assert "ticks everything" not in response.content.decode()


def test_a_marking_that_does_not_suit_is_refused(as_user, editor):
    response = as_user(editor).post(
        reverse("wagtailsnippets_content_question:add"), question_data(marking="share")
    )

    assert not Question.objects.exists()
    assert "does not suit" in response.content.decode()


def test_bytes_that_are_no_text_lose_only_their_question_wherever_they_stand(editor):
    data = b"$CATEGORY: a/b\n\n// [tag:bas\xeb\xe1ics]\n::One:: True? {T}\n\n::Two:: True? {T}\n"
    report = import_gift(gift.lines_of(io.BytesIO(data)), by=editor)

    assert [(each.line, "not UTF-8" in each.reason) for each in report.broken] == [(4, True)]
    assert [question.title for question in Question.objects.all()] == ["Two"]
