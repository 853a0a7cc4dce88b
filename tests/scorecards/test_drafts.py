"""Drafts with two windows, and the time spent on them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from scorecards.actions import (
    AlreadySubmitted,
    Gone,
    Grade,
    NotAllowed,
    add_evidence,
    expire_claims,
    record_grades,
    record_summary,
    release_pick,
    remove_evidence,
    skip_pick,
    submit_scorecard,
    undo_submission,
)
from scorecards.actions.drafts import SavedElsewhere, Window, record_time, save_grade
from scorecards.models import CriterionScore, ReviewAssignment, Scorecard
from scorecards.views.refusals import status_of

HTMX = {"HTTP_HX_REQUEST": "true"}
ONE, OTHER = "a" * 16, "b" * 16


@pytest.fixture
def tone(criteria):
    return criteria["tone"]


@pytest.fixture
def save(draft, tone, reviewer):
    def save(window: str, comment: str, seen: dt.datetime | None = None) -> CriterionScore:
        save_grade(draft, tone, Grade(comment=comment), window=Window(window, seen), by=reviewer)
        return CriterionScore.objects.get()

    return save


# --- two windows -----------------------------------------------------------------------------------
def test_one_window_saves_as_often_as_it_likes(save):
    save(ONE, "a")
    assert save(ONE, "ab").comment == "ab"


def test_a_window_that_saw_the_last_save_may_go_on(save):
    row = save(ONE, "a")
    assert save(OTHER, "b", seen=row.saved_at).comment == "b"


def test_a_window_does_not_write_over_what_it_has_not_seen(save):
    first = save(ONE, "mine")
    save(OTHER, "newer", seen=first.saved_at)

    with pytest.raises(SavedElsewhere) as refusal:
        save(ONE, "still mine", seen=first.saved_at)
    assert refusal.value.score.comment == "newer"
    assert CriterionScore.objects.get().comment == "newer"


def test_the_same_grade_from_both_windows_is_no_conflict(save):
    save(ONE, "same")
    assert save(OTHER, "same").comment == "same"


def test_after_handing_in_there_is_nothing_left_to_choose(as_user, submitted, tone, reviewer):
    address = reverse("scorecards:criterion_save", args=[submitted.pk, tone.pk])
    data = {"window": OTHER, "seen": "", "level": tone.levels.all()[0].pk}

    response = as_user(reviewer).post(address, data, **HTMX)

    assert (response.status_code, response["HX-Retarget"]) == (409, "#notice")
    assert "submitted already" in response.text
    assert CriterionScore.objects.get(criterion=tone).level == tone.levels.last()


def test_evidence_alone_is_nothing_to_write_over(save, draft, tone, reviewer):
    add_evidence(draft, tone, message_id="m2", start=0, end=3, by=reviewer)
    assert save(ONE, "first words").comment == "first words"


def test_a_stale_save_shows_both_and_keeps_the_newer(as_user, draft, tone, reviewer, save):
    save(ONE, "from the first")
    address = reverse("scorecards:criterion_save", args=[draft.pk, tone.pk])
    data = {
        "window": OTHER,
        "seen": "",
        "level": tone.levels.all()[0].pk,
        "comment": "from the second",
    }

    response = as_user(reviewer).post(address, data, **HTMX)
    assert response.status_code == 409
    assert response["HX-Retarget"] == f"#criterion-{tone.pk}-conflict"
    assert "from the first" in response.text
    assert "data-conflict-mine" in response.text
    assert CriterionScore.objects.get().comment == "from the first"

    page = as_user(reviewer).post(address, data)
    assert page.status_code == 409
    assert "from the first" in page.text
    assert "from the second" in page.text


def test_the_choice_of_ones_own_is_saved(as_user, draft, tone, reviewer, save):
    row = save(ONE, "from the first")
    address = reverse("scorecards:criterion_save", args=[draft.pk, tone.pk])
    seen = timezone.localtime(row.saved_at, dt.timezone(dt.timedelta(hours=2))).isoformat()

    response = as_user(reviewer).post(
        address, {"window": OTHER, "seen": seen, "comment": "chosen"}, **HTMX
    )

    assert response.status_code == 200
    assert CriterionScore.objects.get().comment == "chosen"


def test_a_save_tells_the_screen_which_save_it_shows_now(as_user, draft, tone, reviewer):
    client = as_user(reviewer)
    address = reverse("scorecards:criterion_save", args=[draft.pk, tone.pk])
    response = client.post(address, {"window": ONE, "seen": "", "comment": "a"}, **HTMX)

    token = CriterionScore.objects.get().saved_at.isoformat()
    assert f'name="seen" value="{token}"' in response.text
    page = client.get(reverse("scorecards:grade", args=[draft.pk]))
    assert f'value="{token}"' in page.text


def test_each_opened_screen_is_a_window_of_its_own(as_user, draft, reviewer):
    client = as_user(reviewer)
    address = reverse("scorecards:grade", args=[draft.pk])

    assert client.get(address).context["window"] != client.get(address).context["window"]


@pytest.mark.parametrize("seen", ["nonsense", "2026-13-40", "9" * 400])
def test_a_mangled_seen_counts_as_not_seen(as_user, draft, tone, reviewer, save, seen):
    save(ONE, "kept")
    address = reverse("scorecards:criterion_save", args=[draft.pk, tone.pk])
    data = {"window": "<script>", "seen": seen, "comment": "x"}

    assert as_user(reviewer).post(address, data, **HTMX).status_code == 409
    assert CriterionScore.objects.get().comment == "kept"


# --- time spent ------------------------------------------------------------------------------------
START = dt.datetime(2026, 9, 15, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def begun(draft):
    Scorecard.objects.update(started_at=START)
    draft.refresh_from_db()
    return draft


def spent(scorecard, *beats: tuple[int, int], by) -> int:
    for seconds, after in beats:
        record_time(scorecard, seconds, by=by, at=START + dt.timedelta(seconds=after))
    return Scorecard.objects.get(pk=scorecard.pk).active_seconds


def test_time_adds_up(begun, reviewer):
    assert spent(begun, (30, 40), (30, 70), (5, 100), by=reviewer) == 65


def test_one_report_adds_a_minute_at_most(begun, reviewer):
    assert spent(begun, (3600, 7200), by=reviewer) == 60


def test_two_windows_add_no_more_than_has_gone_by(begun, reviewer):
    assert spent(begun, (30, 30), (30, 31), (30, 20), by=reviewer) == 31


def test_time_just_before_handing_in_may_arrive_just_after(submitted, reviewer):
    handed_in = START + dt.timedelta(seconds=100)
    Scorecard.objects.update(started_at=START, submitted_at=handed_in)

    assert spent(submitted, (30, 102), by=reviewer) == 30
    with pytest.raises(AlreadySubmitted):
        spent(submitted, (30, 200), by=reviewer)


def test_time_is_recorded_by_the_reviewer_alone(begun, second_reviewer):
    with pytest.raises(NotAllowed):
        record_time(begun, 10, by=second_reviewer)


def test_scorecard_time(as_user, draft, reviewer, second_reviewer):
    address = reverse("scorecards:scorecard_time", args=[draft.pk])
    Scorecard.objects.update(started_at=timezone.now() - dt.timedelta(minutes=5))

    assert as_user(reviewer).post(address, {"seconds": 25}).status_code == 204
    assert Scorecard.objects.get().active_seconds == 25
    assert as_user(second_reviewer).post(address, {"seconds": 25}).status_code == 404
    assert as_user(reviewer).get(address).status_code == 405
    for nonsense in ("", "0", "-3", "x", "99999"):
        assert as_user(reviewer).post(address, {"seconds": nonsense}).status_code == 422


def test_scorecard_time_of_a_submitted_one(as_user, submitted, reviewer, agent):
    address = reverse("scorecards:scorecard_time", args=[submitted.pk])
    Scorecard.objects.update(submitted_at=timezone.now() - dt.timedelta(minutes=5))

    assert as_user(agent).post(address, {"seconds": 5}).status_code == 403
    assert as_user(reviewer).post(address, {"seconds": 5}).status_code == 409


# --- a draft that is dropped between the screen and its save ----------------------------------------


@pytest.fixture(params=["skipped", "released", "lapsed"])
def dropped(request, draft, assignment, tone, reviewer):
    """The draft as a request read it that comes a moment too late, and its first evidence."""
    evidence = add_evidence(draft, tone, message_id="m2", start=0, end=6, by=reviewer)
    if request.param == "skipped":
        skip_pick(assignment, by=reviewer, reason="Empty.")
    elif request.param == "released":
        release_pick(assignment, by=reviewer)
    else:
        now = timezone.now()
        ReviewAssignment.objects.filter(pk=assignment.pk).update(expires_at=now)
        assert expire_claims(at=now + dt.timedelta(days=30)) == 1
    return draft, evidence


@pytest.mark.parametrize(
    "what",
    ["save", "save in a window", "summary", "time", "add evidence", "remove evidence", "submit"],
)
def test_whatever_comes_too_late_is_told_so(dropped, tone, reviewer, what):
    draft, evidence = dropped
    best = Grade(level=tone.levels.all()[2].pk)
    late = {
        "save": lambda: record_grades(draft, {tone: best}, by=reviewer),
        "save in a window": lambda: save_grade(
            draft, tone, best, window=Window(ONE, None), by=reviewer
        ),
        "summary": lambda: record_summary(draft, "Well done.", by=reviewer),
        "time": lambda: record_time(draft, 15, by=reviewer),
        "add evidence": lambda: add_evidence(
            draft, tone, message_id="m2", start=0, end=3, by=reviewer
        ),
        "remove evidence": lambda: remove_evidence(evidence, by=reviewer),
        "submit": lambda: submit_scorecard(draft, by=reviewer),
    }

    with pytest.raises(Gone) as told:
        late[what]()

    assert status_of(told.value) == 409
    assert "Nothing was saved" in str(told.value)
    assert not CriterionScore.objects.exists()


def test_what_is_gone_is_not_taken_back(dropped, reviewer):
    draft, _evidence = dropped

    with pytest.raises(Gone):
        undo_submission(draft, by=reviewer)
