"""The conversation as it is shown, openly and blind."""

import datetime as dt
import html
import re

import pytest
from django.template.loader import render_to_string

from interactions.conversation import agent_names, blind_turns, lines_of
from interactions.models import Interaction, Message, Recording
from interactions.words import humanised
from people.models import User

TURNS = [
    Message("m1", "agent", "Hello, this is Ada.", 0),
    Message("m2", "customer", "Hi Ada!", 61),
    Message("m3", "system", "", 90, action="host", details=[("HostName", "Ada Okafor")]),
    Message("m4", "system", "Note of Okafor", None),
]


def shown(turns=TURNS, *, channel="chat", blind=False, start=None) -> str:
    return render_to_string(
        "interactions/_conversation.html",
        {
            "turns": turns,
            "channel": channel,
            "blind": blind,
            "agent_name": "Ada Okafor",
            "customer_name": "Carla",
            "interaction": Interaction(started_at=start),
        },
    )


def test_blind_turns_hide_names_and_keep_ids_and_lengths():
    blind = blind_turns(TURNS, ["Ada", "Okafor"])
    assert [turn.text for turn in blind] == [
        "Hello, this is ███.",
        "Hi ███!",
        "",
        "Note of ██████",
    ]
    assert blind[2].details == [("HostName", "███ ██████")]
    assert [turn.id for turn in blind] == ["m1", "m2", "m3", "m4"]
    assert [len(turn.text) for turn in blind] == [len(turn.text) for turn in TURNS]


def test_agent_names_are_those_of_the_source_and_of_the_person():
    person = User(first_name="Ada", last_name="Okafor")
    assert agent_names(Interaction(agent=person, agent_name="Adi")) == ["Adi", "Ada", "Okafor"]
    assert agent_names(Interaction(agent_name="Adi")) == ["Adi"]
    assert agent_names(Interaction(agent_reference="ada_e")) == ["ada_e"]
    assert agent_names(Interaction(agent_reference="46")) == []


def test_the_conversation_names_its_speakers():
    page = shown()
    assert page.count("Ada Okafor") == 2  # the speaker, and in what the system found
    assert "Carla" in page


def test_the_conversation_is_blind_when_asked():
    page = shown(blind_turns(TURNS, ["Ada Okafor"]), blind=True)
    assert "Ada" not in page
    assert "Okafor" not in page
    assert "Agent" in page


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("phone", "01:01"),
        ("chat", "01:01"),
        ("email", 'datetime="2026-03-31T09:31:01+00:00"'),
        ("social", 'datetime="2026-03-31T09:31:01+00:00"'),
    ],
)
def test_times_run_from_the_start_or_are_dates(channel, expected):
    start = dt.datetime(2026, 3, 31, 9, 30, tzinfo=dt.UTC)
    page = shown(channel=channel, start=start)
    assert expected in page
    assert f"conversation--{channel}" in page


def test_letters_without_a_start_are_timed_from_the_first():
    assert "after 1 min 1 s" in shown(channel="email")


def test_opening_lines_are_where_the_speaker_changes():
    turns = [Message("a", "agent", "1"), Message("b", "agent", "2"), Message("c", "customer", "3")]

    assert [line.opens for line in lines_of(turns, channel="chat")] == [True, False, True]


def test_a_letter_folds_quotations_and_keeps_its_text_to_the_character():
    text = "Yes & <please>.\n\nOn 3 May, Ada wrote:\n> Shall we? 😀\n\nCarla"
    page = shown([Message("m1", "customer", text, 0)], channel="email")

    assert 'data-label="2 quoted lines"' in page
    element = re.search(r"<div[^>]* data-message-text>(.*?)</div>", page, re.DOTALL)
    assert html.unescape(re.sub(r"<[^>]*>", "", element[1])) == text


def test_chats_fold_nothing():
    assert "<details" not in shown([Message("m1", "customer", "a\n> b", 0)])


def test_letters_stand_under_their_subject():
    page = render_to_string(
        "interactions/_conversation.html",
        {"turns": TURNS, "channel": "email", "interaction": Interaction(subject="Late <sofa>")},
    )

    assert "Late &lt;sofa&gt;" in page


def test_a_late_answer_says_how_late_and_by_which_standard():
    page = render_to_string(
        "interactions/_conversation.html",
        {
            "turns": TURNS,
            "channel": "chat",
            "waits": {"m2": 125},
            "standard": 2,
            "standard_of": "Live chat",
        },
    )

    assert page.count("message__wait") == 2
    assert "2 min 5 s without an answer; the standard is 2 minutes" in " ".join(page.split())
    assert "(Live chat)" in page


def test_times_lead_into_the_recording_where_there_is_one():
    recording = Recording(peaks=[[0, 1000], [500, 0]], layout=Recording.Layout.AGENT_FIRST)
    page = render_to_string(
        "interactions/_conversation.html",
        {
            "turns": [Message("m1", "agent", "Hi", 1234.5)],
            "channel": "phone",
            "blind": True,
            "recording_url": "/sound/",
            "interaction": Interaction(recording=recording),
        },
    )

    assert 'href="/sound/#t=1234.5" data-seek="1234.5"' in page
    assert page.count("<path") == 2
    assert "Names are not hidden in the recording." in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pull-up-account", "Pull up account"),
        ("status_mystery_fee", "Status mystery fee"),
        ("DoctorName", "Doctor name"),
        ("api", "Api"),
        ("APIName", "APIName"),
        ("hotel_book, weather", "Hotel book, weather"),
        ("", ""),
    ],
)
def test_humanised(name, words):
    assert humanised(name) == words
