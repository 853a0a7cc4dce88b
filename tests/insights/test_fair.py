"""Fair scores from rollups: who goes in, who is told apart, and when a fit is made anew."""

import datetime as dt

import pytest
from django.core.cache import cache

from insights.fair import (
    Pool,
    common_standard,
    fair_by_month,
    fair_scores,
    month_number,
    versions_of,
)
from insights.skills import Measure, Window, measures, standards
from measurement.drift import agent_changes
from scorecards.models import ReviewAssignment, Scorecard
from tests.factories.insights import graded
from tests.factories.people import UserFactory
from tests.factories.scorecards import ScorecardFactory

WHOLE = Measure("", "Whole scorecard")
STRICT, MILD = -10, 10


@pytest.fixture
def pool(version, this_month) -> Pool:
    return Pool(standards()[version.pk], Window(this_month, this_month))


@pytest.fixture
def team_of_two(version, this_month):
    """Two people who are equally good, one graded mostly by who is strict; two others by both."""
    people = [UserFactory() for _person in range(4)]
    strict, mild = UserFactory(), UserFactory()
    numbers = ((8, 2), (2, 8), (5, 5), (5, 5))
    for person, (by_strict, by_mild) in zip(people, numbers, strict=True):
        for reviewer, count, effect in ((strict, by_strict, STRICT), (mild, by_mild, MILD)):
            percents = [70 + effect + (-3, 3)[place % 2] for place in range(count)]
            graded(person, this_month, percents, version=version, reviewer=reviewer)
    return people, strict, mild


def test_who_met_the_strict_reviewer_is_not_behind_in_the_fair_score(pool, team_of_two):
    (first, second, *_others), strict, mild = team_of_two
    model = fair_scores(pool, [WHOLE])[WHOLE]
    one, two = model.score(first.pk), model.score(second.pk)
    assert one.raw == pytest.approx(64)
    assert two.raw == pytest.approx(76)
    assert one.is_adjusted
    assert abs(one.figure.value - two.figure.value) < 2
    assert model.severities.value[0] < 0 < model.severities.value[1]
    assert list(model.cells.reviewers) == sorted([strict.pk, mild.pk])


def test_a_new_scorecard_makes_a_new_fit(pool, team_of_two, version, this_month, count_queries):
    (person, *_others), _strict, _mild = team_of_two
    before = fair_scores(pool, [WHOLE])[WHOLE].score(person.pk)
    assert count_queries(lambda: fair_scores(pool, [WHOLE])) == 3
    graded(person, this_month, [100], version=version)
    after = fair_scores(pool, [WHOLE])[WHOLE].score(person.pk)
    assert after.figure.n == before.figure.n + 1
    assert after.figure.value > before.figure.value


def test_a_revision_that_leaves_the_whole_as_it_was_makes_a_new_fit(
    pool, team_of_two, version, respect, this_month
):
    (person, *_others), _strict, _mild = team_of_two
    skill = Measure(respect.key, str(respect), respect.pk)
    first = ScorecardFactory(submitted=True, version=version, agent=person, month=this_month)
    row = graded(person, this_month, [50] * 5, version=version, skill=respect.pk)
    assert fair_scores(pool, [skill])[skill].score(person.pk).raw == 50

    # As `scorecards.actions.revise` does where two criteria change and the percent does not.
    Scorecard.objects.filter(pk=first.pk).update(is_current=False)
    ScorecardFactory(
        submitted=True,
        version=version,
        agent=person,
        month=this_month,
        assignment=first.assignment,
        reviewer=first.reviewer,
        revision=2,
        revised_by=first.reviewer,
        cause=Scorecard.Cause.OVERRIDE,
        reason="Two criteria changed places.",
    )
    row.delete()
    graded(person, this_month, [90] * 5, version=version, skill=respect.pk)

    assert fair_scores(pool, [skill])[skill].score(person.pk).raw == 90


def test_queries_stay_the_same_for_more_measures(pool, team_of_two, count_queries):
    assert count_queries(lambda: fair_scores(pool, [WHOLE])) == 5
    cache.clear()
    every = measures()
    assert count_queries(lambda: fair_scores(pool, every)) == 5


def test_what_is_held_back_stays_out_of_the_persons_own_figure(
    pool, team_of_two, version, this_month
):
    (person, *_others), strict, _mild = team_of_two
    graded(person, this_month, [0], version=version, reviewer=strict, is_held=True)
    own = Pool(pool.standard, pool.window, without_held_of=person.pk)
    assert fair_scores(pool, [WHOLE])[WHOLE].score(person.pk).figure.n == 11
    assert fair_scores(own, [WHOLE])[WHOLE].score(person.pk).figure.n == 10


def test_months_are_scored_apart_with_the_severities_of_all(version, months):
    strict, mild = UserFactory(), UserFactory()
    person, other = UserFactory(), UserFactory()
    for place, month in enumerate(months):
        for who, level in ((person, 60 + 5 * place), (other, 70)):
            for reviewer, effect in ((strict, STRICT), (mild, MILD)):
                percents = [level + effect + each for each in (-2, 0, 2)]
                graded(who, month, percents, version=version, reviewer=reviewer)
    pool = Pool(standards()[version.pk], Window(months[0], months[-1]))
    monthly = fair_by_month(pool, [WHOLE])[WHOLE]
    for place, month in enumerate(months):
        assert monthly.score(person.pk, month).figure.value == pytest.approx(60 + 5 * place, abs=1)
    changes = {each.agent: each for each in agent_changes(**monthly.columns())}
    assert list(changes[other.pk].months) == [month_number(month) for month in months]
    assert changes[person.pk].has_changed
    assert not changes[other.pk].has_changed


def test_grades_of_one_conversation_by_two_tie_reviewers_and_count_for_nobody(
    version, this_month, pool
):
    """Each reviewer has people of their own; only the shared conversations join them."""
    reviewers = [UserFactory(), UserFactory()]
    people = [UserFactory() for _person in range(4)]
    for place, person in enumerate(people):
        graded(
            person,
            this_month,
            [60, 70, 80, 62, 68, 76, 81, 59],
            version=version,
            reviewer=reviewers[place % 2],
        )
    model = fair_scores(pool, [WHOLE])[WHOLE]
    assert model.islands.count == 2
    for _conversation in range(2):
        first = ScorecardFactory(
            submitted=True,
            version=version,
            agent=people[0],
            reviewer=reviewers[0],
            month=this_month,
            percent=70,
        )
        ScorecardFactory(
            submitted=True,
            version=version,
            agent=None,
            interaction=first.interaction,
            reviewer=reviewers[1],
            month=this_month,
            percent=80,
            assignment__purpose=ReviewAssignment.Purpose.LINK,
            assignment__inclusion_probability=None,
        )
    model = fair_scores(pool, [WHOLE])[WHOLE]
    assert model.islands.count == 1
    assert sorted(model.cells.agents) == sorted(person.pk for person in people)


def test_the_common_standard_is_the_one_most_was_graded_by(pool, team_of_two, this_month):
    assert common_standard(pool.window) == pool.standard
    assert common_standard(Window.of(1, until=this_month - dt.timedelta(days=40))) is None
    assert versions_of(pool.standard)
