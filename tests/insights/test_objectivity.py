"""Objectivity: what is known by construction is found, what is not known is said, and nobody sees
another reviewer who may not."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from insights.fair import Pool, month_number
from insights.objectivity import words
from insights.objectivity.agreement import load_agreement, load_use
from insights.objectivity.reviewers import WHOLE, load_crossing, load_reviewers
from insights.objectivity.scope import Scope
from insights.objectivity.treatment import Attribute, load_treatment
from insights.objectivity.treatment_pictures import figures as treatment_figures
from insights.objectivity.treatment_pictures import too_few_sentence
from insights.skills import Window, standards
from measurement.drift import DriftState
from measurement.equal_treatment import Finding
from measurement.figures import State
from people.channels import Channel
from people.models import User
from people.roles import Role
from scorecards.models import (
    CalibrationItem,
    CalibrationPick,
    CalibrationSession,
    CriterionScore,
    ExpertGrade,
    ExpertKey,
    ReviewAssignment,
    Scorecard,
    SeededPick,
)
from tests.factories.insights import graded
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory

Purpose = ReviewAssignment.Purpose
PAGES = ("objectivity", "objectivity_agreement", "objectivity_treatment")


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def rubric_version(db):
    """With criteria; `version` of this folder has none."""
    return RubricVersionFactory()


@pytest.fixture
def scope(months):
    """The half year by the one version there is."""

    def of():
        (standard,) = set(standards().values())
        return Scope(Pool(standard, Window(months[0], months[-1])), n=1)

    return of


@pytest.fixture
def crossed(version, months):
    """Twelve people graded by six reviewers each, who give −8, 0 and 8 points more."""
    effects = (-8, 0, 0, 0, 0, 8)
    reviewers = [
        UserFactory(first_name=f"Reviewer {place}", roles=[Role.REVIEWER])
        for place in range(len(effects))
    ]
    chance = np.random.default_rng(5)
    for person in range(12):
        agent = UserFactory()
        for reviewer, effect in zip(reviewers, effects, strict=True):
            percents = 70 + person + effect + chance.normal(0, 5, 6)
            graded(agent, months[-1], list(percents), version=version, reviewer=reviewer)
    return reviewers


def card(version, *, reviewer, interaction=None, purpose=Purpose.GRADE, agent=None, month, **more):
    """A submitted scorecard for `purpose`."""
    given = {} if interaction is None else {"assignment__interaction": interaction}
    off_record = purpose in ReviewAssignment.OFF_RECORD
    return ScorecardFactory(
        submitted=True,
        version=version,
        reviewer=reviewer,
        agent=agent,
        month=month,
        assignment__purpose=purpose,
        assignment__rubric=version.rubric,
        assignment__state=ReviewAssignment.State.DONE,
        assignment__inclusion_probability=None if off_record or interaction else 0.25,
        **({"submitted_at": timezone.now()} | given | more),
    )


def levels_of(version, key):
    criterion = next(
        criterion
        for section in version.sections.all()
        for criterion in section.criteria.all()
        if criterion.key == key
    )
    return criterion, list(criterion.levels.order_by("position"))


def answer(scorecard, criterion, level):
    CriterionScore.objects.create(
        scorecard=scorecard, criterion=criterion, level=level, is_not_applicable=level is None
    )


# --- Severity -------------------------------------------------------------------------------------


def test_who_gives_less_and_more_is_found_and_nobody_else(crossed, scope, today):
    found = load_reviewers(scope(), on=today)
    assert found.stricter == {crossed[0].pk}
    assert found.milder == {crossed[5].pk}
    strict = found.severity(crossed[0].pk)
    assert strict.low < -8 < strict.high
    assert "less than the average reviewer" in words.severity_sentence(found, crossed[0].pk)
    assert "Cannot be told apart" in words.severity_sentence(found, crossed[2].pk)
    share = words.share_sentence(found.model)
    assert "come from who graded; with 95% confidence" in share


def test_the_others_are_a_range_without_names_from_five_on(crossed, scope, today):
    found = load_reviewers(scope(), on=today)
    low, high, n = found.band(without=crossed[0].pk)
    assert n == 5
    assert -3 < low < 1 < high < 8
    only_four = replace(found.model.severities, reliability=np.array([1, 1, 1, 1, 1, 0]))
    few = replace(found, model=replace(found.model, severities=only_four))
    assert few.band(without=crossed[0].pk) is None


def test_without_shared_people_nothing_is_known_and_a_link_is_proposed(
    version, this_month, scope, today, administrator, as_user
):
    one, other = UserFactory(first_name="Uma"), UserFactory(first_name="Vic")
    for reviewer in (one, other):
        for _person in range(4):
            percents = [60, 70, 80, 62, 68, 76, 81, 59]
            graded(UserFactory(), this_month, percents, version=version, reviewer=reviewer)
    found = load_reviewers(scope(), on=today)
    assert found.severity(one.pk).state == State.TOO_FEW
    assert found.band(without=one.pk) is None
    page = as_user(administrator).get(reverse("insights:objectivity")).content.decode()
    assert "2 groups that share no people" in page
    assert "2 conversations graded by both" in page
    assert "Not yet known" in page
    assert "is not known yet" in page


def test_grading_across_teams_is_counted(version, this_month, scope, today):
    north, south = TeamFactory(), TeamFactory()
    reviewer, other = UserFactory(), UserFactory()
    for team, by, n in ((north, reviewer, 6), (south, reviewer, 2), (south, other, 8)):
        agent = UserFactory()
        MembershipFactory(user=agent, team=team)
        graded(agent, this_month, [70, 80] * (n // 2), version=version, reviewer=by)
    crossing = load_crossing(load_reviewers(scope(), on=today).model, on=today)
    assert (crossing.reviews, crossing.of_reviews) == (2, 16)
    assert crossing.share == pytest.approx(12.5)


# --- Drift ----------------------------------------------------------------------------------------


def test_who_became_stricter_is_found_and_said_with_month_and_interval(version, today, scope):
    window = Window.of(9, until=today)
    steady = [UserFactory() for _reviewer in range(3)]
    changed = UserFactory()
    people = [UserFactory() for _person in range(8)]
    chance = np.random.default_rng(7)
    for place, month in enumerate(window.months):
        for agent in people:
            for reviewer in (*steady, changed):
                effect = -12 if reviewer is changed and place >= 5 else 0
                percents = 75 + effect + chance.normal(0, 6, 5)
                graded(agent, month, list(percents), version=version, reviewer=reviewer)
    found = load_reviewers(scope(), on=today)
    drift = found.drifts[changed.pk]
    assert drift.is_drifting
    since = month_number(window.months[5])
    assert since <= int(drift.periods[drift.chart.since]) <= since + 1
    assert "stricter than before" in words.drift_sentence(drift)
    for reviewer in steady:
        assert words.drift_sentence(found.drifts[reviewer.pk]) == "No change found."


def test_reviewers_who_share_no_person_are_tied_by_what_they_grade_together(version, today, scope):
    window = Window.of(6, until=today)
    reviewers = [UserFactory() for _reviewer in range(3)]
    people = [UserFactory() for _person in reviewers]
    chance = np.random.default_rng(9)
    for month in window.months:
        for agent, reviewer in zip(people, reviewers, strict=True):
            percents = 75 + chance.normal(0, 6, 30)
            graded(agent, month, list(percents), version=version, reviewer=reviewer)
    found = load_reviewers(scope(), on=today)
    assert {each.state for each in found.drifts.values()} == {DriftState.NOT_LINKED}
    for month in window.months:
        for _conversation in range(2):
            interaction = InteractionFactory()
            for reviewer in reviewers:
                card(
                    version,
                    reviewer=reviewer,
                    interaction=interaction,
                    purpose=Purpose.CALIBRATION,
                    month=month,
                    percent=round(float(75 + chance.normal(0, 6)), 2),
                )
    found = load_reviewers(scope(), on=today)
    assert {each.state for each in found.drifts.values()} == {DriftState.SHOWN}
    assert not any(each.is_drifting for each in found.drifts.values())


def test_too_few_months_are_said(crossed, scope, today):
    found = load_reviewers(scope(), on=today)
    assert "Not yet known: 1 of" in words.drift_sentence(found.drifts[crossed[0].pk])
    assert "nothing graded" in words.drift_sentence(None)


# --- Work, time, keys -----------------------------------------------------------------------------


def test_work_is_counted_by_month_and_week_and_changed_grades_once(
    rubric_version, reviewer, scope, today, months
):
    midday = timezone.make_aware(dt.datetime.combine(today, dt.time(0, 30)))
    week = dt.timedelta(weeks=1)
    for back in (1, 1, 2):
        card(rubric_version, reviewer=reviewer, month=months[-1], submitted_at=midday - back * week)
    changed = card(rubric_version, reviewer=reviewer, month=months[-1], submitted_at=midday)
    Scorecard.objects.filter(pk=changed.pk).update(is_current=False)
    ScorecardFactory(
        submitted=True,
        version=rubric_version,
        reviewer=reviewer,
        assignment=changed.assignment,
        interaction=changed.interaction,
        month=months[-1],
        submitted_at=midday,
        revision=2,
        revised_by=reviewer,
        cause=Scorecard.Cause.OVERRIDE,
        reason="A slip.",
    )
    card(rubric_version, reviewer=reviewer, month=months[-1], purpose=Purpose.PRACTICE)
    work = load_reviewers(scope(), on=today).work[reviewer.pk]
    assert work.total == 4
    assert work.by_week[-3:] == [1, 2, 1]
    assert work.a_week == pytest.approx(0.75)


def test_the_middle_time_is_shown_from_ten_gradings(rubric_version, reviewer, scope, today, months):
    for minutes in range(1, 10):
        card(rubric_version, reviewer=reviewer, month=months[-1], active_seconds=60 * minutes)
    times = load_reviewers(scope(), on=today).times
    assert times.of(reviewer.pk).state == State.TOO_FEW
    card(rubric_version, reviewer=reviewer, month=months[-1], active_seconds=0)
    card(rubric_version, reviewer=reviewer, month=months[-1], active_seconds=90 * 60)
    cache.clear()
    times = load_reviewers(scope(), on=today).times
    middle = times.of(reviewer.pk)
    assert middle.n == 10
    assert middle.value == pytest.approx(330, abs=15)
    assert middle.low < middle.value < middle.high


def test_grades_beside_keys_are_shown_from_ten_conversations(
    rubric_version, reviewer, administrator, scope, today, months
):
    tone, tone_levels = levels_of(rubric_version, "tone")
    facts, _facts_levels = levels_of(rubric_version, "facts")

    def seeded(given):
        interaction = InteractionFactory()
        key = ExpertKey.objects.create(
            interaction=interaction, version=rubric_version, written_by=administrator
        )
        ExpertGrade.objects.create(key=key, criterion=tone, level=tone_levels[1])
        ExpertGrade.objects.create(key=key, criterion=facts, is_not_applicable=True)
        graded_card = card(
            rubric_version,
            reviewer=reviewer,
            interaction=interaction,
            purpose=Purpose.SEEDED,
            month=months[-1],
        )
        SeededPick.objects.create(
            assignment=graded_card.assignment, key=key, seeded_by=administrator
        )
        answer(graded_card, tone, tone_levels[given])
        answer(graded_card, facts, None)

    for given in (1, 1, 1, 1, 1, 1, 1, 0, 0):
        seeded(given)
    keys = load_reviewers(scope(), on=today).keys[reviewer.pk]
    assert keys.same.state == State.TOO_FEW
    assert words.keys_sentence(keys) == "Not yet known: 9 of 10 conversations with a key"
    seeded(2)
    cache.clear()
    keys = load_reviewers(scope(), on=today).keys[reviewer.pk]
    assert keys.same.value == pytest.approx(85)
    assert keys.same.low < 85 < keys.same.high
    assert (keys.criteria, keys.milder, keys.stricter) == (20, 1, 2)


# --- Agreement and criteria -----------------------------------------------------------------------


@pytest.fixture
def graded_twice(rubric_version, reviewer, second_reviewer, months):
    """`graded_twice(pairs, …)`: conversations in which both answered “tone”, by places of levels."""
    tone, tone_levels = levels_of(rubric_version, "tone")

    def make(pairs, purpose=Purpose.SECOND):
        cards = []
        for one, other in pairs:
            interaction = InteractionFactory()
            for person, place, why in (
                (reviewer, one, Purpose.GRADE),
                (second_reviewer, other, purpose),
            ):
                given = card(
                    rubric_version,
                    reviewer=person,
                    interaction=interaction,
                    purpose=why,
                    month=months[-1],
                )
                answer(given, tone, tone_levels[place])
                cards.append(given)
        return cards

    return make


def test_agreement_is_the_share_of_pairs_that_are_the_same(graded_twice, rubric_version, scope):
    graded_twice([(0, 0), (1, 1), (2, 2), (0, 1), (2, 0)] * 4)
    shared = load_agreement(scope())
    assert (shared.interactions, shared.reviewers) == (20, 2)
    (tone,) = shared.criteria
    assert tone.levels == 3
    assert tone.figures.exact.value == pytest.approx(0.6)
    assert tone.figures.within_one.value == pytest.approx(0.8)
    assert tone.figures.alpha.is_shown
    assert tone.figures.alpha.low < tone.figures.alpha.value < tone.figures.alpha.high


def test_too_few_shared_conversations_are_said(graded_twice, administrator, as_user):
    graded_twice([(0, 0), (1, 2)])
    address = reverse("insights:objectivity_agreement")
    page = as_user(administrator).get(address)
    # Second grades alone count for nobody: there is no rollup, so no standard to show.
    assert "Nothing graded" in page.content.decode()


def test_what_a_calibration_session_still_hides_is_counted_nowhere(
    rubric_version, reviewer, second_reviewer, administrator, months, scope
):
    tone, tone_levels = levels_of(rubric_version, "tone")
    session = CalibrationSession.objects.create(
        title="Tone",
        version=rubric_version,
        organiser=administrator,
        opened_at=timezone.now(),
    )
    session.participants.set([reviewer, second_reviewer, administrator])
    item = CalibrationItem.objects.create(session=session, interaction=InteractionFactory())
    for person in (reviewer, second_reviewer):
        given = card(
            rubric_version,
            reviewer=person,
            interaction=item.interaction,
            purpose=Purpose.CALIBRATION,
            month=months[-1],
        )
        CalibrationPick.objects.create(assignment=given.assignment, item=item)
        answer(given, tone, tone_levels[1])
    assert load_agreement(scope()).interactions == 0
    session.closed_at = timezone.now()
    session.save()
    assert load_agreement(scope()).interactions == 1


def test_second_grades_of_disputes_do_not_count(graded_twice, rubric_version, scope):
    graded_twice([(0, 2)] * 3, purpose=Purpose.REGRADE)
    assert load_agreement(scope()).interactions == 0


def test_a_criterion_that_tells_nothing_apart_and_one_never_applicable(
    rubric_version, reviewer, agent, months, scope
):
    tone, tone_levels = levels_of(rubric_version, "tone")
    greeting, greeting_levels = levels_of(rubric_version, "greeting")
    facts, _levels = levels_of(rubric_version, "facts")
    for place in range(40):
        given = card(rubric_version, reviewer=reviewer, agent=agent, month=months[-1])
        answer(given, tone, tone_levels[2])
        answer(given, greeting, greeting_levels[place % 3])
        answer(given, facts, None)
    use = {each.title: each for each in load_use(scope())}
    assert use[tone.title].is_flat
    assert use[tone.title].commonest == tone_levels[2].label
    assert not use[greeting.title].is_flat
    assert use[facts.title].is_skipped
    assert not use[facts.title].is_flat


# --- Equal treatment ------------------------------------------------------------------------------


@pytest.fixture
def in_two_channels(rubric_version, months):
    """`in_two_channels(effect, people)`: the same people by chat and e-mail, which gets `effect` more."""
    reviewers = [UserFactory(), UserFactory()]

    def make(effect, people=24):
        chance = np.random.default_rng(3)
        cards = []
        for place in range(people):
            agent = UserFactory()
            for channel, plus in ((Channel.CHAT, 0), (Channel.EMAIL, effect)):
                for reviewer in reviewers:
                    percent = 60 + place % 7 + plus + chance.normal(0, 2)
                    given = card(
                        rubric_version,
                        reviewer=reviewer,
                        agent=agent,
                        month=months[-1],
                        percent=round(float(percent), 2),
                        assignment__interaction__channel=channel,
                    )
                    cards.append(given)
        return cards

    return make


def test_a_channel_that_is_graded_lower_is_found(in_two_channels, rubric_version, scope, months):
    in_two_channels(-6)
    found = load_treatment(scope(), Attribute.CHANNEL)
    by_name = {each.group: each.effect for each in found.groups}
    assert by_name["email"].finding == Finding.DIFFERENCE
    assert by_name["email"].low < -6 < by_name["email"].high
    (figure, *_rest) = treatment_figures(found, {}, Window(months[0], months[-1]))
    assert "by more than chance" in figure.statement


def test_nothing_found_comes_with_what_would_have_been(
    in_two_channels, rubric_version, scope, months
):
    in_two_channels(0)
    found = load_treatment(scope(), Attribute.CHANNEL)
    (figure, *_rest) = treatment_figures(found, {}, Window(months[0], months[-1]))
    assert "No difference was found. One of less than" in figure.statement


def test_groups_of_fewer_than_five_people_are_not_shown(
    in_two_channels, rubric_version, scope, months
):
    in_two_channels(0, people=4)
    found = load_treatment(scope(), Attribute.CHANNEL)
    assert all(each.effect.finding == Finding.HIDDEN for each in found.groups)
    assert treatment_figures(found, {}, Window(months[0], months[-1])) == []


def test_what_is_not_known_is_left_out_and_said(in_two_channels, rubric_version, scope):
    cards = in_two_channels(0, people=6)
    found = load_treatment(scope(), Attribute.TIER)
    assert found.unknown == len(cards)
    assert found.groups == ()


@pytest.fixture
def with_criteria(in_two_channels, rubric_version):
    """`with_criteria(key)`: grades of every criterion by chance, of `key` lower by e-mail."""

    def make(harder="", people=24):
        chance = np.random.default_rng(8)
        criteria = [c for section in rubric_version.sections.all() for c in section.criteria.all()]
        levels = {c.pk: list(c.levels.order_by("position")) for c in criteria}
        for scorecard in in_two_channels(0, people=people):
            by_mail = scorecard.interaction.channel == Channel.EMAIL
            for criterion in criteria:
                top = len(levels[criterion.pk]) - 1
                place = int(chance.random() < 0.7) * top
                if criterion.key == harder and by_mail:
                    place = 0
                answer(scorecard, criterion, levels[criterion.pk][place])
        return [c.key for c in criteria]

    return make


def test_a_criterion_that_is_harder_by_mail_is_found_and_no_other(
    with_criteria, rubric_version, scope, months
):
    keys = with_criteria("tone")
    found = load_treatment(scope(), Attribute.CHANNEL)
    differ = {
        (keys[each.criterion], each.group)
        for each in found.criteria
        if each.effect.finding == Finding.DIFFERENCE
    }
    assert differ == {("tone", "email")}
    figures = treatment_figures(found, {}, Window(months[0], months[-1]))
    (figure,) = [each for each in figures if each.key == "criteria"]
    assert "In 1 of" in figure.statement
    assert found.titles[keys.index("tone")] in str(figure.chart.groups)


def test_criteria_of_few_people_are_said_to_be_too_few(with_criteria, scope):
    with_criteria("tone", people=8)
    found = load_treatment(scope(), Attribute.CHANNEL)
    assert not any(each.effect.is_shown for each in found.criteria)
    assert "it takes 20 people" in too_few_sentence(found)
    assert "there are 8" in too_few_sentence(found)


def test_criteria_alike_come_with_what_would_have_been_found(with_criteria, scope, months):
    with_criteria()
    found = load_treatment(scope(), Attribute.CHANNEL)
    figures = treatment_figures(found, {}, Window(months[0], months[-1]))
    (figure,) = [each for each in figures if each.key == "criteria"]
    assert "No criterion was found to be harder or easier" in figure.statement


# --- The pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_pages_about_all_reviewers_are_for_who_leads_calibration(name, who, request, as_user):
    person = request.getfixturevalue(who)
    assert as_user(person).get(reverse(f"insights:{name}")).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_a_manager_with_the_permission_sees_them(name, manager, as_user):
    manager.user_permissions.add(Permission.objects.get(codename="lead_calibration"))
    assert as_user(manager).get(reverse(f"insights:{name}")).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, "objectivity_own"])
def test_pages_say_when_nothing_was_graded(name, administrator, reviewer, as_user):
    person = reviewer if name == "objectivity_own" else administrator
    page = as_user(person).get(reverse(f"insights:{name}"))
    assert "Nobody handed in a grade that counts" in page.content.decode()
    assert as_user(person).head(reverse(f"insights:{name}")).status_code == 200
    assert as_user(person).post(reverse(f"insights:{name}")).status_code == 405


def test_a_reviewer_sees_themself_and_no_other_name(crossed, as_user):
    own = as_user(crossed[0])
    page = own.get(reverse("insights:objectivity_own"))
    text = page.content.decode()
    assert "Gives" in text
    assert "eight of ten of the 5 other reviewers" in text
    for other in crossed[1:]:
        assert str(other) not in text
        address = reverse("insights:objectivity_reviewer", args=[other.pk])
        assert own.get(address).status_code == 403


def test_who_grades_nothing_has_no_page_of_their_own(agent, as_user):
    assert as_user(agent).get(reverse("insights:objectivity_own")).status_code == 403


def test_a_reviewers_page_for_who_leads_calibration(crossed, administrator, agent, as_user):
    lead = as_user(administrator)
    address = reverse("insights:objectivity_reviewer", args=[crossed[0].pk])
    assert str(crossed[0]) in lead.get(address).content.decode()
    other = reverse("insights:objectivity_reviewer", args=[agent.pk])
    assert lead.get(other).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_in_the_filters_narrows_nothing(name, crossed, administrator, as_user):
    address = reverse(f"insights:{name}")
    asked = {"months": "99", "rubric": "x-y", "channel": "smoke", "by": "moon", "page": "-3"}
    assert as_user(administrator).get(address, asked).status_code == 200


def test_filters_answer_with_the_part_alone(crossed, administrator, as_user):
    address = reverse("insights:objectivity")
    page = as_user(administrator).get(address, {"months": "3"}, headers={"hx-request": "true"})
    text = page.content.decode()
    assert 'id="found"' in text
    assert "<html" not in text
    assert "HX-Request" in page["Vary"]


def test_everything_can_be_taken_along(crossed, administrator, as_user):
    lead = as_user(administrator)
    address = reverse("insights:objectivity")

    def file(url, **asked):
        if "chart" in asked:
            response = lead.get(url, {"format": "csv", **asked})
        else:
            response = lead.post(url, {"format": "csv", **asked})
        assert response["Content-Type"].startswith("text/csv")
        return b"".join(response.streaming_content).decode()

    assert "Reviewer 0" in file(address, chart="severity")
    assert "Severity (points)" in file(address)
    agreement = reverse("insights:objectivity_agreement")
    assert "alpha" in file(agreement)
    assert "Commonest level" in file(agreement, table="criteria")
    own = reverse("insights:objectivity_reviewer", args=[crossed[0].pk])
    assert "Week from" in file(own)
    assert lead.get(address, {"format": "csv", "chart": "moon"}).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_reviewers(
    name, version, this_month, administrator, as_user, count_queries
):
    lead = as_user(administrator)
    address = reverse(f"insights:{name}")

    def more(people):
        for _reviewer in range(people):
            by = UserFactory()
            for _person in range(2):
                graded(UserFactory(), this_month, [70, 80], version=version, reviewer=by)

    more(1)
    lead.get(address)
    cache.clear()
    one = count_queries(lambda: lead.get(address))
    more(3)
    cache.clear()
    assert count_queries(lambda: lead.get(address)) == one
    # Kept: less is asked for.
    assert count_queries(lambda: lead.get(address)) <= one


def test_a_new_grade_is_seen_at_once(crossed, version, this_month, administrator, scope, today):
    before = load_reviewers(scope(), on=today).model.n
    graded(User.objects.first(), this_month, [70], version=version, reviewer=crossed[0])
    assert load_reviewers(scope(), on=today).model.n == before + 1
    assert WHOLE.is_whole


def test_navigation_leads_everybody_to_their_page(reviewer, administrator, as_user):
    queue = as_user(reviewer).get(reverse("scorecards:scorecard_list")).content.decode()
    assert reverse("insights:objectivity_own") in queue
    own = as_user(reviewer).get(reverse("insights:objectivity_own")).content.decode()
    assert reverse("insights:objectivity") not in own.replace(
        reverse("insights:objectivity_own"), ""
    )
    team = as_user(administrator).get(reverse("insights:team")).content.decode()
    assert reverse("insights:objectivity") in team
