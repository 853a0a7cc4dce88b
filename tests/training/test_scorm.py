"""The data models of SCORM 1.2 and 2004, and what a package's words come to."""

from decimal import Decimal

import pytest

from training.scorm import (
    ELEMENTS,
    Outcome,
    Rule,
    Terms,
    as_time,
    error_of,
    outcome_of,
    outcome_of_all,
    problem_in,
    seconds_of,
)


@pytest.mark.parametrize(
    ("edition", "element", "value", "code"),
    [
        ("1.2", "cmi.core.lesson_status", "passed", 0),
        ("1.2", "cmi.core.lesson_status", "done", 405),
        ("1.2", "cmi.core.lesson_status", "not attempted", 405),
        ("1.2", "cmi.core.score.raw", "87.5", 0),
        ("1.2", "cmi.core.score.raw", "", 0),
        ("1.2", "cmi.core.score.raw", "101", 405),
        ("1.2", "cmi.core.score.raw", "many", 405),
        ("1.2", "cmi.core.session_time", "00:01:30", 0),
        ("1.2", "cmi.core.session_time", "0012:01:30.25", 0),
        ("1.2", "cmi.core.session_time", "1:30", 405),
        ("1.2", "cmi.core.exit", "suspend", 0),
        ("1.2", "cmi.core.exit", "normal", 405),
        ("1.2", "cmi.core.student_name", "Ada", 403),
        ("1.2", "cmi.core._children", "x", 402),
        ("1.2", "cmi.objectives.0.id", "first", 0),
        ("1.2", "cmi.objectives.0.status", "not attempted", 0),
        ("1.2", "cmi.interactions.3.result", "correct", 0),
        ("1.2", "cmi.interactions.3.result", "incorrect", 405),
        ("1.2", "cmi.core.mood", "good", 401),
        ("1.2", "cmi.suspend_data", "x" * 64_000, 0),
        ("1.2", "cmi.suspend_data", "x" * 64_001, 405),
        ("2004", "cmi.completion_status", "completed", 0),
        ("2004", "cmi.completion_status", "passed", 406),
        ("2004", "cmi.success_status", "passed", 0),
        ("2004", "cmi.score.scaled", "-0.25", 0),
        ("2004", "cmi.score.scaled", "1.01", 407),
        ("2004", "cmi.score.scaled", "one", 406),
        ("2004", "cmi.score.raw", "1e3", 0),
        ("2004", "cmi.progress_measure", "-0.1", 407),
        ("2004", "cmi.session_time", "PT1H2M3.5S", 0),
        ("2004", "cmi.session_time", "P", 406),
        ("2004", "cmi.session_time", "01:30:00", 406),
        ("2004", "cmi.exit", "normal", 0),
        ("2004", "cmi.learner_name", "Ada", 404),
        ("2004", "cmi.interactions._count", "3", 404),
        ("2004", "cmi.interactions.0.result", "incorrect", 0),
        ("2004", "cmi.interactions.0.timestamp", "2026-11-02T09:30:00.5Z", 0),
        ("2004", "cmi.interactions.0.timestamp", "yesterday", 406),
        ("2004", "cmi.interactions.0.latency", "PT4S", 0),
        ("2004", "cmi.learner_preference.audio_level", "-1", 406),
        ("2004", "adl.nav.request", "exitAll", 0),
        ("2004", "cmi.core.lesson_status", "passed", 401),
    ],
)
def test_setting_answers_with_the_number_of_the_standard(edition, element, value, code):
    assert error_of(edition, element, value) == code


def test_every_element_has_a_type_that_is_known():
    for edition, elements in ELEMENTS.items():
        for name, rule in elements.items():
            element = name.replace(".n.", ".0.")
            assert isinstance(error_of(edition, element, "x"), int), rule


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"cmi.core.lesson_status": "passed", "cmi.suspend_data": "a"}, ""),
        ({"cmi.objectives.0.id": "a", "cmi.objectives.1.id": "b"}, ""),
        ({"cmi.objectives.1.id": "b"}, "an index is left out"),
        ({"cmi.core.lesson_status": 1}, "is no text"),
        ({"cmi.suspend_data": "a\x00b"}, "is no text"),
        ({"cmi.suspend_data": "half a pair: \ud83d"}, "is no text"),
        ({"cmi.core.student_id": "7"}, "error 403"),
        ({"anything": "x"}, "error 401"),
        ({f"cmi.objectives.{n}.id": "a" for n in range(6000)}, "more than"),
    ],
)
def test_what_arrives_is_checked_whole(data, problem):
    found = problem_in("1.2", data)
    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("edition", "text", "seconds"),
    [
        ("1.2", "0001:02:03.50", 3723.5),
        ("1.2", "99:59:59", 359_999),
        ("2004", "PT1H2M3.5S", 3723.5),
        ("2004", "P1DT1S", 86_401),
        ("2004", "", 0),
    ],
)
def test_time_is_read(edition, text, seconds):
    assert seconds_of(edition, text) == seconds


