"""Two people, or one with two windows, press a button at the same moment: real requests to a real
server, on a database file or server that its processes share."""

import datetime as dt
from collections import Counter
from functools import partial
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import AuditEvent
from people.roles import Role
from scorecards import rollups
from scorecards.actions import Grade, record_grades, start_scorecard, submit_scorecard
from scorecards.actions.queue import expire_claims
from scorecards.models import Criterion, ReviewAssignment, Rollup, Scorecard
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import (
    ReviewAssignmentFactory,
    RubricFactory,
    RubricVersionFactory,
)
from tests.scorecards.racing import IS_SERVER, Browser, SharedDatabase, at_once, served

PICKS = 20
SCORECARDS = 8
TAKEN = "Somebody else has taken this one meanwhile. Choose another."
SUBMITTED = "This scorecard was submitted already and can no longer be changed."

# A server's other sessions see only what is committed.
pytestmark = pytest.mark.django_db(transaction=IS_SERVER)


@pytest.fixture(scope="module")
def served_database(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("race")
    database = SharedDatabase(folder, django_db_blocker)
    with served(database, folder / "server.log") as port:
        yield database, port


@pytest.fixture
def open_browser(served_database):
    """`open_browser(person)` is a browser in which that person is signed in; this process uses the
    server's database meanwhile."""
    database, port = served_database
    browsers = []

    def open_browser(person):
        browsers.append(Browser(port, person))
        return browsers[-1]

    with database.used_here():
        yield open_browser
    for browser in browsers:
        browser.close()


@pytest.fixture
def pair(open_browser):
    """Two reviewers."""
    return [UserFactory(roles=[Role.REVIEWER]) for _person in range(2)]


def drafts(count, *, by):
    """As many drafts of `by`, completely graded, each about an agent of its own."""
    rows = []
    for _number in range(count):
        pick = ReviewAssignmentFactory(reviewer=by, interaction__agent=UserFactory())
        scorecard = start_scorecard(pick, by=by)
        criteria = Criterion.objects.filter(section__version=scorecard.version_id)
        grades = {
            criterion: Grade(level=list(criterion.levels.all())[-1].pk)
            for criterion in criteria.prefetch_related("levels")
        }
        record_grades(scorecard, grades, by=by)
        rows.append(scorecard)
    return rows


def submissions(scorecard):
    return AuditEvent.objects.filter(action="submit_scorecard", object_id=scorecard.pk).count()


def stored_rollups():
    return sorted(Rollup.objects.values_list(*rollups._KEY, *rollups._SUMS))


def test_eight_reviewers_who_begin_at_once_hold_eight_picks(open_browser):
    eight = [UserFactory(roles=[Role.REVIEWER]) for _person in range(8)]
    browsers = [open_browser(person) for person in eight]
    SamplingPlanFactory(reviewers=eight)

    for _round in range(3):
        picks = [
            ReviewAssignmentFactory(reviewer=None, inclusion_probability=None) for _person in eight
        ]
        address = reverse("scorecards:grade_next")
        answers = at_once(*(partial(browser.post, address) for browser in browsers))

        scorecards = {row.pk: row for row in Scorecard.objects.filter(assignment__in=picks)}
        assert {row.reviewer for row in scorecards.values()} == set(eight)
        assert [answer.location for answer in answers] == [
            reverse("scorecards:grade", args=[pk])
            for person in eight
            for pk, row in scorecards.items()
            if row.reviewer == person
        ]
        claims = AuditEvent.objects.filter(action="claim_pick", object_id__in=[p.pk for p in picks])
        assert sorted(claim.object_id for claim in claims) == sorted(str(pick.pk) for pick in picks)
        # Out of the way of the next round, in which everybody would go on with what they hold.
        Scorecard.objects.filter(pk__in=scorecards).delete()
        ReviewAssignment.objects.filter(pk__in=[pick.pk for pick in picks]).delete()


def test_two_reviewers_who_claim_at_once_end_with_one_holder(open_browser, pair):
    SamplingPlanFactory(reviewers=pair)
    picks = [
        ReviewAssignmentFactory(reviewer=None, inclusion_probability=None) for _pick in range(PICKS)
    ]
    browsers = [open_browser(person) for person in pair]

    for pick in picks:
        address = reverse("scorecards:pick_claim", args=[pick.pk])
        answers = at_once(*(partial(browser.post, address) for browser in browsers))

        assert Counter(answer.status for answer in answers) == {302: 1, 409: 1}
        winner = [answer.status for answer in answers].index(302)
        assert TAKEN in answers[1 - winner].text
        pick.refresh_from_db()
        assert pick.reviewer == pair[winner]
        scorecard = Scorecard.objects.get(assignment=pick)
        assert scorecard.reviewer == pair[winner]
        assert answers[winner].location == reverse("scorecards:grade", args=[scorecard.pk])
        claims = AuditEvent.objects.filter(action="claim_pick", object_id=pick.pk)
        assert [claim.actor for claim in claims] == [pair[winner]]


def test_a_lapsed_claim_that_three_reach_for_at_once_ends_with_one_holder(open_browser, pair):
    holder, other = pair
    SamplingPlanFactory(reviewers=pair)
    browsers = [open_browser(person) for person in pair]
    lapsed = drafts(SCORECARDS, by=holder)
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    ReviewAssignment.objects.filter(scorecard__in=lapsed).update(expires_at=an_hour_ago)

    for scorecard in lapsed:
        pk = scorecard.assignment_id
        begin, claim, _freed = at_once(
            partial(browsers[0].post, reverse("scorecards:grade_start", args=[pk])),
            partial(browsers[1].post, reverse("scorecards:pick_claim", args=[pk])),
            expire_claims,
        )

        # To who lost it, it is somebody else's: refused with words, or from before the look-up not there.
        assert (begin.status == 302) != (claim.status == 302)
        assert {begin.status, claim.status} - {302} == {409}
        pick = ReviewAssignment.objects.get(pk=pk)
        assert pick.reviewer == (holder if begin.status == 302 else other)
        assert pick.expires_at > timezone.now()
        assert Scorecard.objects.get(assignment=pick).reviewer == pick.reviewer


def test_a_scorecard_submitted_from_two_windows_at_once_counts_once(open_browser, pair):
    reviewer = pair[0]
    windows = [open_browser(reviewer), open_browser(reviewer)]
    rows = drafts(SCORECARDS, by=reviewer)

    for scorecard in rows:
        address = reverse("scorecards:scorecard_submit", args=[scorecard.pk])
        answers = at_once(*(partial(window.post, address, summary="") for window in windows))

        assert Counter(answer.status for answer in answers) == {302: 1, 409: 1}
        assert SUBMITTED in next(answer.text for answer in answers if answer.status == 409)
        scorecard.refresh_from_db()
        assert (scorecard.state, scorecard.percent) == (Scorecard.State.SUBMITTED, 100)
        assert submissions(scorecard) == 1
        assert Rollup.objects.get(agent=scorecard.agent, subject="total").n == 1


def test_undo_and_submit_at_once_leave_one_of_both_and_right_rollups(open_browser, pair):
    reviewer = pair[0]
    windows = [open_browser(reviewer), open_browser(reviewer)]
    rows = drafts(SCORECARDS, by=reviewer)
    for scorecard in rows:
        submit_scorecard(scorecard, by=reviewer)

    for scorecard in rows:
        undo, submit = at_once(
            partial(windows[0].post, reverse("scorecards:scorecard_undo", args=[scorecard.pk])),
            partial(windows[1].post, reverse("scorecards:scorecard_submit", args=[scorecard.pk])),
        )

        assert undo.status == 302, unescape(undo.text)
        assert submit.status in (302, 409)
        is_submitted = submit.status == 302
        scorecard.refresh_from_db()
        assert scorecard.is_submitted == is_submitted
        assert (scorecard.percent is not None) == is_submitted
        assert submissions(scorecard) == 1 + is_submitted
    kept = stored_rollups()
    rollups.rebuild_rollups()
    assert stored_rollups() == kept


def test_two_clicks_on_new_draft_open_the_same_draft(open_browser):
    editor = UserFactory(roles=[Role.EDITOR])
    version = RubricVersionFactory(rubric=RubricFactory(key="clicked-twice"))
    address = reverse("scorecards:rubric_draft", args=[version.rubric_id])
    windows = [open_browser(editor) for _window in range(4)]

    answers = at_once(*(partial(window.post, address) for window in windows))

    assert {answer.status for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    assert version.rubric.versions.count() == 2
