import pytest

from interactions.subtitles import Cue, UnreadableTranscript, read_cues

VTT = """\ufeffWEBVTT - a call

NOTE recorded for training
--- not a cue

STYLE
::cue(v) { color: red }

greeting
00:01.500 --> 00:04.000 align:start position:10%
<v.loud Agent Chris>Good <b>morning</b>, &lt;Harbour &amp; Pine&gt;</v>

01:00:05.000 --> 01:00:06.250
<v Caller>Hello
there.
"""

SRT = """1
00:00:01,000 --> 00:00:02,5
AGENT: Hello.

2
00:00:03,000 --> 00:00:04,000
<i>How may I help?</i>

3
00:00:05,000 --> 00:00:06,000
- Customer: My sofa is late.
""".replace("\n", "\r\n")


def test_webvtt():
    assert read_cues(VTT) == [
        Cue(1.5, 4.0, "Agent Chris", "Good morning, <Harbour & Pine>"),
        Cue(3605.0, 3606.25, "Caller", "Hello there."),
    ]


def test_srt_with_names_before_the_words_and_none_goes_on():
    assert read_cues(SRT) == [
        Cue(1.0, 2.5, "AGENT", "Hello."),
        Cue(3.0, 4.0, "AGENT", "How may I help?"),
        Cue(5.0, 6.0, "Customer", "My sofa is late."),
    ]


def test_two_speakers_in_one_cue_are_two_lines():
    one = read_cues("WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Hello?</v> <v B>Yes!</v>")
    other = read_cues("1\n00:00:01,000 --> 00:00:02,000\n- A: Hello?\n- B: Yes!")

    assert one == other == [Cue(1, 2, "A", "Hello?"), Cue(1, 2, "B", "Yes!")]


def test_cues_come_in_order_of_time():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:02.000\na"

    assert [cue.text for cue in read_cues(text)] == ["a", "b"]


def test_times_in_a_sentence_make_no_speaker():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nAt 10:30 then."

    assert read_cues(text) == [Cue(5, 6, "", "At 10:30 then.")]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "no cues"),
        ("WEBVTT", "no cues"),
        ("Just some words.", "Line 1 belongs to no cue"),
        ("WEBVTT\n\n00:01 --> 00:02\nx", "Line 3 has no readable times"),
        ("WEBVTT\n\n00:05.000 --> 00:02.000\nx", "Line 3 ends before it starts"),
    ],
)
def test_what_is_no_transcript_is_refused_with_its_place(text, where):
    with pytest.raises(UnreadableTranscript, match=where):
        read_cues(text)