@pytest.mark.parametrize("edition", ["1.2", "2004"])
@pytest.mark.parametrize("seconds", [0, 59.99, 3723.5, 359_999])
def test_time_that_is_written_reads_the_same(edition, seconds):
    assert seconds_of(edition, as_time(edition, seconds)) == seconds


OLD = Terms("1.2", mastery_score="60")
NEW = Terms("2004", passing="0.6")
STATUS, RAW = "cmi.core.lesson_status", "cmi.core.score.raw"
COMPLETION, SUCCESS, SCALED = "cmi.completion_status", "cmi.success_status", "cmi.score.scaled"


@pytest.mark.parametrize(
    ("terms", "data", "completed", "success"),
    [
        (Terms("1.2"), {}, True, None),  # ended, and never said a status: the standard's default
        (Terms("1.2"), {"cmi.core.exit": "suspend"}, False, None),
        (Terms("1.2"), {STATUS: "incomplete", RAW: "100"}, False, None),
        (Terms("1.2"), {STATUS: "completed", RAW: "10"}, True, None),
        (Terms("1.2"), {STATUS: "failed"}, True, False),
        (Terms("1.2"), {STATUS: "passed"}, True, True),
        (OLD, {STATUS: "completed", RAW: "59"}, True, False),
        (OLD, {STATUS: "completed", RAW: "60"}, True, True),
        (OLD, {STATUS: "incomplete", RAW: "100"}, False, None),
        (Terms("2004"), {COMPLETION: "incomplete", SUCCESS: "passed"}, False, True),
        (Terms("2004"), {COMPLETION: "completed", SUCCESS: "failed"}, True, False),
        (Terms("2004"), {}, True, None),
        (Terms("2004", sets_completion=True), {}, False, None),
        (Terms("2004"), {"cmi.exit": "suspend"}, False, None),
        (NEW, {COMPLETION: "incomplete", SCALED: "1"}, False, True),
        (NEW, {COMPLETION: "completed", SCALED: "0.59", SUCCESS: "passed"}, True, False),
        (
            Terms("2004", threshold="0.5"),
            {COMPLETION: "completed", "cmi.progress_measure": "0.4"},
            False,
            None,
        ),
    ],
)
def test_completion_and_success_are_two_things(terms, data, completed, success):
    """T12: a score is not progress."""
    outcome = outcome_of(terms, data, has_ended=True)
    assert (outcome.completed, outcome.success) == (completed, success)


def test_nothing_is_taken_for_granted_before_the_end():
    outcome = outcome_of(OLD, {STATUS: "completed", RAW: "10"}, has_ended=False)
    assert (outcome.completed, outcome.success) == (True, None)
    assert not outcome_of(Terms("1.2"), {}, has_ended=False).completed


@pytest.mark.parametrize(
    ("outcome", "rule", "needed", "done"),
    [
        (Outcome(completed=True), Rule.PACKAGE, None, True),
        (Outcome(completed=True, success=False), Rule.PACKAGE, None, False),
        (Outcome(completed=False, success=True, scaled=Decimal(1)), Rule.PACKAGE, None, False),
        (Outcome(completed=False, scaled=Decimal(1)), Rule.SCORE, 80, False),
        (Outcome(completed=True, scaled=Decimal("0.8")), Rule.SCORE, 80, True),
        (Outcome(completed=True, scaled=Decimal("0.7999")), Rule.SCORE, 80, False),
        (Outcome(completed=True), Rule.SCORE, 80, False),
        (Outcome(completed=True, success=False), Rule.COMPLETED, None, True),
        (Outcome(completed=False, success=True), Rule.COMPLETED, None, False),
    ],
)
def test_rule_of_the_page_decides_what_is_enough(outcome, rule, needed, done):
    assert outcome.is_done(rule, needed) is done


def test_raw_score_is_scaled_by_its_own_bounds():
    data = {RAW: "15", "cmi.core.score.min": "10", "cmi.core.score.max": "20"}
    assert outcome_of(Terms("1.2"), data, has_ended=True).scaled == Decimal("0.5")
    bare = outcome_of(Terms("2004"), {"cmi.score.raw": "15"}, has_ended=True)
    assert bare.scaled is None


def test_several_parts_are_complete_with_the_last():
    done, failed = Outcome(True, True, Decimal(1)), Outcome(True, False, Decimal("0.5"))
    assert outcome_of_all([done, Outcome()]).completed is False
    assert outcome_of_all([done, Outcome()]).success is None
    assert outcome_of_all([done, failed]) == Outcome(True, False, Decimal("0.75"))
    assert outcome_of_all([done, Outcome(True)]).success is True
