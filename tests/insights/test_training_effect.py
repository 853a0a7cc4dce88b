"""The effect of a module, with the truth known; and what the pages say to whom."""

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.cache import cache
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from coaching.models import ModuleRule, RuleFiring
from content.models import Skill
from insights.skills import Window, measures
from insights.training_effect import effects, finished_modules, scene_of, taught_by
from measurement.training_effect import Choice, Method, Need, Verdict
from people.roles import Role
from scorecards.models import Rollup
from tests.factories.content import ModulePageFactory
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.factories.training import CompletionFactory, ModuleAssignmentFactory
from training.models import Lot, LotEntry, ModuleAssignment

ADDRESS = "/team/training-effect/"
WHOLE = "whole-scorecard"
TRAINED, PEERS, REVIEWS = 14, 28, 6


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def seven(today) -> list[dt.date]:
    """The months of one comparison: three before, that of the choice, three after."""
    return Window.of(7, until=today).months


@pytest.fixture
def module(db):
    return ModulePageFactory(title="Calm words")


def people(count: int, **about):
    return [
        UserFactory(started_on=dt.date(2020, 1, 1), roles=[Role.AGENT], **about)
        for _person in range(count)
    ]


def at(month: dt.date, day: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(month.replace(day=day), dt.time(9)))


def trained_by(module, person, month: dt.date):
    """Assigned late in a month, which chose them, and finished in it."""
    return ModuleAssignmentFactory(
        user=person, module=module, assigned_at=at(month, 20), completed_at=at(month, 25)
    )


def grades(version, rows, *, skill=0):
    """`rows`: person, reviewer, month, percents."""
    made = []
    for person, reviewer, month, percents in rows:
        n, y, yy = len(percents), float(np.sum(percents)), float(np.square(percents).sum())
        w = 4.0
        made.append(
            Rollup(
                agent=person,
                reviewer=reviewer,
                version=version,
                channel="chat",
                month=month,
                subject=Rollup.Subject.SKILL if skill else Rollup.Subject.TOTAL,
                subject_id=skill,
                n=n,
                sum_y=y,
                sum_yy=yy,
                sum_w=w * n,
                sum_wy=w * y,
                sum_wyy=w * yy,
                sum_ww=w * w * n,
                sum_wwy=w * w * y,
                sum_wwyy=w * w * yy,
            )
        )
    Rollup.objects.bulk_create(made)


@pytest.fixture
def house(version, seven, module):
    """`house(gain)`: people who differ, of whom those with the worst month of the choice are trained, and
    gain so much. Returns the trained and the peers."""

    def build(gain: float, *, seed: int = 4, skill: int = 0, count: int = TRAINED + PEERS):
        chance = np.random.default_rng(seed)
        everybody, reviewer = people(count), UserFactory()
        level = chance.normal(70, 1, count)
        marks = level[:, None, None] + chance.normal(0, 8, (count, len(seven), REVIEWS))
        low = np.argsort(marks[:, 3].mean(axis=1))[:TRAINED]
        marks[low, 4:] += gain
        grades(
            version,
            [
                (person, reviewer, month, marks[place, index])
                for place, person in enumerate(everybody)
                for index, month in enumerate(seven)
            ],
            skill=skill,
        )
        trained = [everybody[place] for place in low]
        for person in trained:
            trained_by(module, person, seven[3])
        return trained, [person for person in everybody if person not in trained]

    return build


def effect_of(module, today, *, skill: str = "", months: int = 12):
    measured = measures()
    measure = next(each for each in measured if each.key == skill)
    scene = scene_of([module], Window.of(months, until=today), taught=[measure])
    return scene.effect(module, measure)


def test_there_is_no_gain_though_people_were_picked_for_a_low_month(house, module, today):
    house(0)
    found = effect_of(module, today)
    effect = found.effect
    assert (effect.trained, effect.peers) == (TRAINED, PEERS)
    assert effect.raw_gain > 2
    assert effect.expected_gain > 2
    assert effect.verdict == Verdict.NO_EVIDENCE
    assert effect.headline.low < 0 < effect.headline.high
    assert effect.detectable > 1


def test_a_true_gain_is_found_with_its_size(house, module, today):
    house(9)
    effect = effect_of(module, today).effect
    assert effect.verdict == Verdict.GAIN
    assert effect.headline.low < 9 < effect.headline.high
    assert effect.headline.low > 3


