"""Files and who may have them: by which address, for how long, and as what."""

import datetime as dt
import warnings
from email.message import Message
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signing import TimestampSigner
from django.urls import reverse
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    PageViewRestriction,
    ReferenceIndex,
)

from interactions.actions import attach_recording
from tests.factories.content import LessonPageFactory, lesson_showing
from tests.factories.interactions import InteractionFactory
from tests.interactions.sounds import wav

PDF = b"%PDF-1.4 the plan"
PAGE = b"<!doctype html><script>parent.stolen = document.cookie</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def document(db):
    return make("plan.pdf", PDF)


@pytest.fixture
def image(db):
    return get_image_model().objects.create(title="Door", file=get_test_image_file())


@pytest.fixture
def recording(agent):
    interaction = InteractionFactory(agent=agent, channel="phone")
    attach_recording(interaction, ContentFile(wav([0, 9] * 50), name="Ada.wav"), by=None)
    return reverse("interactions:interaction_recording", args=[interaction.pk])


def make(name: str, content: bytes):
    return get_document_model().objects.create(title=name, file=ContentFile(content, name=name))


def sized(image, size):
    """Wagtail leaves the buffer that it writes a size to for the garbage collector to close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return image.get_rendition(size)


def signed(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 302
    return answer["Location"]


def close_for_all_but_nobody(page, kind=PageViewRestriction.GROUPS):
    return PageViewRestriction.objects.create(page=page, restriction_type=kind, password="open")


# What lies at an address of its own ---------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "documents/plan.pdf",
        "original_images/door.png",
        "avatar_images/me.png",
        "images/../documents/plan.pdf",
        "images/%2e%2e/documents/plan.pdf",
        "images/plan.pdf",
        "images/",
        "packages/a/package.zip",
        "plan.pdf",
        "",
    ],
)
def test_nothing_else_is_served_from_the_folder_of_files(as_user, administrator, document, name):
    for place in (
        "original_images/door.png",
        "images/plan.pdf",
        "plan.pdf",
        "packages/a/package.zip",
    ):
        storages["default"].save(place, ContentFile(PDF))
    assert as_user(administrator).get(f"/media/{name}").status_code == 404


def test_a_picture_of_a_page_is_served_and_its_original_is_not(as_user, agent, image):
    lesson_with(image)
    rendition = sized(image, "width-100")
    client = as_user(agent)
    answer = client.get(rendition.url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.getvalue() == Path(rendition.file.path).read_bytes()
    assert client.get(image.file.url).status_code == 404


def lesson_with(image, **more):
    body = [("image", {"image": image, "alt": "A door", "caption": ""})]
    lesson = LessonPageFactory(body=body, **more)
    ReferenceIndex.create_or_update_for_object(lesson)
    return lesson


@pytest.mark.parametrize("content", [PAGE, DRAWING, PDF, b""])
def test_a_picture_that_is_none_is_not_there(as_user, editor, image, content):
    rendition = sized(image, "width-100")
    Path(rendition.file.path).write_bytes(content)
    assert as_user(editor).get(rendition.url).status_code == 404


def test_a_stranger_is_asked_to_sign_in(client, document, image, recording):
    lesson_showing(document)
    for address in (document.url, sized(image, "width-50").url, recording):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


# Who may have what a page shows -------------------------------------------------------------------
def test_what_no_page_shows_is_for_editors(as_user, agent, editor, document, image):
    for address in (document.url, sized(image, "width-50").url):
        assert as_user(agent).get(address).status_code == 404
        assert as_user(editor).get(address, follow=True).status_code == 200


@pytest.mark.parametrize("how", ["draft", "groups", "password"])
def test_what_a_closed_page_shows_is_not_there_for_who_may_not_open_it(
    as_user, agent, administrator, document, image, how
):
    pages = [lesson_showing(document), lesson_with(image)]
    for page in pages:
        if how == "draft":
            page.unpublish()
        else:
            close_for_all_but_nobody(page, how)
    client = as_user(agent)
    for address in (document.url, sized(image, "width-50").url):
        assert client.get(address).status_code == 404
        assert as_user(administrator).get(address, follow=True).status_code == 200


def test_one_open_page_is_enough(as_user, agent, document):
    close_for_all_but_nobody(lesson_showing(document))
    assert as_user(agent).get(document.url).status_code == 404
    lesson_showing(document)
    assert as_user(agent).get(document.url, follow=True).status_code == 200


def test_who_gave_the_password_of_the_page_has_its_files(as_user, agent, document):
    lesson = lesson_showing(document)
    asked = close_for_all_but_nobody(lesson, PageViewRestriction.PASSWORD)
    client = as_user(agent)
    gate = reverse("wagtailcore_authenticate_with_password", args=[asked.pk, lesson.pk])
    client.post(gate, {"password": "open", "return_url": lesson.url})
    assert client.get(document.url, follow=True).status_code == 200


def test_a_page_that_closes_takes_its_addresses_back(as_user, agent, document):
    lesson, client = lesson_showing(document), as_user(agent)
    address = signed(client, document.url)
    assert client.get(address).status_code == 200
    close_for_all_but_nobody(lesson)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("kind", ["groups", "password"])
def test_a_closed_collection_stands_before_its_pages(as_user, agent, document, image, kind):
    closed = Collection.get_first_root_node().add_child(name="Closed")
    CollectionViewRestriction.objects.create(
        collection=closed, restriction_type=kind, password="open"
    )
    for each in (document, image):
        each.collection = closed
        each.save()
    lesson_showing(document)
    lesson_with(image)
    client = as_user(agent)
    answer = client.get(document.url)
    assert PDF not in answer.content
    assert answer.status_code == (200 if kind == "password" else 404)
    assert client.get(sized(image, "width-50").url).status_code == 404


@pytest.mark.reference_index
def test_files_are_there_as_soon_as_their_page_is_published(
    as_user, agent, editor, document, settings
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    lesson = LessonPageFactory(live=False)
    lesson.body = [("download", {"file": document, "note": ""})]
    lesson.save_revision(user=editor).publish(user=editor)
    assert as_user(agent).get(document.url, follow=True).status_code == 200


def test_another_name_finds_no_document(as_user, editor, document):
    for name in ("other.pdf", "plan.pdf/", "plan.pdf%00", ""):
        assert as_user(editor).get(f"/documents/{document.pk}/{name}").status_code == 404


def test_documents_are_only_read(as_user, editor, document):
    for method in ("post", "put", "delete"):
        assert getattr(as_user(editor), method)(document.url).status_code == 405


# Addresses that are signed ------------------------------------------------------------------------
@pytest.fixture
def files(document, recording):
    """What is asked for, and what it holds."""
    lesson_showing(document)
    return {document.url: PDF, recording: wav([0, 9] * 50)}


def test_a_lasting_address_leads_to_a_signed_one(as_user, agent, files):
    client = as_user(agent)
    for address, content in files.items():
        sent = client.get(address)
        assert sent["Location"].startswith(f"{address}?key=")
        assert "no-store" in sent["Cache-Control"]
        answer = client.get(sent["Location"])
        assert (answer.status_code, answer.getvalue()) == (200, content)
        piece = client.get(sent["Location"], headers={"Range": "bytes=2-5"})
        assert (piece.status_code, piece.getvalue()) == (206, content[2:6])


def test_a_signed_address_opens_nothing_to_somebody_else(
    as_user, agent, manager, administrator, files
):
    for address in files:
        mine = signed(as_user(agent), address)
        for other in (manager, administrator):
            answer = as_user(other).get(mine)
            assert answer.status_code == 403
            assert "for one person" in answer.text


def test_a_signed_address_opens_nothing_without_a_session(client, as_user, agent, files):
    for address in files:
        mine = signed(as_user(agent), address)
        client.logout()
        assert client.get(mine)["Location"].startswith(reverse("account_login"))


def test_a_key_opens_no_other_file(as_user, agent, document, files):
    other = make("other.pdf", PDF)
    lesson_showing(other)
    client = as_user(agent)
    key = signed(client, document.url).partition("?")[2]
    assert client.get(f"{document.url}?{key}").status_code == 200
    assert client.get(f"{other.url}?{key}").status_code == 403


@pytest.mark.parametrize("key", ["", "x", "a:b", "1:2:3", "%00", "ä", "x" * 5000])
def test_a_key_made_up_is_refused(as_user, agent, files, key):
    for address in files:
        assert as_user(agent).get(f"{address}?key={key}").status_code == 403


def test_an_address_is_over_after_a_while_and_says_where_to_get_another(
    as_user, agent, files, settings, monkeypatch
):
    client = as_user(agent)
    made = {address: signed(client, address) for address in files}
    later = timezone.now() + dt.timedelta(seconds=settings.FILE_ADDRESS_SECONDS)
    monkeypatch.setattr("django.core.signing.time.time", lambda: later.timestamp() - 30)
    for address in made.values():
        assert client.get(address).status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", lambda: later.timestamp() + 30)
    for address, over in made.items():
        answer = client.get(over)
        assert answer.status_code == 410
        assert "for a while only" in answer.text
        page = address.removesuffix("recording/")
        assert f'href="{page}"' in answer.text
        assert client.get(address, follow=True).status_code == 200


def test_a_file_replaced_needs_a_new_address(as_user, agent, document, files):
    client = as_user(agent)
    mine = signed(client, document.url)
    document.file_hash = "0" * 40
    document.save()
    assert client.get(mine).status_code == 403


def test_a_key_tells_nothing(as_user, agent, document, files):
    key = signed(as_user(agent), document.url).partition("?key=")[2]
    assert len(key) < 80
    assert "plan" not in key
    assert TimestampSigner(salt="ui.addresses").sep not in document.url


# As what a file comes -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content", "media_type", "is_shown"),
    [
        ("a.pdf", PDF, "application/pdf", True),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42rest", "video/mp4", True),
        ("a.mp3", b"ID3\x03rest", "audio/mpeg", True),
        ("a.wav", wav([0, 9]), "audio/wav", True),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "text/vtt; charset=utf-8", True),
        ("a.txt", b"words", "text/plain; charset=utf-8", False),
        ("a.csv", b"a,b\n=1+1,2", "text/csv; charset=utf-8", False),
        ("a.zip", b"PK\x03\x04rest", "application/zip", False),
        *(
            (f"a.{ending}", content, "application/octet-stream", False)
            for ending in ("html", "svg", "xhtml", "js", "xml", "txt", "vtt", "pdf", "mp4", "png", "exe")
            for content in (PAGE, DRAWING)
        ),
        ("a.pdf", b"\xef\xbb\xbf  <HTML><body>", "application/octet-stream", False),
        ("a.txt", PAGE.decode().encode("utf-16"), "application/octet-stream", False),
        ("a", PDF, "application/octet-stream", False),
        ("a.mp4", b"", "application/octet-stream", False),
    ],
)  # fmt: skip
def test_a_file_comes_as_what_it_is_and_runs_nowhere(
    as_user, agent, db, name, content, media_type, is_shown
):
    document = make(name, content)
    lesson_showing(document)
    answer = as_user(agent).get(document.url, follow=True)
    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    is_played = media_type.startswith(("audio/", "video/")) or media_type == "application/pdf"
    assert ("sandbox" in answer["Content-Security-Policy"]) == (not is_played)
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "name", ['b"; filename=x.html.txt', "b\u202etxt.html.txt", "ü; x.txt", "b%0d%0aX-Evil: 1.txt"]
)
def test_a_name_cannot_write_a_header(as_user, agent, db, name):
    document = make("a.txt", b"words")
    Path(document.file.path).with_name(name).write_bytes(b"words")
    document.file.name = f"documents/{name}"
    document.save()
    lesson_showing(document)
    answer = as_user(agent).get(document.url, follow=True)
    assert answer.status_code == 200
    told = Message()
    told["Content-Disposition"] = answer["Content-Disposition"]
    assert told.get_content_disposition() == "attachment"
    assert told.get_filename() == name
    assert "X-Evil" not in answer


def test_downloads_of_ours_run_nowhere_either(as_user, administrator):
    address = reverse("interactions:import_list")
    answer = as_user(administrator).post(address, {"format": "csv"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


# Sent by the server in front ----------------------------------------------------------------------
def test_the_server_in_front_sends_the_file_where_there_is_one(
    as_user, agent, document, recording, settings
):
    lesson_showing(document)
    settings.ACCEL_REDIRECT = "/_files/"
    client = as_user(agent)
    answer = client.get(document.url, follow=True)
    assert answer["X-Accel-Redirect"] == f"/_files/media/{document.file.name}"
    assert (answer.content, answer["Content-Type"]) == (b"", "application/pdf")
    heard = client.get(recording, follow=True)
    assert heard["X-Accel-Redirect"].startswith("/_files/private/recordings/")
    assert heard["Content-Security-Policy"] == "default-src 'none'; media-src 'self'"
    assert heard["Content-Disposition"] == 'inline; filename="recording.wav"'


def test_the_server_in_front_is_told_nothing_before_the_person_is_known(
    client, as_user, manager, agent, document, settings
):
    settings.ACCEL_REDIRECT = "/_files/"
    lesson_showing(document)
    mine = signed(as_user(agent), document.url)
    for answer in (client.get(mine), as_user(manager).get(mine), as_user(agent).get(document.url)):
        assert "X-Accel-Redirect" not in answer
