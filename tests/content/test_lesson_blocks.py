"""Lessons play, offer files and show a conversation; files come in pieces."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction

from content.blocks import LessonBodyBlock
from tests.factories.content import LessonPageFactory, lesson_showing

VTT = b"WEBVTT\n\n00:01.000 --> 00:04.000\nGood morning.\n"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def make(db):
    def document(name, content=b"0123456789"):
        return get_document_model().objects.create(title=name, file=ContentFile(content, name=name))

    return document


def opened(client, document, **headers):
    """As a reader gets it, from a lesson that shows it."""
    lesson_showing(document)
    return client.get(document.url, headers=headers, follow=True)


def clean(kind, **value):
    block = LessonBodyBlock().child_blocks[kind]
    return block.clean(block.normalize(value))


def errors(kind, **value) -> str:
    with pytest.raises(ValidationError) as refusal:
        clean(kind, **value)
    found = refusal.value.block_errors
    return str({name: each.messages for name, each in found.items()})


def video(make, **more):
    value = {"title": "Hold", "file": make("hold.mp4"), "captions": make("hold.vtt", VTT)}
    return {**value, "transcript": "", **more}


# Media -------------------------------------------------------------------------------------------
def test_a_video_needs_captions_to_be_published(make):
    assert clean("video", **video(make))["title"] == "Hold"
    assert "captions" in errors("video", **video(make, captions=None))


def test_a_video_without_captions_is_kept_as_a_draft(make):
    block = LessonBodyBlock().child_blocks["video"]
    value = block.normalize(video(make, captions=None))
    assert block.clean_deferred(value)["captions"] is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", VTT, "ends in .vtt"),
        ("a.vtt", b"1\n00:00:01,000 --> 00:00:02,000\nsrt", "first line"),
        ("a.vtt", b"WEBVTT\n\nnothing", "no caption"),
        ("a.vtt", "WEBVTT\n\nä".encode("latin-1"), "UTF-8"),
        ("a.vtt", b"WEBVTT\n" + b"x" * (2 * 1024 * 1024), "larger"),
    ],
)
def test_captions_that_would_show_nothing_are_refused(make, name, content, words):
    assert words in errors("video", **video(make, captions=make(name, content)))


def test_captions_with_a_byte_order_mark_are_captions(make):
    captions = make("b.vtt", b"\xef\xbb\xbf" + VTT)
    assert clean("video", **video(make, captions=captions))


def test_a_file_of_another_kind_is_refused(make):
    assert ".mp4 or .webm" in errors("video", **video(make, file=make("a.pdf")))
    assert ".mp3" in errors("audio", title="A", file=make("b.mp4"), transcript="Hi")


def test_a_recording_needs_a_transcript(make):
    assert "transcript" in errors("audio", title="A", file=make("a.mp3"), transcript="")
    assert clean("audio", title="A", file=make("a.mp3"), transcript="Hi")


def test_a_lesson_shows_them_all(as_user, agent, make):
    lesson = LessonPageFactory(
        body=[
            ("video", video(make, transcript="What <is> said")),
            ("audio", {"title": "A call", "file": make("call.mp3"), "transcript": "Hello"}),
            ("download", {"file": make("sheet.pdf", b"x" * 2048), "note": "To print"}),
        ]
    )
    html = as_user(agent).get(lesson.url).content.decode()
    assert 'kind="captions"' in html
    assert 'type="video/mp4"' in html
    assert 'type="audio/mpeg"' in html
    assert "What &lt;is&gt; said" in html
    assert "PDF · 2.0" in html
    assert "To print" in html
    assert "<iframe" not in html


def test_a_lesson_whose_file_is_deleted_still_opens(as_user, agent, make):
    value = video(make)
    lesson = LessonPageFactory(body=[("video", value), ("download", {"file": value["file"]})])
    get_document_model().objects.all().delete()
    html = as_user(agent).get(lesson.url).content.decode()
    assert "is not there any more" in html


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        (None, 200, b"0123456789"),
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=20-", 416, b""),
    ],
)
def test_a_player_gets_the_piece_it_asks_for(as_user, agent, make, asked, status, body):
    headers = {"Range": asked} if asked else {}
    response = opened(as_user(agent), make("a.mp4"), **headers)
    content = response.getvalue()
    assert (response.status_code, content) == (status, body)
    assert response["Accept-Ranges"] == "bytes"


def test_captions_come_with_their_type(as_user, agent, make):
    response = opened(as_user(agent), make("a.vtt", VTT))
    assert response["Content-Type"] == "text/vtt; charset=utf-8"
    assert response.getvalue() == VTT


def test_other_documents_come_too(as_user, agent, make):
    response = opened(as_user(agent), make("a.pdf", b"%PDF-1.4 words"))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.getvalue() == b"%PDF-1.4 words"


def test_a_file_in_a_closed_collection_is_not_played(as_user, agent, editor, make):
    collection = Collection.get_first_root_node().add_child(name="Closed")
    CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.PASSWORD, password="x"
    )
    document = make("a.mp4")
    document.collection = collection
    document.save()
    response = as_user(agent).get(document.url, headers={"Range": "bytes=0-1"})
    assert response.status_code == 200
    assert b"password" in response.content


@pytest.mark.parametrize("path", ["/documents/999/a.mp4", "/documents/{pk}/other.mp4"])
def test_what_is_not_there_is_not_found(as_user, agent, make, path):
    assert as_user(agent).get(path.format(pk=make("a.mp4").pk)).status_code == 404


# Sample interaction ------------------------------------------------------------------------------
def sample(messages=(), **more):
    return {"title": "A bowl", "channel": "chat", "paste": "", "messages": list(messages), **more}


def message(text, *highlights):
    rows = [{"words": words, "note": "Because.", "kind": "good"} for words in highlights]
    return {"who": "customer", "time": "", "text": text, "highlights": rows}


def test_a_pasted_transcript_becomes_messages():
    pasted = "Customer: My bowl broke.\nAgent (0:42): I'm sorry."
    cleaned = clean("sample", **sample([message("Before.")], paste=pasted))
    assert cleaned["paste"] == ""
    found = [(each["who"], each["time"], each["text"]) for each in cleaned["messages"]]
    assert found == [
        ("customer", "", "Before."),
        ("customer", "", "My bowl broke."),
        ("agent", "0:42", "I'm sorry."),
    ]


def test_a_transcript_that_does_not_say_who_speaks_is_refused():
    assert "Line 1 does not say who speaks" in errors("sample", **sample(paste="Good morning"))


def test_a_sample_without_messages_is_refused():
    assert "Paste a transcript" in errors("sample", **sample())


def test_highlighted_words_have_to_stand_in_the_message():
    with pytest.raises(ValidationError):
        clean("sample", **sample([message("My bowl broke.", "My cup")]))
    assert clean("sample", **sample([message("My bowl broke.", "bowl")]))


def test_a_sample_is_shown_with_its_notes(as_user, agent):
    lesson = LessonPageFactory(
        body=[("sample", sample([message("My <b> bowl broke.", "bowl"), message("Well?")]))]
    )
    html = as_user(agent).get(lesson.url).content.decode()
    assert "conversation--chat" in html
    assert "My &lt;b&gt; <mark" in html
    assert "Because." in html
    assert "Made up for this lesson." in html