def test_a_milder_reviewer_is_not_taken_for_learning(version, seven, module, today):
    """After the training, the trained are graded mostly by who gives 12 points more."""
    chance = np.random.default_rng(11)
    strict, mild = UserFactory(), UserFactory()
    everybody = people(TRAINED + PEERS)
    rows = []
    for place, person in enumerate(everybody):
        for index, month in enumerate(seven):
            by_mild = 5 if place < TRAINED and index > 3 else 3
            for reviewer, effect, n in ((strict, -6, 6 - by_mild), (mild, 6, by_mild)):
                rows.append((person, reviewer, month, chance.normal(70 + effect, 5, n)))
    grades(version, rows)
    for person in everybody[:TRAINED]:
        trained_by(module, person, seven[3])
    found = effect_of(module, today)
    assert found.effect.headline.low < 0 < found.effect.headline.high
    assert abs(found.effect.headline.value) < 2.5


def test_with_too_few_it_says_how_many_more(house, module, today, seven):
    trained, _peers = house(0)
    for person in trained[3:]:
        person.module_assignments.update(completed_at=None)
    effect = effect_of(module, today).effect
    assert effect.verdict == Verdict.TOO_FEW
    missing = {each.need: each for each in effect.missing}
    assert missing[Need.TRAINED].have == 3
    assert effect.headline is None


def test_nobody_is_a_peer_who_took_it_or_was_asked_to(house, module, today, seven):
    _trained, peers = house(0)
    CompletionFactory(user=peers[0], page=module, completed_at=at(seven[0], 5))
    ModuleAssignmentFactory(user=peers[1], module=module, assigned_at=at(seven[5], 5))
    assert effect_of(module, today, months=6).effect.peers == PEERS - 2


def test_new_people_are_on_neither_side(house, module, today, seven):
    trained, peers = house(0)
    for person in (trained[0], peers[0]):
        person.started_on = seven[1]
        person.save()
    found = effect_of(module, today)
    assert found.new == 1
    assert (found.effect.trained, found.effect.peers) == (TRAINED - 1, PEERS - 1)


def test_who_finished_lately_or_slowly_waits_or_is_left_out(house, module, today, seven):
    trained, _peers = house(0)
    trained[0].module_assignments.update(assigned_at=at(today, 1), completed_at=at(today, 1))
    trained[1].module_assignments.update(assigned_at=at(seven[0], 20), completed_at=at(seven[4], 2))
    found = effect_of(module, today)
    assert (found.waiting, found.slow, found.counted) == (1, 1, TRAINED - 2)


def test_the_month_of_the_choice_is_the_one_before_early_in_a_month(house, module, today, seven):
    """Then it was still going on in the month of the assignment, which counts on neither side."""
    trained, _peers = house(0)
    for person in trained:
        person.module_assignments.update(assigned_at=at(seven[4], 3), completed_at=at(seven[4], 9))
    found = effect_of(module, today)
    assert found.months == (seven[3], seven[3])
    assert found.effect.trained == TRAINED


def test_a_renewal_is_no_second_training(house, module, today, seven):
    trained, _peers = house(0)
    for person in trained:
        ModuleAssignmentFactory(
            user=person,
            module=module,
            round=2,
            assigned_at=at(seven[5], 20),
            completed_at=at(seven[5], 25),
        )
    found = effect_of(module, today)
    assert (found.finished, found.effect.trained) == (TRAINED, TRAINED)


def test_a_module_is_measured_by_the_skills_it_teaches(module, respect):
    measured = measures()
    assert [each.key for each in taught_by(module, measured)] == [""]
    module.skills.add(respect)
    module.save()
    assert [each.key for each in taught_by(module, measured)] == ["respect"]


def test_only_modules_that_somebody_finished_are_listed(module, today, agent):
    period = Window.of(12, until=today)
    assert finished_modules(period) == []
    CompletionFactory(user=agent, page=module, completed_at=timezone.now())
    assert finished_modules(period) == [module]
    assert finished_modules(Window.of(6, until=today - dt.timedelta(days=400))) == []


@pytest.mark.parametrize("by_assignment", [True, False])
def test_a_month_begins_and_ends_at_midnight_where_the_reader_is(
    module, today, agent, by_assignment
):
    period = Window.of(2, until=today)
    begins = dt.datetime.combine(period.first, dt.time(), ZoneInfo("Asia/Tokyo"))
    ends = dt.datetime.combine(today.replace(day=1) + dt.timedelta(days=32), dt.time())
    ends = ends.replace(day=1, tzinfo=ZoneInfo("Asia/Tokyo"))
    second = dt.timedelta(seconds=1)

    def listed(moment):
        if by_assignment:
            row = ModuleAssignmentFactory(
                user=agent, module=module, assigned_at=moment - second, completed_at=moment
            )
        else:
            row = CompletionFactory(user=agent, page=module, completed_at=moment)
        with timezone.override("Asia/Tokyo"):
            found = finished_modules(period) == [module]
        row.delete()
        return found

    assert [listed(each) for each in (begins - second, begins)] == [False, True]
    assert [listed(each) for each in (ends - second, ends)] == [True, False]


