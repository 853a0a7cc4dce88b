"""The start page: a card for each role, with what waits today."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from insights import today as today_module
from insights.today import today_of
from people.roles import Role
from scorecards.models import CalibrationSession, Dispute, ReviewAssignment, Scorecard
from tests.factories.coaching import ActionItemFactory, CoachingSessionFactory
from tests.factories.content import LessonPageFactory, ModulePageFactory, ProcedurePageFactory
from tests.factories.insights import graded
from tests.factories.interactions import ImportRunFactory, InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory, ScorecardFactory
from tests.words import says
from training.actions import assign_module

ROLES = ["agent", "reviewer", "manager", "editor", "administrator"]


def cards(person):
    return today_of(person, at=timezone.now(), on=timezone.localdate())


def give_role(person, role: Role) -> None:
    person.groups.add(Group.objects.get(name=role.value))


def add_session(version, organiser, people, **fields) -> CalibrationSession:
    """A calibration session of one interaction; open, unless `opened_at` is None."""
    fields = {"opened_at": timezone.now(), **fields}
    session = CalibrationSession.objects.create(
        title="Tone", version=version, organiser=organiser, **fields
    )
    session.participants.set(people)
    session.items.create(interaction=InteractionFactory())
    return session


@pytest.fixture
def lesson(db):
    return LessonPageFactory(title="Listening before solving")


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("agent", ["learner"]),
        ("reviewer", ["reviewer"]),
        ("manager", ["manager"]),
        ("editor", ["editor"]),
        ("administrator", ["interactions", "people", "editor"]),
    ],
)
def test_home_shows_each_role_its_own_cards(request, as_user, who, names):
    response = as_user(request.getfixturevalue(who)).get("/")

    assert response.status_code == 200
    assert list(response.context["today"].cards) == names


@pytest.mark.parametrize(
    ("permission", "name", "address"),
    [
        ("scorecards.grade_interactions", "reviewer", None),
        ("people.develop_team", "manager", None),
        ("scorecards.assign_reviews", "interactions", "/scorecards/sampling/"),
        ("people.view_everybody", "people", "/team/"),
        ("wagtailadmin.access_admin", "editor", "/admin/"),
    ],
)
def test_a_permission_given_by_hand_brings_the_card_of_its_room(
    as_user, db, permission, name, address
):
    person = UserFactory()
    app, codename = permission.split(".")
    person.user_permissions.add(
        Permission.objects.get(content_type__app_label=app, codename=codename)
    )

    response = as_user(person).get("/")

    assert list(response.context["today"].cards) == [name]
    main = response.text[response.text.index("<main") :]
    if address:
        assert f'href="{address}"' in main
    # Nothing is offered that would be refused.
    assert "/interactions/imports/" not in main
    assert "/admin/users/" not in main


def test_home_shows_all_cards_to_who_holds_all_roles(as_user, reviewer):
    for role in Role:
        give_role(reviewer, role)

    html = as_user(reviewer).get("/").content.decode()

    for heading in ("Your training", "Grading", "Your team", "The manual", "Interactions"):
        assert f">{heading}</h2>" in html


def test_home_tells_somebody_without_a_role_whom_to_ask(as_user, db):
    somebody = UserFactory(email="new@example.org")

    html = as_user(somebody).get("/").content.decode()

    assert "Ask an administrator" in html
    assert "new@example.org" in html


def test_home_asks_to_sign_in(client):
    response = client.get("/")

    assert response.status_code == 302
    assert response["Location"] == "/account/login/?next=/"


def test_home_is_only_read(as_user, agent):
    assert as_user(agent).post("/").status_code == 405


# Learners ---------------------------------------------------------------------------------------


def test_a_new_hire_finds_the_next_lesson(as_user, agent, manager, lesson, today):
    assign_module(
        agent, lesson.get_parent().specific, by=manager, due_on=today + dt.timedelta(days=3)
    )

    html = as_user(agent).get("/").content.decode()

    assert "Listening before solving" in html
    assert f'href="{lesson.url}"' in html
    assert "was due" not in html


def test_late_training_is_said(as_user, agent, manager, lesson, today):
    assignment = assign_module(agent, lesson.get_parent().specific, by=manager)
    assignment.due_on = today - dt.timedelta(days=1)
    assignment.save()

    assert "was due" in as_user(agent).get("/").content.decode()


def test_a_reviewer_in_training_sees_that_too(as_user, reviewer, administrator, lesson):
    assign_module(reviewer, lesson.get_parent().specific, by=administrator)

    html = as_user(reviewer).get("/").content.decode()

    assert "Listening before solving" in html
    assert "My skills" not in html


def test_unread_scorecards_are_counted_and_the_oldest_listed(as_user, agent, teammate):
    for day in range(1, 5):
        ScorecardFactory(
            agent=agent,
            submitted=True,
            submitted_at=dt.datetime(2026, 9, day, tzinfo=dt.UTC),
            assignment__interaction__subject=f"Contact {day}",
        )
    ScorecardFactory(agent=agent, submitted=True, acknowledged_at=timezone.now())
    ScorecardFactory(agent=agent)
    ScorecardFactory(agent=teammate, submitted=True)

    card = cards(agent).learner

    assert card.unread_count == 4
    assert [str(each.interaction) for each in card.unread] == [
        "Contact 1",
        "Contact 2",
        "Contact 3",
    ]
    assert "4 new" in as_user(agent).get("/").content.decode()


def test_ones_own_skills_stand_on_the_card(agent, teammate, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    graded(teammate, this_month, [10, 20, 20, 20, 30], version=version)

    assert cards(agent).learner.skills[0].brief == "80 ±9 · 5"


# Reviewers --------------------------------------------------------------------------------------


def test_a_reviewer_sees_what_is_open_due_and_overdue(
    as_user, reviewer, second_reviewer, agent, today
):
    for days in (-3, 0, 6, 7):
        ReviewAssignmentFactory(reviewer=reviewer, due_on=today + dt.timedelta(days=days))
    ReviewAssignmentFactory(reviewer=reviewer)
    ReviewAssignmentFactory(reviewer=reviewer, state=ReviewAssignment.State.DONE)
    ReviewAssignmentFactory(reviewer=second_reviewer)

    card = cards(reviewer).reviewer
    html = as_user(reviewer).get("/").content.decode()

    assert (card.open_count, card.overdue_count, card.soon_count) == (5, 1, 2)
    assert "1 overdue" in html
    assert 'action="/scorecards/queue/next/"' in html


def test_grade_next_leads_to_grading(as_user, reviewer):
    ReviewAssignmentFactory(reviewer=reviewer)

    response = as_user(reviewer).post("/scorecards/queue/next/")

    assert response.status_code == 302
    assert response["Location"] == reverse("scorecards:grade", args=[Scorecard.objects.get().pk])


def test_drafts_can_be_gone_on_with_and_do_not_name_the_agent(as_user, reviewer, agent):
    draft = ScorecardFactory(reviewer=reviewer, agent=agent)
    done = ScorecardFactory(reviewer=reviewer, agent=agent, submitted=True)

    html = as_user(reviewer).get("/").content.decode()

    assert f'href="{reverse("scorecards:grade", args=[draft.pk])}"' in html
    assert reverse("scorecards:grade", args=[done.pk]) not in html
    assert not says(html, "Ada")


def test_an_empty_queue_says_so_and_offers_no_button(as_user, reviewer):
    html = as_user(reviewer).get("/").content.decode()

    assert "Your queue is empty" in html
    assert "Grade next" not in html


def test_an_empty_queue_says_what_is_free_in_the_pool(as_user, reviewer, second_reviewer):
    ReviewAssignmentFactory(reviewer=None)
    ReviewAssignmentFactory(reviewer=None)
    ReviewAssignmentFactory(reviewer=second_reviewer)
    ReviewAssignmentFactory(reviewer=None, interaction__agent=reviewer)

    html = as_user(reviewer).get("/").content.decode()

    assert cards(reviewer).reviewer.pool_count == 2
    assert "interactions are free in the pool" in html
    assert "Take the next" in html

    ReviewAssignmentFactory(reviewer=reviewer)
    assert "in the pool" not in as_user(reviewer).get("/").content.decode()


def test_a_reviewer_finds_the_disputes_that_they_may_decide(
    as_user, reviewer, second_reviewer, agent, administrator
):
    dispute = Dispute.objects.create(
        scorecard=ScorecardFactory(agent=agent, reviewer=second_reviewer, submitted=True)
    )
    Dispute.objects.create(
        scorecard=ScorecardFactory(agent=agent, reviewer=reviewer, submitted=True)
    )

    html = as_user(reviewer).get("/").content.decode()

    assert cards(reviewer).reviewer.dispute_count == 1
    assert "1 dispute that you may decide" in html
    assert "calibration session" not in html

    Dispute.objects.filter(pk=dispute.pk).update(
        state="upheld", decided_at=timezone.now(), decided_by=administrator
    )
    assert "you may decide" not in as_user(reviewer).get("/").content.decode()


def test_a_reviewer_finds_the_calibration_sessions_that_wait(
    as_user, reviewer, second_reviewer, version, administrator
):
    add_session(version, administrator, [reviewer])
    add_session(version, administrator, [second_reviewer])
    add_session(version, administrator, [reviewer], opened_at=None)

    html = as_user(reviewer).get("/").content.decode()

    assert cards(reviewer).reviewer.session_count == 1
    assert "1 calibration session waits for your grades" in html
    assert 'href="/scorecards/calibration/"' in html


# Managers ---------------------------------------------------------------------------------------


def test_a_manager_sees_their_people_and_nobody_elses(
    agent, teammate, manager, other_manager, version, this_month, today
):
    module = ModulePageFactory()
    LessonPageFactory(parent=module)
    for person in (agent, teammate):
        assignment = assign_module(person, module, by=manager)
        assignment.due_on = today - dt.timedelta(days=1)
        assignment.save()
    graded(agent, this_month, [70, 80, 90], version=version)
    graded(teammate, this_month, [70, 80, 90], version=version)
    ScorecardFactory(agent=agent, submitted=True)

    card, other = cards(manager).manager, cards(other_manager).manager

    assert (card.people_count, card.late_learners_count, card.unread_count) == (2, 2, 1)
    assert card.skills[0].estimate.n == 6
    assert (other.people_count, other.late_learners_count, other.unread_count) == (0, 0, 0)
    assert other.skills[0].brief == "no scorecards"


def test_a_manager_without_a_team_learns_whom_to_ask(as_user, other_manager, other_team):
    assert "You manage no team at present" in as_user(other_manager).get("/").content.decode()


def test_a_manager_learns_which_grades_wait_for_their_release(
    as_user, agent, manager, other_manager, other_team
):
    ScorecardFactory(agent=agent, submitted=True, is_held=True)
    MembershipFactory(team=other_team)

    html = as_user(manager).get("/").content.decode()

    assert "1 grade is held back and waits for you" in html
    assert 'href="/scorecards/release/"' in html
    assert "held back" not in as_user(other_manager).get("/").content.decode()


# Editors ----------------------------------------------------------------------------------------


def test_an_editor_sees_what_was_edited_and_not_published(as_user, editor):
    published, changed = ProcedurePageFactory(title="Late"), ProcedurePageFactory(title="Damaged")
    published.save_revision(user=editor).publish()
    changed.title = "Damaged goods"
    changed.save_revision(user=editor)

    html = as_user(editor).get("/").content.decode()

    assert "1 procedure has changes that nobody can read yet." in html
    assert "Damaged goods" in html
    assert f'href="/admin/pages/{changed.pk}/edit/"' in html


# Administrators ---------------------------------------------------------------------------------


def test_an_administrator_sees_imports_people_and_what_is_not_graded(as_user, administrator, today):
    now = timezone.now()
    for age in (1, 20, 40):
        started = now - dt.timedelta(days=age)
        InteractionFactory(started_at=started, ended_at=started)
    ReviewAssignmentFactory(due_on=today - dt.timedelta(days=2))
    ReviewAssignmentFactory(reviewer=None)
    # Graded to compare reviewers only: nobody picked it for its agent's sake.
    ReviewAssignmentFactory(
        interaction=InteractionFactory(started_at=now, ended_at=now, occurred_at=now),
        purpose=ReviewAssignment.Purpose.CALIBRATION,
        state=ReviewAssignment.State.APART,
        inclusion_probability=None,
    )
    run = ImportRunFactory(file_name="november.jsonl")

    card = cards(administrator).interactions
    html = as_user(administrator).get("/").content.decode()

    assert card.ungraded_count == 3
    assert not card.is_ungraded_capped
    assert (card.open_count, card.overdue_count, card.pool_count) == (2, 1, 1)
    assert "1 of them is free to be taken." in html
    assert "dispute" not in html[html.index("<main") :]
    assert f'href="/interactions/imports/{run.pk}/"' in html
    assert "november.jsonl" in html


def test_counting_the_ungraded_stops_where_it_no_longer_matters(administrator, monkeypatch):
    monkeypatch.setattr(today_module, "MOST_UNGRADED", 2)
    started = timezone.now() - dt.timedelta(days=1)
    for _ in range(4):
        InteractionFactory(started_at=started, ended_at=started)

    card = cards(administrator).interactions

    assert (card.ungraded_count, card.is_ungraded_capped) == (2, True)


def test_an_administrator_sees_how_many_disputes_are_open(as_user, administrator, agent):
    for _ in range(2):
        Dispute.objects.create(scorecard=ScorecardFactory(agent=agent, submitted=True))

    html = as_user(administrator).get("/").content.decode()

    assert "2 disputes are open" in html
    assert 'href="/scorecards/disputes/"' in html


# Cost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ROLES)
def test_home_needs_the_same_queries_for_one_thing_and_for_three(
    request,
    as_user,
    who,
    agent,
    manager,
    reviewer,
    administrator,
    team,
    version,
    respect,
    months,
    today,
):
    person = request.getfixturevalue(who)
    client = as_user(person)
    module = ModulePageFactory()
    LessonPageFactory(parent=module)
    assign_module(agent, module, by=manager)

    def add_one_of_each() -> None:
        colleague = MembershipFactory(team=team).user
        for month in months:
            for subject in (0, respect.pk):
                for each in (agent, colleague):
                    graded(each, month, [70, 80, 90], version=version, skill=subject)
        ScorecardFactory(agent=agent, submitted=True)
        ScorecardFactory(agent=agent, reviewer=reviewer)
        ScorecardFactory(agent=agent, submitted=True, is_held=True)
        Dispute.objects.create(scorecard=ScorecardFactory(agent=agent, submitted=True))
        add_session(version, administrator, [reviewer])
        ReviewAssignmentFactory(reviewer=reviewer, due_on=today)
        ProcedurePageFactory().save_revision()
        ImportRunFactory()
        other = ModulePageFactory()
        LessonPageFactory(parent=other)
        assign_module(agent, other, by=manager)

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        return len(queries)

    add_one_of_each()
    client.get("/")
    one = count_queries()
    add_one_of_each()
    add_one_of_each()

    assert count_queries() == one > 4


def test_home_shows_a_manager_what_is_due_in_coaching(as_user, agent, manager, other_manager):
    CoachingSessionFactory(agent=agent, coach=manager)
    ActionItemFactory(agent=agent, due_on=timezone.localdate() - dt.timedelta(days=1))

    page = as_user(manager).get("/").text

    assert 'id="coach-heading"' in page
    assert "1 action item is overdue" in page
    assert 'id="coach-heading"' not in as_user(other_manager).get("/").text
    assert 'id="coach-heading"' not in as_user(agent).get("/").text
