"""Grading by what a rubric has beyond plain levels: conditions, counts, required comments."""

import pytest
from django.urls import reverse

from scorecards.actions import (
    CommentsMissing,
    Grade,
    Incomplete,
    Refused,
    decide_dispute,
    draft_rubric_version,
    file_dispute,
    publish_rubric_version,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.grading import load_sheet
from scorecards.models import Criterion, CriterionScore, Rollup, Scorecard
from scorecards.rollups import rebuild_rollups
from tests.factories.content import SkillFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
LEVELS = [
    {"label": "No", "descriptor": "No.", "points": 0, "requires_comment": True},
    {"label": "Yes", "descriptor": "Yes.", "points": 10},
]
ERRORS = [
    {"label": "Clean", "descriptor": "None.", "points": 10, "count_from": 0},
    {"label": "Some", "descriptor": "A few.", "points": 5, "count_from": 1},
    {"label": "Many", "descriptor": "Too many.", "points": 0, "count_from": 3},
]
ROWS = [
    {"key": "promise", "title": "Promised something", "levels": LEVELS},
    {
        "key": "kept",
        "title": "Kept the promise",
        "levels": LEVELS,
        "depends_on": {"criterion": "promise", "levels": [1]},
    },
    {
        "key": "errors",
        "title": "Errors",
        "levels": ERRORS,
        "scale": "count",
        "not_applicable": True,
    },
    {"key": "mail", "title": "Subject line", "levels": LEVELS, "channels": ["email"]},
    {"key": "refund", "title": "Refund explained", "levels": LEVELS, "flows": ["refund"]},
]


@pytest.fixture
def rich(db, administrator):
    """One section whose criteria wait for an answer, count, or are for mail or refunds only."""
    SkillFactory(key="s")
    rows = [{"skill": "s", **row} for row in ROWS]
    structure = {"sections": [{"key": "all", "title": "All", "criteria": rows}]}
    draft = draft_rubric_version(RubricFactory(), structure, by=administrator)
    return publish_rubric_version(draft, by=administrator)


@pytest.fixture
def rows(rich):
    found = Criterion.objects.filter(section__version=rich).prefetch_related("levels")
    return {row.key: row for row in found}


@pytest.fixture
def draft(rich, agent, reviewer):
    assignment = ReviewAssignmentFactory(
        reviewer=reviewer,
        rubric=rich.rubric,
        interaction=InteractionFactory(agent=agent, channel="chat", flow=""),
    )
    return start_scorecard(assignment, by=reviewer)


@pytest.fixture
def say(draft, rows, reviewer):
    """`say(promise=1, errors=Grade(count=2))` grades: a number is the position of a level."""

    def record(**given):
        grades = {}
        for key, value in given.items():
            if not isinstance(value, Grade):
                value = Grade(level=list(rows[key].levels.all())[value].pk)
            grades[rows[key]] = value
        record_grades(draft, grades, by=reviewer)

    return record


def shown_keys(draft, reviewer):
    sheet = load_sheet(draft.pk, user=reviewer)
    return [row.criterion.key for row in sheet.criteria() if row.is_shown]


def test_hidden_criteria_are_neither_required_nor_scored(draft, say, rows, reviewer):
    say(promise=Grade(level=rows["promise"].levels.all()[0].pk, comment="Why."))
    say(errors=Grade(count=0))

    done = submit_scorecard(draft, by=reviewer)

    assert done.percent == 50
    assert not Rollup.objects.filter(subject="criterion", subject_id=rows["kept"].pk).exists()


def test_an_earlier_answer_makes_a_criterion_required(draft, say, reviewer):
    say(promise=1, errors=Grade(count=0))

    with pytest.raises(Incomplete, match="Kept the promise"):
        submit_scorecard(draft, by=reviewer)


def test_an_answer_that_becomes_hidden_is_kept_and_not_counted(draft, say, rows, reviewer):
    say(promise=1, errors=Grade(count=0))
    say(kept=Grade(level=rows["kept"].levels.all()[0].pk, comment="Forgot."))
    say(promise=Grade(level=rows["promise"].levels.all()[0].pk, comment="None made."))

    done = submit_scorecard(draft, by=reviewer)

    assert done.percent == 50
    assert CriterionScore.objects.get(criterion=rows["kept"]).comment == "Forgot."
    assert "kept" not in shown_keys(done, reviewer)
    cells = sorted(Rollup.objects.values_list("subject", "subject_id", "sum_y"))
    assert rebuild_rollups() == len(cells)
    assert sorted(Rollup.objects.values_list("subject", "subject_id", "sum_y")) == cells


@pytest.mark.parametrize(
    ("channel", "flow", "expected"),
    [
        ("chat", "", ["promise", "errors"]),
        ("email", "", ["promise", "errors", "mail"]),
        ("phone", "Refund", ["promise", "errors", "refund"]),
    ],
)
def test_criteria_are_for_their_channels_and_flows(draft, reviewer, channel, flow, expected):
    interaction = draft.interaction
    interaction.channel, interaction.flow = channel, flow
    interaction.save()

    assert shown_keys(draft, reviewer) == expected
    sheet = load_sheet(draft.pk, user=reviewer)
    assert sheet.criterion_count == len(expected)


@pytest.mark.parametrize(
    ("count", "label"), [(0, "Clean"), (1, "Some"), (2, "Some"), (3, "Many"), (900, "Many")]
)
def test_a_count_falls_into_its_band(draft, say, rows, count, label):
    say(errors=Grade(count=count))

    score = CriterionScore.objects.get(criterion=rows["errors"])
    assert (score.count, score.level.label) == (count, label)


def test_a_count_is_refused_where_there_are_no_bands(say):
    with pytest.raises(Refused, match="no level for this count"):
        say(promise=Grade(count=1))


def test_submit_scorecard_refuses_a_level_without_its_comment(draft, say, reviewer):
    say(promise=0, errors=Grade(count=0))

    with pytest.raises(CommentsMissing) as refusal:
        submit_scorecard(draft, by=reviewer)
    assert [row.key for row in refusal.value.criteria] == ["promise"]

    say(promise=1, kept=0)
    with pytest.raises(CommentsMissing, match="Kept the promise"):
        submit_scorecard(draft, by=reviewer)


def test_a_blank_comment_is_none(draft, say, rows, reviewer):
    say(promise=Grade(level=rows["promise"].levels.all()[0].pk, comment="  "))
    say(errors=Grade(is_not_applicable=True))

    with pytest.raises(CommentsMissing):
        submit_scorecard(draft, by=reviewer)


# --- the screen --------------------------------------------------------------------------------------
def test_the_page_names_what_needs_a_comment(as_user, draft, say, rows, reviewer):
    say(promise=0, errors=Grade(count=0))

    page = as_user(reviewer).post(
        reverse("scorecards:scorecard_submit", args=[draft.pk]), {"summary": "Kept?"}
    )

    assert page.status_code == 422
    assert "some levels need a comment" in page.text
    assert f'href="#criterion-{rows["promise"].pk}"' in page.text
    assert "Kept?" in page.text


def test_an_answer_over_htmx_says_which_criteria_are_shown(as_user, draft, rows, reviewer):
    window = as_user(reviewer)
    page = window.get(reverse("scorecards:grade", args=[draft.pk]))
    assert rows["kept"].title in page.text, "it is there, hidden, and keeps what is typed"
    assert rows["mail"].title not in page.text
    assert 'type="number"' in page.text

    address = reverse("scorecards:criterion_save", args=[draft.pk, rows["promise"].pk])
    level = rows["promise"].levels.all()[1].pk
    answer = window.post(address, {"level": level}, **HTMX)

    expected = " ".join(str(rows[key].pk) for key in ("promise", "kept", "errors"))
    assert f'data-shown="{expected} "' in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_count_is_saved_and_shown_again(as_user, draft, rows, reviewer, headers):
    window = as_user(reviewer)
    address = reverse("scorecards:criterion_save", args=[draft.pk, rows["errors"].pk])

    window.post(address, {"count": "2"}, **headers)

    page = window.get(reverse("scorecards:grade", args=[draft.pk]))
    assert 'value="2"' in page.text
    assert "band--reached" in page.text
    window.post(address, {"count": "2", "level": "na"}, **headers)
    score = CriterionScore.objects.get(criterion=rows["errors"])
    assert (score.is_not_applicable, score.count, score.level) == (True, None, None)


@pytest.mark.parametrize("count", ["-1", "many", "1.5", "99999999999"])
def test_a_count_that_is_none_is_refused(as_user, draft, rows, reviewer, count):
    address = reverse("scorecards:criterion_save", args=[draft.pk, rows["errors"].pk])

    assert as_user(reviewer).post(address, {"count": count}).status_code == 422
    assert not CriterionScore.objects.exists()


# Changed afterwards -------------------------------------------------------------------------------


@pytest.fixture
def broken(draft, say, rows, reviewer):
    """Graded as if nothing had been promised, so whether it was kept did not apply: 50 percent."""
    say(promise=Grade(level=rows["promise"].levels.all()[0].pk, comment="Why."))
    say(errors=Grade(count=0))
    return submit_scorecard(draft, by=reviewer)


def test_an_override_may_bring_up_a_criterion(broken, rows, administrator, as_user):
    url = reverse("scorecards:scorecard_override", args=[broken.pk])
    client = as_user(administrator)
    assert "Did not apply so far" in client.get(url).text
    promise, kept = rows["promise"], rows["kept"]
    data = {
        "reason": "There was a promise.",
        f"criterion-{promise.pk}-level": promise.levels.all()[1].pk,
        f"criterion-{kept.pk}-level": "",
        f"criterion-{rows['errors'].pk}-level": rows["errors"].levels.all()[0].pk,
    }

    response = client.post(url, data)
    assert response.status_code == 422
    assert "Kept the promise" in response.text.partition("<form")[2]
    data[f"criterion-{kept.pk}-level"] = kept.levels.all()[1].pk
    response = client.post(url, data, follow=True)

    assert response.status_code == 200
    current = Scorecard.objects.submitted().get()
    assert (current.revision, current.percent) == (2, 100)
    names = ("subject", "subject_id", "n", "sum_y")
    kept_rows = sorted(Rollup.objects.values_list(*names))
    rebuild_rollups()
    assert sorted(Rollup.objects.values_list(*names)) == kept_rows


def test_a_decision_may_bring_up_a_criterion(broken, rows, agent, administrator, as_user):
    promise, kept = rows["promise"], rows["kept"]
    yes = promise.levels.all()[1]
    dispute = file_dispute(broken, {promise: Grade(level=yes.pk, comment="I did.")}, by=agent)
    client = as_user(administrator)
    page = client.get(dispute.get_absolute_url())
    assert [form.criterion for form in page.context["opened"]] == [kept]
    assert "Kept the promise" not in as_user(agent).get(dispute.get_absolute_url()).text
    data = {"explanation": "True.", f"criterion-{promise.pk}-level": yes.pk}
    url = reverse("scorecards:dispute_decide", args=[dispute.pk])

    response = client.post(url, data)
    assert response.status_code == 422
    assert "1 criterion has no answer yet: Kept the promise" in response.text
    assert Scorecard.objects.count() == 1
    data[f"criterion-{kept.pk}-level"] = kept.levels.all()[0].pk
    client.post(url, data)

    dispute.refresh_from_db()
    assert (dispute.state, dispute.result.percent) == ("changed", 67)
    # That level asks for a comment, and the explanation is it.
    assert dispute.result.criterion_scores.get(criterion=kept).comment == "True."


def test_an_upheld_decision_leaves_alone_what_it_does_not_bring_up(
    broken, rows, agent, administrator
):
    promise, kept = rows["promise"], rows["kept"]
    no, yes = promise.levels.all()
    dispute = file_dispute(broken, {promise: Grade(level=yes.pk, comment="I did.")}, by=agent)

    decided = decide_dispute(
        dispute,
        {promise.pk: no.pk, kept.pk: kept.levels.all()[1].pk},
        explanation="No.",
        by=administrator,
    )

    assert (decided.state, decided.result) == ("upheld", None)