def test_finished_modules_take_two_queries_however_much_was_finished(
    db, today, django_assert_num_queries
):
    period = Window.of(12, until=today)
    for _more in range(3):
        page = ModulePageFactory()
        CompletionFactory(page=page, completed_at=timezone.now())
        ModuleAssignmentFactory(module=page, completed_at=timezone.now())
        with django_assert_num_queries(2):
            found = finished_modules(period)
    assert len(found) == 3


def test_where_a_rule_chose_the_comparison_at_equal_scores_comes_first(
    house, module, today, version
):
    trained, _peers = house(0)
    assert effect_of(module, today).choice == Choice.OTHERWISE
    rule = ModuleRule.objects.create(rubric=version.rubric, criterion_key="tone", module=module)
    for person in trained[:8]:
        RuleFiring.objects.create(
            rule=rule,
            agent=person,
            last=ReviewAssignmentFactory(interaction__agent=person),
            outcome=RuleFiring.Outcome.ASSIGNED,
            assignment=person.module_assignments.get(),
        )
    found = effect_of(module, today)
    assert found.choice == Choice.BY_SCORE
    assert found.effect.headline.method == Method.ANCOVA
    assert found.effect.verdict == Verdict.NO_EVIDENCE


def detail(module, skill=WHOLE) -> str:
    return reverse("insights:training_effect_detail", args=[module.pk, skill])


def by_lot(version, module, seven, manager, *, gain):
    """Of 42 people 14 are drawn and gain so much, if they come: the last of them never does."""
    chance = np.random.default_rng(0)
    everybody, reviewer = people(TRAINED + PEERS), UserFactory()
    marks = chance.normal(70, 8, (len(everybody), len(seven), REVIEWS))
    marks[: TRAINED - 1, 4:] += gain
    grades(
        version,
        [
            (person, reviewer, month, marks[place, index])
            for place, person in enumerate(everybody)
            for index, month in enumerate(seven)
        ],
    )
    lot = Lot.objects.create(
        module=module, places=TRAINED, seed="a", drawn_at=at(seven[3], 20), drawn_by=manager
    )
    LotEntry.objects.bulk_create(
        LotEntry(lot=lot, user=person, rank=rank) for rank, person in enumerate(everybody, start=1)
    )
    for person in everybody[: TRAINED - 1]:
        trained_by(module, person, seven[3])


def test_a_lot_is_compared_as_drawn(version, module, seven, manager, today):
    by_lot(version, module, seven, manager, gain=9)
    # Who was eligible from outside of the lot has nothing to do with it.
    grades(version, [(each, manager, month, [5] * 6) for each in people(9) for month in seven])

    found = effect_of(module, today)

    assert found.choice == Choice.BY_LOT
    assert found.effect.headline.method == Method.DIFFERENCE_IN_MEANS
    assert (found.trained.people, found.peers.people) == (TRAINED, PEERS)
    # Whoever was drawn and did not come counts as drawn, so that luck stays the only difference.
    assert found.effect.headline.low < 9 * (TRAINED - 1) / TRAINED < found.effect.headline.high
    assert found.effect.verdict == Verdict.GAIN


def test_a_lot_finds_no_gain_where_there_is_none(version, module, seven, manager, today):
    by_lot(version, module, seven, manager, gain=0)

    assert effect_of(module, today).effect.verdict == Verdict.NO_EVIDENCE


def test_the_pages_say_chance_first_and_then_what_may_be_said(as_user, manager, house, module):
    house(0)
    page = as_user(manager).get(detail(module))
    text = " ".join(page.content.decode().split())
    assert page.status_code == 200
    chance, verdict = text.index("Without any training"), text.index("may be chance")
    assert chance < verdict < text.index("Trained against peers")
    assert "No evidence yet" in text
    assert "four times out of five" in text
    listed = " ".join(as_user(manager).get(ADDRESS).content.decode().split())
    assert f"{TRAINED} / {PEERS}" in listed
    assert "No evidence yet" in listed
    assert detail(module) in listed


def test_names_are_of_ones_own_people_and_figures_of_everybody(
    as_user, manager, house, module, team
):
    trained, _peers = house(0)
    MembershipFactory(user=trained[0], team=team)
    page = as_user(manager).get(detail(module)).content.decode()
    assert f"/team/{trained[0].pk}/" in page
    assert f"/team/{trained[1].pk}/" not in page
    assert f"{TRAINED} people finished it" in page


