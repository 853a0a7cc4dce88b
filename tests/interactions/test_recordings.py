"""Adding recordings and timed transcripts: the actions and their command."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from interactions.actions import NotAllowed, attach_recording, import_transcript
from interactions.models import Recording, Transcript
from interactions.signals import service_facts_changed
from interactions.subtitles import Cue
from people.models import AuditEvent, User
from tests.factories.interactions import InteractionFactory
from tests.interactions.sounds import wav

AUDIO = Path(__file__).parents[3] / "shared/data/audio"
VTT = """WEBVTT

00:01.000 --> 00:02.000
<v Agent>Good morning.

00:50.000 --> 00:51.500
<v Caller>It leaves tomorrow.
"""


@pytest.fixture
def call(agent):
    return InteractionFactory(agent=agent, channel="phone", external_id="call-1")


@pytest.fixture
def files(tmp_path):
    """`files(name=content)` writes files and returns their paths as text, in order."""

    def write(**contents: bytes | str) -> list[str]:
        paths = []
        for name, content in contents.items():
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(str(path))
        return paths

    return write


def sound(name="call.wav", **options) -> ContentFile:
    return ContentFile(wav([0, 1000, -500, 250], **options), name=name)


def stored_files() -> list[str]:
    root = Path(Recording._meta.get_field("file").storage.location) / "recordings"
    return [str(path) for path in root.rglob("*") if path.is_file()] if root.exists() else []


# --- recordings ------------------------------------------------------------------------------------
def test_attach_recording_measures_a_wave_file(call, administrator):
    recording = attach_recording(call, sound(rate=4), by=administrator)

    assert recording.duration_seconds == 1
    assert recording.peaks == [[0, 1000, 500, 250]]
    assert recording.tracks == [("", [0, 1000, 500, 250])]
    assert AuditEvent.objects.get(action="attach_recording").actor == administrator


def test_attach_recording_keeps_no_name_that_could_tell_who_it_is(call):
    recording = attach_recording(call, sound("AGENT_ChrisL.WAV"), by=None)

    assert "Chris" not in recording.file.name
    assert recording.media_type == "audio/wav"


def test_attach_recording_takes_two_channels_as_two_sides(call):
    assert attach_recording(call, sound(channels=2), by=None).tracks == [
        ("agent", [0, 500]),
        ("customer", [1000, 250]),
    ]
    assert attach_recording(call, sound(channels=2), by=None, customer_first=True).tracks == [
        ("customer", [0, 500]),
        ("agent", [1000, 250]),
    ]


def test_attach_recording_joins_a_file_of_each_side(call):
    other = ContentFile(wav([2000]), name="caller.wav")
    recording = attach_recording(call, sound(), other, by=None)

    assert recording.layout == Recording.Layout.AGENT_FIRST
    assert recording.peaks == [[0, 500, 250, 125], [1000, 0, 0, 0]]


def test_attach_recording_plays_what_it_cannot_draw(call):
    recording = attach_recording(call, ContentFile(b"ID3...", name="call.mp3"), by=None)

    assert (recording.peaks, recording.duration_seconds) == ([], None)
    assert recording.media_type == "audio/mpeg"


def test_attach_recording_refuses_what_no_browser_plays(call):
    with pytest.raises(NotAllowed, match=r"\.mp3"):
        attach_recording(call, ContentFile(b"x", name="call.exe"), by=None)
    with pytest.raises(NotAllowed, match="joined"):
        attach_recording(call, sound(), ContentFile(b"x", name="b.mp3"), by=None)
    assert not Recording.objects.exists()


def test_attach_recording_replaces_and_leaves_no_file_behind(
    call, django_capture_on_commit_callbacks
):
    first = attach_recording(call, sound(), by=None).file.name
    with django_capture_on_commit_callbacks(execute=True):
        second = attach_recording(call, sound(), by=None)

    assert Recording.objects.get() == second
    assert not second.file.storage.exists(first)
    assert second.file.storage.exists(second.file.name)


def test_attach_recording_that_fails_keeps_no_file(call):
    before = stored_files()
    nobody = User(email="unsaved@example.org")

    with pytest.raises(ValueError, match="unsaved"):
        attach_recording(call, sound(), by=nobody)
    assert stored_files() == before
    assert not Recording.objects.exists()


@pytest.mark.skipif(not AUDIO.exists(), reason="the sample recordings are not on this machine")
def test_real_recordings_are_measured(call, tmp_path):
    mono, agent_side, caller_side = sorted(AUDIO.glob("*.wav"))
    with mono.open("rb") as file:
        one = attach_recording(call, ContentFile(file.read(), name=mono.name), by=None)
    assert round(one.duration_seconds) == 278
    assert len(one.peaks[0]) == 600

    call_command("import_recording", str(call.pk), audio=agent_side, audio2=caller_side)
    two = Recording.objects.get()
    assert round(two.duration_seconds) == 245
    assert [side for side, _peaks in two.tracks] == ["agent", "customer"]
    assert two.file.size == pytest.approx(2 * agent_side.stat().st_size, rel=0.001)


# --- transcripts -----------------------------------------------------------------------------------
SPEAKERS = {"A": "agent", "C": "customer"}


def test_import_transcript_replaces_words_and_keeps_what_was_done(call):
    cues = [Cue(1, 2, "A", "Good morning."), Cue(50, 51.5, "C", "Hello.")]
    import_transcript(call, cues, speakers=SPEAKERS, by=None)

    transcript = Transcript.objects.get()
    assert [(turn.speaker, turn.text, turn.offset) for turn in transcript.turns] == [
        ("agent", "Good morning.", 1),
        ("system", "", 40),
        ("customer", "Hello.", 50),
    ]
    assert transcript.turns[2].duration == 1.5
    assert transcript.text == "Good morning.\nHello."
    call.refresh_from_db()
    assert call.message_count == 3
    assert AuditEvent.objects.get(action="import_transcript").before == {"messages": 4}


def test_import_transcript_keeps_the_ids_of_lines_that_stay(call):
    cues = [Cue(0, 1, "A", "Welcome."), Cue(55, 56, "A", "It leaves tomorrow.")]
    import_transcript(call, cues, speakers=SPEAKERS, by=None)

    ids = {turn.text: turn.id for turn in Transcript.objects.get().turns}
    assert ids["It leaves tomorrow."] == "m4"
    assert ids["Welcome."] not in {"m1", "m2", "m3", "m4"} or ids["Welcome."] == "m2"
    assert len(set(ids.values())) == len(ids)


def test_import_transcript_measures_the_waits_of_the_new_words(call):
    heard = []
    service_facts_changed.connect(
        lambda ids, **more: heard.append(ids), weak=False, dispatch_uid="t"
    )
    cues = [Cue(0, 2, "A", "Welcome."), Cue(3, 5, "C", "Hello."), Cue(12, 14, "A", "At once.")]
    try:
        import_transcript(call, cues, speakers=SPEAKERS, by=None)
    finally:
        service_facts_changed.disconnect(dispatch_uid="t")

    call.refresh_from_db()
    assert (call.first_asked_seconds, call.first_response_seconds) == (3, 9)
    assert (call.gap_count, call.longest_gap_seconds) == (1, 7)
    assert heard == [[call.pk]]


def test_import_transcript_serves_an_interaction_without_words(agent):
    bare = InteractionFactory(agent=agent, transcript=None)
    import_transcript(bare, [Cue(1, 2, "A", "Hello.")], speakers=SPEAKERS, by=None)

    assert [turn.id for turn in Transcript.objects.get().turns] == ["m1"]


# --- the command -----------------------------------------------------------------------------------
def test_command_adds_both(call, files, administrator, capsys):
    audio, words = files(call_wav=wav([0, 9]), call_vtt=VTT)
    call_command(
        "import_recording",
        "desk:call-1",
        audio=Path(audio),
        transcript=Path(words),
        by="ADMIN@example.org",
    )

    assert "Transcript imported: 2 lines." in capsys.readouterr().out
    assert Recording.objects.get().interaction == call
    assert Transcript.objects.get().turns[0].speaker == "agent"
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {administrator.pk}


def test_command_knows_the_agent_by_name_and_takes_others_from_the_line(call, files, agent):
    srt = "1\n00:00:01,000 --> 00:00:02,000\n{}: Hi.\n\n2\n00:00:03,000 --> 00:00:04,000\nJo: Hi."
    (words,) = files(call_srt=srt.format(agent))
    with pytest.raises(CommandError, match=r'Who is “Jo”\? .* --speaker "Jo=agent"'):
        call_command("import_recording", str(call.pk), transcript=Path(words))
    assert len(Transcript.objects.get().messages) == 4

    call_command("import_recording", str(call.pk), transcript=Path(words), speaker=["jo=customer"])
    spoken = [turn.speaker for turn in Transcript.objects.get().turns if not turn.is_system]
    assert spoken == ["agent", "customer"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "Give a recording"),
        ({"audio2": Path("b.wav")}, "give that as well"),
        ({"audio": Path("/nowhere/a.wav")}, "cannot be read"),
        ({"audio": Path(__file__)}, "no format that browsers play"),
        ({"transcript": Path(__file__)}, "belongs to no cue"),
        ({"transcript": Path(__file__), "by": "nobody@example.org"}, "Nobody here"),
    ],
)
def test_command_says_what_is_wrong(call, options, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("import_recording", str(call.pk), **options)


@pytest.mark.parametrize("name", ["999999", "desk:nothing", "x"])
def test_command_needs_an_interaction(db, name):
    with pytest.raises(CommandError, match="There is no interaction"):
        call_command("import_recording", name, audio=Path("a.wav"))
