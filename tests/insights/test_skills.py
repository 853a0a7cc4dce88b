"""Which sums make which figure."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.models import Skill
from insights.skills import (
    NOTHING,
    Cell,
    Estimate,
    Measure,
    Standard,
    Window,
    count_hand_picked,
    estimate_by,
    load_cells,
    measures,
    profile_of,
    standards,
)
from measurement.intervals import mean_interval
from people.channels import Channel
from scorecards.models import (
    Pick,
    ReviewAssignment,
    Rollup,
    RubricVersion,
    SamplingDraw,
    Scorecard,
)
from tests.factories.insights import graded
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import RubricFactory, RubricVersionFactory, ScorecardFactory

SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2026, month, 1) for month in (9, 10, 11))
AUTUMN = Window(SEPTEMBER, NOVEMBER)
WHOLE = Measure("", "Whole scorecard")
RESPECT = Measure("respect", "Respect", 1)
FIRST, SECOND = Standard(1, 1, "version 1"), Standard(1, 2, "version 2")
OTHER_RUBRIC = Standard(2, 1, "another rubric")


def cell(percents, *, month=NOVEMBER, standard=FIRST, measure=WHOLE, agent=0) -> Cell:
    n, total, squares = len(percents), sum(percents), sum(y * y for y in percents)
    return Cell(agent, standard, month, measure, (n, n, total, n, total, squares))


def next_version(version, *, is_comparable) -> RubricVersion:
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    return RubricVersionFactory(
        rubric=version.rubric,
        number=version.number + 1,
        is_comparable=is_comparable,
        structure=False,
    )


# Windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "until", "first", "last"),
    [
        (1, dt.date(2026, 11, 22), dt.date(2026, 11, 1), dt.date(2026, 11, 1)),
        (3, dt.date(2026, 11, 30), dt.date(2026, 9, 1), dt.date(2026, 11, 1)),
        (3, dt.date(2026, 1, 1), dt.date(2025, 11, 1), dt.date(2026, 1, 1)),
        (24, dt.date(2026, 12, 31), dt.date(2025, 1, 1), dt.date(2026, 12, 1)),
    ],
)
def test_window_is_whole_months_up_to_the_current_one(count, until, first, last):
    window = Window.of(count, until=until)

    assert (window.first, window.last) == (first, last)
    assert len(window.months) == count


# Estimates --------------------------------------------------------------------------------------


def test_estimate_by_pools_what_shares_a_key():
    cells = [cell([80, 90], month=OCTOBER), cell([70, 60, 100]), cell([50], measure=RESPECT)]

    found = estimate_by(cells, lambda cell: cell.measure)

    expected = mean_interval(5, 400, 80**2 + 90**2 + 70**2 + 60**2 + 100**2)
    assert found[WHOLE].n == 5
    assert found[WHOLE].mean == pytest.approx(80)
    assert found[WHOLE].low == pytest.approx(float(expected.low))
    assert found[RESPECT].n == 1


def test_estimate_by_of_nothing_is_nothing():
    assert estimate_by([], lambda cell: cell.measure) == {}


def test_limits_are_cut_at_the_ends_of_the_scale_and_the_half_width_is_not():
    (estimate,) = estimate_by([cell([100, 100, 100, 100, 70])], lambda _cell: 0).values()

    assert estimate.mean == 94
    assert estimate.high == 100
    assert estimate.mean - estimate.low == pytest.approx(estimate.half_width)
    assert estimate.mean + estimate.half_width > 100


@pytest.mark.parametrize(
    ("n", "is_enough", "missing"), [(0, False, 5), (4, False, 1), (5, True, 0)]
)
def test_five_scorecards_are_enough(n, is_enough, missing):
    estimate = Estimate(n=n, mean=80)

    assert (estimate.is_enough, estimate.missing) == (is_enough, missing)


def test_equal_scorecards_have_no_spread():
    alike, different = (
        next(iter(estimate_by([cell(percents)], lambda _cell: 0).values()))
        for percents in ([90] * 5, [90, 90, 90, 90, 91])
    )

    assert not alike.has_spread
    assert different.has_spread
    assert not NOTHING.has_spread


# Standards --------------------------------------------------------------------------------------


def test_comparable_versions_share_a_standard(version):
    second = next_version(version, is_comparable=True)
    third = next_version(second, is_comparable=False)
    fourth = next_version(third, is_comparable=True)

    found = standards()

    assert found[version.pk] == found[second.pk] != found[third.pk] == found[fourth.pk]
    assert found[version.pk].name == "Customer conversation from version 1"
    assert found[fourth.pk].first == 3


def test_two_rubrics_never_share_a_standard(version):
    other = RubricVersionFactory(
        rubric=RubricFactory(key="e-mail", name="E-mail"), is_comparable=True, structure=False
    )

    assert standards()[version.pk] != standards()[other.pk]


# Cells ------------------------------------------------------------------------------------------


def test_measures_are_the_whole_and_then_each_skill(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = measures()

    assert [measure.key for measure in found] == [
        "",
        *Skill.objects.order_by("position").values_list("key", flat=True),
    ]
    assert found[0].is_whole
    assert not found[1].is_whole


def test_load_cells_adds_reviewers_and_channels_together(
    agent, reviewer, second_reviewer, version, django_assert_num_queries
):
    graded(agent, NOVEMBER, [80, 90], version=version, reviewer=reviewer)
    graded(agent, NOVEMBER, [70], version=version, reviewer=second_reviewer)
    graded(agent, NOVEMBER, [60], version=version, reviewer=reviewer, channel=Channel.PHONE)

    with django_assert_num_queries(2):
        (found,) = load_cells(Rollup.objects.all(), [WHOLE], AUTUMN)

    assert found.n == 4
    assert found.sums == pytest.approx((4, 16, 1200, 64, 4800, 368000))


def test_load_cells_takes_one_channel_when_asked(agent, version):
    graded(agent, NOVEMBER, [80, 90], version=version)
    graded(agent, NOVEMBER, [60], version=version, channel=Channel.PHONE)

    (found,) = load_cells(Rollup.objects.all(), [WHOLE], AUTUMN, channel=Channel.PHONE)

    assert found.n == 1


def test_load_cells_leaves_out_other_months_criteria_and_skills(agent, version, respect):
    empathy = Skill.objects.get(key="empathy")
    graded(agent, dt.date(2026, 8, 1), [10], version=version)
    graded(agent, dt.date(2026, 12, 1), [10], version=version)
    graded(agent, NOVEMBER, [10], version=version, skill=empathy.pk)
    criterion = graded(agent, NOVEMBER, [10], version=version)
    criterion.subject, criterion.subject_id = Rollup.Subject.CRITERION, respect.pk
    criterion.save()
    graded(agent, NOVEMBER, [80], version=version, skill=respect.pk)

    measured = [WHOLE, Measure("respect", "Respect", respect.pk)]
    found = load_cells(Rollup.objects.all(), measured, AUTUMN)

    assert [(cell.measure.key, cell.sums[2]) for cell in found] == [("respect", 320)]


def test_load_cells_tells_people_apart_when_asked(agent, teammate, version):
    graded(agent, NOVEMBER, [80], version=version)
    graded(teammate, NOVEMBER, [60, 70], version=version)

    apart = load_cells(Rollup.objects.all(), [WHOLE], AUTUMN, by_agent=True)
    together = load_cells(Rollup.objects.all(), [WHOLE], AUTUMN)

    assert {(cell.agent_id, cell.n) for cell in apart} == {(agent.pk, 1), (teammate.pk, 2)}
    assert [cell.n for cell in together] == [3]


# Profiles ---------------------------------------------------------------------------------------


def test_profile_speaks_of_now_and_keeps_the_months():
    cells = [cell([50] * 6, month=dt.date(2026, 6, 1)), cell([80] * 3, month=SEPTEMBER)]
    cells.append(cell([90] * 3, month=NOVEMBER))

    profile = profile_of(cells, now=AUTUMN)

    assert (profile.now[WHOLE].n, profile.now[WHOLE].mean) == (6, 85)
    assert profile.by_month[WHOLE, dt.date(2026, 6, 1)].mean == 50
    assert profile.monthly_means(WHOLE, [dt.date(2026, 6, 1), SEPTEMBER, OCTOBER]) == [
        50,
        None,
        None,
    ]


def test_profile_of_nothing_is_empty():
    profile = profile_of([], now=AUTUMN)

    assert profile.standard is None
    assert profile.now == {}


def test_profile_never_averages_two_standards():
    cells = [
        cell([50] * 9, month=OCTOBER),
        cell([90] * 2, month=NOVEMBER, standard=SECOND),
        cell([92] * 2, month=NOVEMBER, standard=SECOND, measure=RESPECT),
    ]

    profile = profile_of(cells, now=AUTUMN)

    assert profile.standard == SECOND
    assert (profile.now[WHOLE].n, profile.now[WHOLE].mean) == (2, 90)
    assert profile.set_aside == 9
    assert (WHOLE, OCTOBER) not in profile.by_month


def test_profile_takes_the_rubric_by_which_most_was_graded_lately():
    cells = [cell([50] * 3), cell([90] * 4, standard=OTHER_RUBRIC), cell([10] * 9, month=OCTOBER)]
    long_ago = cell([10] * 9, month=dt.date(2026, 8, 1))

    assert profile_of(cells, now=AUTUMN).standard == FIRST
    assert profile_of([*cells[:2], long_ago], now=AUTUMN).standard == OTHER_RUBRIC


def test_profile_takes_the_newest_standard_of_that_rubric():
    cells = [cell([50] * 9), cell([90] * 2, standard=SECOND), cell([70] * 5, standard=OTHER_RUBRIC)]

    assert profile_of(cells, now=AUTUMN).standard == SECOND


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 100), min_size=1, max_size=4),
            st.sampled_from([SEPTEMBER, OCTOBER, NOVEMBER]),
            st.sampled_from([FIRST, SECOND, OTHER_RUBRIC]),
        ),
        max_size=8,
    )
)
def test_every_current_scorecard_is_either_averaged_or_set_aside(drawn):
    cells = [cell(percents, month=month, standard=standard) for percents, month, standard in drawn]

    profile = profile_of(cells, now=AUTUMN)

    averaged = profile.now[WHOLE].n if WHOLE in profile.now else 0
    assert averaged + profile.set_aside == sum(len(percents) for percents, *_rest in drawn)


# Hand-picked ------------------------------------------------------------------------------------


def test_count_hand_picked_counts_what_a_person_chose(agent, teammate, manager, version):
    by_hand = {"assignment__inclusion_probability": None, "submitted": True, "month": NOVEMBER}
    ScorecardFactory(agent=agent, **by_hand)
    ScorecardFactory(agent=agent, submitted=True, month=NOVEMBER)
    ScorecardFactory(agent=agent, **{**by_hand, "month": dt.date(2026, 8, 1)})
    ScorecardFactory(agent=teammate, **by_hand)
    ScorecardFactory(agent=agent, assignment__inclusion_probability=None)
    # A second grade of a drawn pick has no probability of its own, and nobody chose it either.
    second = ScorecardFactory(agent=agent, assignment__purpose="second", **by_hand)
    draw = SamplingDraw.objects.create(
        plan=SamplingPlanFactory(reviewers=[]),
        starts_on=NOVEMBER,
        ends_on=NOVEMBER,
        population_size=1,
        population_digest="",
        expected_count=1,
        picked_count=1,
    )
    pick = Pick.objects.create(draw=draw, interaction=second.interaction, inclusion_probability=1)
    ReviewAssignment.objects.filter(pk=second.assignment_id).update(pick=pick)
    for purpose in ReviewAssignment.OFF_RECORD:
        ScorecardFactory(agent=agent, assignment__purpose=purpose, **by_hand)
    ScorecardFactory(agent=agent, is_current=False, **by_hand)
    ScorecardFactory(agent=agent, is_held=True, **by_hand)

    def count(reader, **about):
        scorecards = Scorecard.objects.visible_to(reader).filter(agent=agent)
        return count_hand_picked(scorecards, AUTUMN, **about)

    assert count(agent) == 1
    assert count(manager) == 2, "what is held back is in the manager's list"
    assert count(agent, channel=Channel.CHAT) == 1
    assert count(agent, channel=Channel.PHONE) == 0
