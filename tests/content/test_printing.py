"""Procedures and the whole manual as PDF."""

import datetime as dt
import io
import re

import pytest
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from content.models import ManualPrint, ReplyTemplate
from content.printing import files, fonts
from content.printing.fonts import Letters, Speller
from content.printing.story import Writer, write_procedure
from tests.factories.content import ManualSectionPageFactory, ProcedurePageFactory

pytestmark = pytest.mark.django_db
PRINT, FILE = "content:manual_print", "content:manual_pdf"


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        },
    }


def body_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def titles_in(pdf):
    """The outline's titles: the PDF writes them in the clear."""
    return [title.decode("latin-1") for title in re.findall(rb"/Title \((.*?)\)", pdf)]


def pages_in(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_procedure_pdf_has_title_language_and_outline(rich_procedure, agent, as_user):
    response = as_user(agent).get(reverse("content:procedure_pdf", args=[rich_procedure.pk]))

    pdf = body_of(response)
    assert response["Content-Type"] == "application/pdf"
    assert pdf.startswith(b"%PDF-")
    assert "A delivery is late" in titles_in(pdf)
    assert b"/Lang" in pdf
    assert b"/DisplayDocTitle true" in pdf


def test_procedure_pdf_is_not_sent_twice_until_it_changes(rich_procedure, agent, editor, as_user):
    browser, address = as_user(agent), reverse("content:procedure_pdf", args=[rich_procedure.pk])
    etag = browser.get(address)["ETag"]
    assert browser.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert browser.get(address, {"channel": "phone"})["ETag"] != etag

    ReplyTemplate.objects.update(body="Other words")
    assert browser.get(address)["ETag"] != etag
    changed = browser.get(address)["ETag"]
    rich_procedure.save_revision(user=editor).publish()
    assert browser.get(address)["ETag"] != changed


def test_procedure_pdf_is_not_found_for_other_groups(agent, editor, as_user, restrict, client):
    secret = ProcedurePageFactory()
    restrict(secret, editor.groups.get())
    address = reverse("content:procedure_pdf", args=[secret.pk])

    assert as_user(agent).get(address).status_code == 404
    assert as_user(editor).get(address).status_code == 200
    assert as_user(editor).post(address).status_code == 405
    assert client.get(address).status_code == 302


def test_procedure_pdf_survives_a_lost_image_and_odd_words(rich_procedure, agent):
    rich_procedure.notes.raw_data[3]["value"]["image"] = 999_999
    rich_procedure.title = "A <b> & {x} " + "long " * 40
    rich_procedure.save()
    page = type(rich_procedure).objects.get()

    target = io.BytesIO()
    write_procedure(target, page, user=agent, channel=None, base_url="https://example.org")

    assert target.getvalue().startswith(b"%PDF-")


def test_whole_manual_is_made_and_kept(rich_procedure, agent, as_user):
    section = ManualSectionPageFactory(title="Situations")
    ProcedurePageFactory(parent=section, title="Inside")
    browser = as_user(agent)
    assert "Make the PDF" in browser.get(reverse(PRINT)).content.decode()
    assert browser.get(reverse(FILE))["Location"] == reverse(PRINT)
    assert not ManualPrint.objects.exists()

    response = browser.post(reverse(PRINT), follow=True)
    assert "Open the PDF" in response.content.decode()
    made = ManualPrint.objects.get()
    assert (made.state, made.done) == ("done", 3)

    response = browser.get(reverse(FILE))
    pdf = body_of(response)
    for title in ("Contents", "A delivery is late", "Situations", "Inside"):
        assert title in titles_in(pdf)
    assert pages_in(pdf) >= 5
    etag = response["ETag"]
    assert browser.get(reverse(FILE), headers={"If-None-Match": etag}).status_code == 304


def test_whole_manual_holds_only_what_the_reader_may_see(agent, editor, as_user, restrict):
    ProcedurePageFactory(title="For all")
    secret = ProcedurePageFactory(title="For editors")
    restrict(secret, editor.groups.get())

    def titles(person):
        browser = as_user(person)
        browser.post(reverse(PRINT))
        return titles_in(body_of(browser.get(reverse(FILE))))

    assert "For editors" not in titles(agent)
    assert "For editors" in titles(editor)


def test_whole_manual_is_made_anew_when_a_page_is_published(rich_procedure, agent, editor, as_user):
    browser = as_user(agent)
    browser.post(reverse(PRINT))
    browser.post(reverse(PRINT))
    assert ManualPrint.objects.count() == 1

    rich_procedure.save_revision(user=editor).publish()

    assert browser.get(reverse(FILE)).status_code == 302
    browser.post(reverse(PRINT))
    assert ManualPrint.objects.count() == 2


def test_whole_manual_says_when_there_is_nothing(agent, as_user):
    browser = as_user(agent)

    assert "nothing to print yet" in browser.get(reverse(PRINT)).content.decode()
    assert browser.post(reverse(PRINT)).status_code == 302
    assert browser.get(reverse(FILE))["Location"] == reverse(PRINT)
    assert not ManualPrint.objects.exists()


def test_a_print_that_was_given_up_is_asked_for_again(agent):
    ProcedurePageFactory()
    edition = files.edition_for(agent)
    made, is_to_make = files.ask_for(edition)
    assert is_to_make
    assert files.ask_for(edition) == (made, False)

    ManualPrint.objects.update(state="running", progress_at=timezone.now() - dt.timedelta(hours=1))
    assert files.ask_for(edition)[1]
    ManualPrint.objects.update(state="failed")
    assert files.ask_for(edition)[1]


def test_two_workers_make_one_file(agent):
    ProcedurePageFactory()
    made, _new = files.ask_for(files.edition_for(agent))
    files.run(made, user=agent)
    name = ManualPrint.objects.get().file

    files.run(made, user=agent)

    assert ManualPrint.objects.get().file == name
    assert storages["private"].listdir("manual")[1] == [f"{made.digest}.pdf"]


def test_old_files_are_thrown_away(agent, editor):
    page = ProcedurePageFactory()
    old, _new = files.ask_for(files.edition_for(agent))
    files.run(old, user=agent)
    ManualPrint.objects.update(asked_at=timezone.now() - dt.timedelta(days=8))
    page.save_revision(user=editor).publish()

    made, _new = files.ask_for(files.edition_for(agent))
    files.run(made, user=agent)

    assert list(ManualPrint.objects.all()) == [made]
    assert storages["private"].listdir("manual")[1] == [f"{made.digest}.pdf"]


# Letters --------------------------------------------------------------------------------------------


def latin():
    return Speller(Letters("x", "x", frozenset(range(32, 256))))


def test_letters_that_cannot_be_printed_are_counted_in_words():
    speller = latin()

    assert speller.spell("Grüße 你好 你 ok") == "Grüße [3 signs not printable] ok"
    assert speller.spell("a 你") == "a [1 sign not printable]"
    assert speller.unprintable == 4


def test_scripts_from_right_to_left_are_not_printed_in_pieces():
    speller = Speller(Letters("x", "x", frozenset(range(32, 0x700))))

    assert speller.spell("שלום עולם!") == "[8 signs not printable]!"


def test_signs_that_say_the_same_are_replaced():
    assert latin().spell("10\u202f%, 24\u2011h\u200b") == "10\u00a0%, 24-h"


def test_the_fonts_print_western_european_text():
    text = "Äpfel, façade, señor, “quoted” – it’s €5 • …"

    assert Speller().spell(text) == text
    assert fonts.letters().family


def test_what_could_not_be_printed_is_said_at_the_beginning(agent):
    writer = Writer(agent, inside=[], base_url="https://example.org")
    assert writer.warning("https://example.org/x") == []

    writer.say("Reply 你好 🙂")

    (words,) = writer.warning("https://example.org/x")
    assert "https://example.org/x" in words.text
