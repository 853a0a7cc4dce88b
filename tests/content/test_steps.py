"""Where steps lead, on which channel, and what an editor is told. No database."""

from types import SimpleNamespace

import pytest

from content.steps import Flow, Step, Way, problems, remarks, resolve
from people.channels import Channel

LEAD = SimpleNamespace(key="lead", contact="Team lead", within_minutes=5, when="Always")


def answer(text, to, procedure=None):
    return {"answer": text, "to": to, "procedure": procedure}


def whole(*values):
    return [
        Step.of({"title": f"Step {number}", **value}, key=f"key{number}", number=number)
        for number, value in enumerate(values, start=1)
    ]


def ways(flow, number):
    return [
        (way.way, way.step.number if way.step else None)
        for way in flow.exits(flow.steps[number - 1])
    ]


def test_steps_saved_before_there_were_branches_follow_one_another():
    flow = Flow(whole({"say": "Hello"}, {"who": None}))

    assert ways(flow, 1) == [(Way.STEP, 2)]
    assert ways(flow, 2) == [(Way.DONE, None)]
    assert flow.steps[1].who == "agent"


def test_answers_lead_to_steps_levels_procedures_and_the_end():
    other = SimpleNamespace(pk=7)
    answers = [
        answer("a", "step:key2"),
        answer("b", "level:Team lead"),
        answer("c", "procedure", other),
        answer("d", "done"),
        answer("e", "next"),
        answer("f", "step:gone"),
        answer("g", "level:Nobody"),
    ]
    flow = Flow(whole({"question": "Which?", "answers": answers}, {}), [LEAD], {7: other})

    found = flow.exits(flow.first)

    assert [way.way for way in found] == [
        Way.STEP, Way.LEVEL, Way.PROCEDURE, Way.DONE, Way.STEP, Way.MISSING, Way.MISSING,
    ]  # fmt: skip
    assert (found[1].level, found[2].procedure) == (LEAD, other)


def test_a_procedure_the_reader_may_not_open_is_missing():
    answers = [answer("a", "procedure", SimpleNamespace(pk=7))]

    assert ways(Flow(whole({"question": "?", "answers": answers})), 1) == [(Way.MISSING, None)]


def test_a_channel_leaves_out_steps_and_keeps_their_numbers():
    flow = Flow(whole({}, {"channels": ["social"]}, {}), channel=Channel.CHAT)

    assert [step.number for step in flow.steps] == [1, 3]
    assert flow.left_out == [2]
    assert ways(flow, 1) == [(Way.STEP, 3)]


def test_an_answer_to_a_step_that_does_not_hold_leads_to_the_next_that_does():
    answers = [answer("a", "step:key2"), answer("b", "step:key3")]
    flow = Flow(
        whole({"question": "?", "answers": answers}, {"channels": ["social"]}, {}),
        channel=Channel.CHAT,
    )

    assert ways(flow, 1) == [(Way.STEP, 3), (Way.STEP, 3)]


def test_a_variant_replaces_what_it_says_and_leaves_out_what_does_not_hold():
    variants = [{"channel": "chat", "say": "Hi!", "leave_out": ["record"]}]
    (step,) = whole(
        {"say": "Good day.", "record": "A note.", "check": "Late?", "variants": variants}
    )

    chat, phone = step.on(Channel.CHAT), step.on(Channel.PHONE)

    assert (chat.say, chat.record, chat.check) == ("Hi!", "", "Late?")
    assert (phone.say, phone.record) == ("Good day.", "A note.")
    assert step.on(None).variants[0].label == "Chat"


def test_a_loop_is_said_and_does_not_hang():
    steps = whole(
        {}, {"question": "Again?", "answers": [answer("y", "step:key1"), answer("n", "done")]}
    )

    assert list(remarks(steps, [], [])) == ["From step 2 it can go back to step 1: a loop."]
    assert Flow(steps).steps_to_end() == {"key2": 1, "key1": 2}


def test_a_loop_without_an_end_and_steps_nobody_comes_to_are_told():
    steps = whole({"answers": [answer("", "step:key1")]}, {}, {})

    assert list(remarks(steps, [], [])) == [
        "Steps 2, 3 are never reached: no answer leads there.",
        "From step 1 it can go back to step 1: a loop.",
        "From step 1 there is no way to an end.",
    ]


def test_a_step_reached_on_one_channel_is_reached():
    steps = whole({"channels": ["email"], "answers": [answer("", "done")]}, {"channels": ["chat"]})

    assert list(remarks(steps, [], [Channel.EMAIL, Channel.CHAT])) == []


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"question": "?"}, "Give the answers"),
        ({"answers": [answer("a", "done"), answer("b", "done")]}, "Ask the question"),
        ({"question": "?", "answers": [answer("", "done")]}, "Write the answer"),
        (
            {"question": "?", "answers": [answer("a", "done"), answer("A ", "next")]},
            "there already",
        ),
        ({"question": "?", "answers": [answer("a", "nonsense")]}, "Choose where"),
        ({"question": "?", "answers": [answer("a", "step:gone")]}, "not on this page any more"),
        ({"question": "?", "answers": [answer("a", "level:Boss")]}, "The escalation level this"),
        ({"question": "?", "answers": [answer("a", "procedure")]}, "Choose the procedure"),
        (
            {"question": "?", "answers": [answer("a", "procedure", SimpleNamespace(pk=9))]},
            "not published",
        ),
    ],
)
def test_what_leads_nowhere_cannot_be_published(value, complaint):
    (problem,) = problems(whole(value), [LEAD], {7})

    assert complaint in problem.message


def test_what_leads_somewhere_can_be_published():
    answers = [
        answer("a", "step:key1"),
        answer("b", "level:Team lead"),
        answer("c", "procedure", SimpleNamespace(pk=7)),
        answer("d", "done"),
    ]
    steps = whole({"question": "?", "answers": answers}, {"answers": [answer("", "step:key1")]})

    assert list(problems(steps, [LEAD], {7})) == []


@pytest.mark.parametrize("typed", ["step:2", "step: step 2 ", "step:key2"])
def test_a_step_is_found_by_number_title_or_id(typed):
    assert resolve(typed, whole({}, {})).replace(" ", "") == "step:key2"


def test_what_is_no_step_stays_as_it_is():
    assert [resolve(typed, whole({})) for typed in ("done", "step:nine", "")] == [
        "done", "step:nine", "",
    ]  # fmt: skip
