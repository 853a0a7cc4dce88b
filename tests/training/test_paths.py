"""Learning paths: order, prerequisites, electives, and who is asked by itself."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from content import path_rules
from content.models import LearningPathGroup, LearningPathModule, LearningPathPrerequisite
from people.models import AuditEvent
from people.roles import Role
from tests.factories.content import LearningPathFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.training import AttemptFactory, CompletionFactory, right_answers
from training import actions
from training.actions import Locked, NotAllowed
from training.models import Certificate, ModuleAssignment, PathAssignment
from training.paths import State, lock_of, states_of
from training.progress import learning_of, what_is_next

DAY = dt.timedelta(days=1)


@pytest.fixture
def path(make_module):
    """First, then second; second needs first."""
    first, second = make_module("First"), make_module("Second")
    built = LearningPathFactory(modules=[first.module, second.module], title="Start")
    LearningPathPrerequisite.objects.create(path=built, module=second.module, needs=first.module)
    return SimpleNamespace(path=built, first=first, second=second)


def add(path, module, **fields):
    return LearningPathModule.objects.create(
        path=path, module=module, sort_order=path.path_modules.count(), **fields
    )


def finish(user, built, *, at=None, right=True):
    at = at or timezone.now()
    actions.complete_lesson(user, built.first, at=at)
    actions.complete_lesson(user, built.second, at=at)
    return take(user, built.quiz, at=at)


def take(user, quiz, *, at=None):
    attempt = actions.start_attempt(user, quiz, at=at)
    actions.save_answers(attempt, right_answers(attempt.questions), by=user, at=at)
    return actions.submit_attempt(attempt, by=user, at=at)


def state_of(user, path, module, today):
    assignment = PathAssignment.objects.get(user=user, path=path, ended_at=None)
    return states_of(user, [assignment], on=today)[0][1].entry_of(module.pk)


def test_due_dates_count_from_the_start_that_was_chosen(agent, manager, path, today):
    start = today + 10 * DAY

    actions.assign_path(agent, path.path, by=manager, starts_on=start, reason="New on chat")

    rows = ModuleAssignment.objects.order_by("position").values_list("due_on", "reason")
    assert list(rows) == [(start + 7 * DAY, "New on chat"), (start + 14 * DAY, "New on chat")]
    event = AuditEvent.objects.get(action="assign_path")
    assert event.after["reason"] == "New on chat"


def test_a_start_that_makes_something_overdue_at_once_is_refused(agent, manager, path, today):
    with pytest.raises(NotAllowed, match="First"):
        actions.assign_path(agent, path.path, by=manager, starts_on=today - 8 * DAY)

    assert not PathAssignment.objects.exists()


class TestLock:
    def test_keeps_steps_closed_and_says_what_opens_them(
        self, as_user, agent, manager, path, today
    ):
        actions.assign_path(agent, path.path, by=manager)
        browser = as_user(agent)

        page = browser.get(path.second.first.url)
        assert page.status_code == 403
        assert "It opens when you have done: “First”" in page.content.decode()
        module = browser.get(path.second.module.url)
        assert module.status_code == 200
        assert "locked on your learning path" in module.content.decode()
        learning = browser.get(reverse("training:learning")).content.decode()
        assert "It opens when you have done" in learning
        assert what_is_next(agent, on=today).module == path.first.module
        with pytest.raises(Locked):
            actions.complete_lesson(agent, path.second.first)
        with pytest.raises(Locked):
            actions.start_attempt(agent, path.second.quiz)
        posted = browser.post(
            reverse("training:lesson_complete", args=[path.second.first.pk]), follow=True
        )
        assert "is locked" in posted.content.decode()

    def test_opens_with_the_last_prerequisite(self, as_user, agent, manager, path, today):
        actions.assign_path(agent, path.path, by=manager)

        finish(agent, path.first)

        assert lock_of(agent, path.second.module.pk, on=today) == ()
        assert as_user(agent).get(path.second.first.url).status_code == 200

    def test_is_not_for_who_is_not_on_the_path(self, as_user, teammate, path):
        assert as_user(teammate).get(path.second.first.url).status_code == 200

    def test_is_lifted_by_an_assignment_of_the_module_alone(self, agent, manager, path, today):
        actions.assign_module(agent, path.second.module, by=manager)
        actions.assign_path(agent, path.path, by=manager)

        assert lock_of(agent, path.second.module.pk, on=today) == ()

    def test_waits_for_nothing_that_is_not_published(self, as_user, agent, manager, path, today):
        actions.assign_path(agent, path.path, by=manager)

        path.first.module.unpublish()

        assert lock_of(agent, path.second.module.pk, on=today) == ()
        page = as_user(agent).get(reverse("training:learning"))
        assert "not published at the moment" in page.content.decode()

    def test_costs_one_query_without_a_path(self, agent, path, today, count_queries):
        assert count_queries(lambda: lock_of(agent, path.second.module.pk, on=today)) == 1


class TestDone:
    def test_with_what_is_required_and_enough_electives(
        self, agent, manager, path, make_module, today
    ):
        chosen, left, extra = make_module("Chosen"), make_module("Left"), make_module("Extra")
        add(path.path, chosen.module, elective_group="A")
        add(path.path, left.module, elective_group="A")
        add(path.path, extra.module, is_optional=True)
        LearningPathGroup.objects.create(path=path.path, group="A", choose=1)
        path.path.gives_certificate = True
        path.path.save()
        actions.assign_path(agent, path.path, by=manager)

        assert ModuleAssignment.objects.filter(user=agent).count() == 2, "only what is required"
        finish(agent, path.first)
        finish(agent, path.second)
        shown = learning_of(agent, on=today).paths[0]
        assert (shown.done_count, shown.total, shown.is_done) == (2, 3, False)
        finish(agent, chosen)

        assignment = PathAssignment.objects.get()
        assert assignment.completed_at is not None
        assert Certificate.objects.get().path == path.path
        assert learning_of(agent, on=today).paths == ()

    def test_at_once_for_who_has_done_it_all(self, agent, manager, path):
        for built in (path.first, path.second):
            for page in (built.first, built.second, built.quiz, built.module):
                CompletionFactory(user=agent, page=page)

        actions.assign_path(agent, path.path, by=manager)

        assert PathAssignment.objects.get().completed_at is not None


class TestByResult:
    @pytest.fixture
    def refresher(self, path, make_module):
        built = make_module("Refresher")
        add(
            path.path,
            built.module,
            score_in=path.first.quiz,
            score_from=50,
            score_to=69,
            due_after_days=3,
        )
        return built

    @pytest.mark.parametrize(
        ("percent", "state"),
        [
            ("49.99", State.NOT_NEEDED),
            ("50", State.OPEN),
            ("69.60", State.OPEN),
            ("70", State.NOT_NEEDED),
        ],
    )
    def test_asks_who_scored_in_the_range(
        self, agent, manager, path, refresher, today, percent, state
    ):
        actions.assign_path(agent, path.path, by=manager)
        before = state_of(agent, path.path, refresher.module, today)
        assert before.state is State.DEPENDS
        AttemptFactory(user=agent, quiz=path.first.quiz, submitted=True, percent=Decimal(percent))

        assert state_of(agent, path.path, refresher.module, today).state is state

    def test_is_assigned_on_handing_in_and_stays(self, agent, manager, path, refresher, today):
        actions.assign_path(agent, path.path, by=manager)
        attempt = actions.start_attempt(agent, path.first.quiz)
        answers = right_answers(attempt.questions)
        first = next(iter(answers))
        actions.save_answers(attempt, {first: answers[first]}, by=agent)
        assert actions.submit_attempt(attempt, by=agent).percent == 50

        asked = ModuleAssignment.objects.get(module=refresher.module)
        assert (asked.path, asked.due_on) == (path.path, today + 3 * DAY)
        finish(agent, path.first)
        finish(agent, path.second)
        assert PathAssignment.objects.get().completed_at is None, "the refresher is still to do"
        finish(agent, refresher)
        assert PathAssignment.objects.get().completed_at is not None

    def test_is_not_asked_of_who_did_well(self, agent, manager, path, refresher):
        actions.assign_path(agent, path.path, by=manager)
        finish(agent, path.first)
        finish(agent, path.second)

        assert PathAssignment.objects.get().completed_at is not None
        assert not ModuleAssignment.objects.filter(module=refresher.module).exists()


class TestRules:
    def problems(self, path):
        return path_rules.problems_of(
            list(path.path_modules.all()),
            list(path.elective_groups.all()),
            list(path.prerequisites.all()),
        )

    def test_name_a_circle(self, path, manager, agent):
        LearningPathPrerequisite.objects.create(
            path=path.path, module=path.first.module, needs=path.second.module
        )

        (problem,) = self.problems(path.path)
        assert "wait for each other" in problem
        assert "“First” → “Second” → “First”" in problem
        with pytest.raises(NotAllowed, match="wait for each other"):
            actions.assign_path(agent, path.path, by=manager)

    def test_name_a_prerequisite_that_is_not_on_the_path(self, path, make_module):
        other = make_module("Elsewhere")
        LearningPathPrerequisite.objects.create(
            path=path.path, module=path.first.module, needs=other.module
        )

        assert "Elsewhere" in self.problems(path.path)[0]

    def test_name_a_group_that_is_too_small(self, path, make_module):
        add(path.path, make_module("One").module, elective_group="A")
        LearningPathGroup.objects.create(path=path.path, group="A", choose=2)

        assert "Of group A 2 are to be chosen, and it has 1 module." in self.problems(path.path)

    @pytest.mark.parametrize(
        ("needs", "circle"),
        [
            ({1: {2}, 2: {3}}, []),
            ({1: {1}}, [1, 1]),
            ({1: {2}, 2: {3}, 3: {2}}, [2, 3, 2]),
            ({1: {2, 3}, 2: {4}, 3: {4}}, []),
        ],
    )
    def test_find_the_first_circle(self, needs, circle):
        assert path_rules.first_circle(needs) == circle

    def test_refuse_a_circle_in_the_admin(self, as_user, editor, path):
        address = reverse("wagtailsnippets_content_learningpath:edit", args=[path.path.pk])
        data = admin_form(path)

        assert as_user(editor).post(address, data).status_code == 302
        data |= {
            "prerequisites-1-module": path.first.module.pk,
            "prerequisites-1-needs": path.second.module.pk,
            "prerequisites-1-ORDER": "2",
            "prerequisites-1-id": "",
            "prerequisites-TOTAL_FORMS": "2",
        }
        page = as_user(editor).post(address, data)

        assert page.status_code == 200
        assert "wait for each other" in page.content.decode()
        assert path.path.prerequisites.count() == 1


def admin_form(path):
    entries = list(path.path.path_modules.order_by("sort_order"))
    need = path.path.prerequisites.get()
    data = {
        "title": path.path.title,
        "key": path.path.key,
        "summary": "",
        "expiry": "never",
        "renew_lead_days": "30",
        "path_modules-TOTAL_FORMS": len(entries),
        "path_modules-INITIAL_FORMS": len(entries),
        "path_modules-MIN_NUM_FORMS": 0,
        "path_modules-MAX_NUM_FORMS": 1000,
        "prerequisites-TOTAL_FORMS": 1,
        "prerequisites-INITIAL_FORMS": 1,
        "prerequisites-MIN_NUM_FORMS": 0,
        "prerequisites-MAX_NUM_FORMS": 1000,
        "prerequisites-0-id": need.pk,
        "prerequisites-0-module": need.module_id,
        "prerequisites-0-needs": need.needs_id,
        "prerequisites-0-ORDER": 1,
        "elective_groups-TOTAL_FORMS": 0,
        "elective_groups-INITIAL_FORMS": 0,
        "elective_groups-MIN_NUM_FORMS": 0,
        "elective_groups-MAX_NUM_FORMS": 1000,
    }
    for place, entry in enumerate(entries):
        data |= {
            f"path_modules-{place}-id": entry.pk,
            f"path_modules-{place}-module": entry.module_id,
            f"path_modules-{place}-due_after_days": entry.due_after_days,
            f"path_modules-{place}-ORDER": place + 1,
        }
    return data


class TestNewHire:
    @pytest.fixture
    def open_path(self, path, today):
        path.path.roles, path.path.assigned_since = [Role.AGENT], today - 30 * DAY
        path.path.save()
        return path

    def test_is_asked_when_joining_a_team(self, open_path, today):
        hire = UserFactory(roles=[Role.AGENT])
        assert not PathAssignment.objects.exists()

        MembershipFactory(user=hire, team=TeamFactory(), starts_on=today)

        assert PathAssignment.objects.get().starts_on == today
        assert ModuleAssignment.objects.filter(user=hire).count() == 2
        assert actions.assign_paths_by_role() == [], "nothing is asked twice"

    def test_is_asked_when_the_role_comes_after_the_team(self, open_path, today):
        hire = UserFactory()
        MembershipFactory(user=hire, team=TeamFactory(), starts_on=today)
        assert not PathAssignment.objects.exists()

        hire.groups.set(_group(Role.AGENT))

        assert PathAssignment.objects.get().user == hire

    def test_is_asked_on_the_day_on_which_the_membership_starts(self, open_path, today):
        hire = UserFactory(roles=[Role.AGENT])
        MembershipFactory(user=hire, team=TeamFactory(), starts_on=today + 3 * DAY)
        assert not PathAssignment.objects.exists()

        made = actions.assign_paths_by_role(at=timezone.now() + 3 * DAY)

        assert [(each.user, each.starts_on) for each in made] == [(hire, today + 3 * DAY)]

    def test_is_not_who_was_here_before_or_has_another_role(self, open_path, agent, today):
        MembershipFactory(user=agent, team=TeamFactory(), starts_on=today)
        reviewer = UserFactory(roles=[Role.REVIEWER])
        MembershipFactory(user=reviewer, team=TeamFactory(), starts_on=today)

        assert actions.assign_paths_by_role() == []
        assert not PathAssignment.objects.exists()


def _group(role):
    from django.contrib.auth.models import Group

    return Group.objects.filter(name=role.value)


def test_the_learners_page_takes_as_many_queries_for_one_path_as_for_three(
    as_user, agent, manager, make_module, count_queries
):
    def assign(title):
        one, two = make_module(f"{title} one"), make_module(f"{title} two")
        built = LearningPathFactory(modules=[one.module, two.module], title=title)
        LearningPathPrerequisite.objects.create(path=built, module=two.module, needs=one.module)
        actions.assign_path(agent, built, by=manager)

    browser, address = as_user(agent), reverse("training:learning")
    assign("A")
    browser.get(address)
    one = count_queries(lambda: browser.get(address))
    assign("B")
    assign("C")

    assert count_queries(lambda: browser.get(address)) == one