def test_nothing_about_single_people_shows_through_too_few(
    as_user, administrator, house, module, today
):
    trained, _peers = house(0)
    for person in trained[1:]:
        person.module_assignments.update(completed_at=None)
    page = as_user(administrator).get(detail(module)).content.decode()
    assert "9 more trained people" in page
    assert "points since the month" not in page
    rows = list(
        csv.reader(
            io.StringIO(
                b"".join(as_user(administrator).post(ADDRESS, {"format": "csv"})).decode(
                    "utf-8-sig"
                )
            )
        )
    )
    assert rows[1][5:10] == ["", "", "", "", ""]


@pytest.mark.parametrize("who", ["agent", "reviewer", "editor"])
def test_they_are_for_managers(as_user, request, who, module):
    browser = as_user(request.getfixturevalue(who))
    assert browser.get(ADDRESS).status_code == 403
    assert browser.get(detail(module)).status_code == 403


def test_they_are_only_read(as_user, manager, module):
    assert as_user(manager).post(ADDRESS).status_code == 405
    assert as_user(manager).head(ADDRESS).status_code == 200
    assert as_user(manager).head(detail(module)).status_code == 200


def test_there_is_no_page_for_a_skill_it_does_not_teach(as_user, manager, module):
    assert as_user(manager).get(detail(module, "respect")).status_code == 404
    module.unpublish()
    assert as_user(manager).get(detail(module)).status_code == 404


def test_empty_pages_say_what_to_do(as_user, manager, module, agent):
    browser = as_user(manager)
    assert b"Nobody finished a module" in browser.get(ADDRESS).content
    assert b"0 people finished it" in browser.get(detail(module)).content
    CompletionFactory(user=agent, page=module)
    assert b"10 more trained people" in browser.get(ADDRESS).content
    narrowed = browser.get(ADDRESS, {"skill": "respect"})
    assert b"Nobody finished a module that teaches this skill" in narrowed.content
    assert browser.get(ADDRESS, {"months": "x", "skill": "?", "channel": "!"}).status_code == 200


def test_they_are_files_too(as_user, manager, house, module):
    house(0)
    browser = as_user(manager)

    def rows(address, **query):
        ask = browser.get if query else browser.post
        answer = ask(address, {"format": "csv", **query})
        assert answer["Content-Type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    listed = rows(ADDRESS)
    assert listed[1][:5] == [
        "Calm words",
        "Whole scorecard",
        str(TRAINED),
        str(TRAINED),
        str(PEERS),
    ]
    assert len(rows(detail(module), chart="comparisons")) == 4
    assert len(rows(detail(module), chart="before-after")) == 3
    assert browser.get(detail(module), {"format": "csv", "chart": "x"}).status_code == 404


def test_live_narrowing_gets_the_part_alone(as_user, manager, module, agent):
    CompletionFactory(user=agent, page=module)
    part = as_user(manager).get(ADDRESS, headers={"HX-Request": "true"})
    assert part.content.strip().startswith(b'<div id="effects"')


def test_queries_do_not_grow_with_modules(as_user, manager, module, agent, count_queries, house):
    house(0)
    browser = as_user(manager)
    # The first request of a session also notes when it was seen.
    browser.get(ADDRESS)
    cache.clear()
    worked_out = count_queries(lambda: browser.get(ADDRESS))
    one = count_queries(lambda: browser.get(ADDRESS))
    for _module in range(3):
        CompletionFactory(user=agent, page=ModulePageFactory())
    cache.clear()
    assert count_queries(lambda: browser.get(ADDRESS)) == worked_out
    assert count_queries(lambda: browser.get(ADDRESS)) == one == 15


def test_what_was_worked_out_is_kept_until_something_it_is_made_of_changes(
    today, house, module, django_assert_max_num_queries
):
    trained, peers = house(9)
    measure = next(each for each in measures() if not each.key)

    def shown():
        (found,) = effects([(module, measure)], Window.of(12, until=today))
        assert found.module is module
        return found

    first = shown()
    assert first == effect_of(module, today)
    with django_assert_max_num_queries(12):
        assert shown() == first
    late = trained[0]
    ModuleAssignment.objects.filter(user=late).delete()
    assert shown().finished == TRAINED - 1
    peers[0].started_on = today
    peers[0].save()
    assert shown() == effect_of(module, today)
    assert shown().peers.people == first.peers.people
    Rollup.objects.filter(agent=peers[1]).update(sum_y=F("sum_y") - 10)
    assert shown() == effect_of(module, today) != first


def test_each_skill_of_a_module_has_a_page(as_user, manager, house, module, respect):
    module.skills.set([respect, Skill.objects.get(key="empathy")])
    module.save()
    house(9, skill=respect.pk)
    page = as_user(manager).get(detail(module, "respect")).content.decode()
    assert "It also teaches:" in page
    assert detail(module, "empathy") in page
    empathy = as_user(manager).get(detail(module, "empathy")).content.decode()
    assert "10 more trained people" in empathy
