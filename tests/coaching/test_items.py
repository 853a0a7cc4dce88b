"""Action items: agreed, done, reopened, dropped."""

import datetime as dt

import pytest
from django.core import mail

from coaching import actions
from coaching.actions import ItemTerms, NotAllowed
from coaching.actions.items import terms_of
from coaching.models import ActionItem
from people.models import AuditEvent
from tests.factories.coaching import ActionItemFactory, CoachingSessionFactory

DAY = dt.timedelta(days=1)


def test_add_tells_who_is_to_do_it(agent, manager, today, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        item = actions.add_item(agent, ItemTerms("Listen to two calls", agent, today), by=manager)
        actions.add_item(agent, ItemTerms("Bring examples", manager, today), by=manager)
    assert (item.agent, item.owner, item.created_by) == (agent, agent, manager)
    assert [m.to for m in mail.outbox] == [[agent.email]]


def test_the_same_twice_is_one_while_it_is_open(agent, manager, today):
    terms = ItemTerms("Listen to two calls.", agent, today)
    first = actions.add_item(agent, terms, by=manager)
    assert actions.add_item(agent, terms, by=manager) == first
    actions.finish_item(first, by=agent)
    assert actions.add_item(agent, terms, by=manager) != first


def test_add_is_for_the_agent_and_who_develops_them(
    agent, teammate, other_manager, administrator, today
):
    actions.add_item(agent, ItemTerms("Ask for feedback", agent, today), by=agent)
    for who in (teammate, other_manager, administrator):
        with pytest.raises(NotAllowed):
            actions.add_item(agent, ItemTerms("x", agent, today), by=who)


def test_add_refuses_an_owner_who_has_nothing_to_do_with_it(agent, teammate, manager, today):
    with pytest.raises(NotAllowed, match="agent or the coach"):
        actions.add_item(agent, ItemTerms("x", teammate, today), by=manager)


def test_add_refuses_the_past_and_another_persons_session(agent, teammate, manager, today):
    with pytest.raises(NotAllowed, match="past"):
        actions.add_item(agent, ItemTerms("x", agent, today - DAY), by=manager)
    other = CoachingSessionFactory(agent=teammate, coach=manager)
    with pytest.raises(NotAllowed, match="somebody else"):
        actions.add_item(agent, ItemTerms("x", agent, today), by=manager, session=other)


def test_done_reopened_and_dropped(agent, manager):
    item = ActionItemFactory(agent=agent)
    assert actions.finish_item(item, by=agent).is_done
    assert actions.finish_item(item, by=manager).done_by == agent
    with pytest.raises(NotAllowed):
        actions.drop_item(item, by=agent, reason="No need")
    assert actions.reopen_item(item, by=manager).is_open
    with pytest.raises(NotAllowed):
        actions.drop_item(item, by=agent, reason=" ")
    assert actions.drop_item(item, by=agent, reason="No need").is_dropped
    assert actions.reopen_item(item, by=agent).dropped_because == ""
    assert list(AuditEvent.objects.values_list("action", flat=True).order_by("pk")) == [
        "finish_action_item", "reopen_action_item", "drop_action_item", "reopen_action_item",
    ]  # fmt: skip


def test_change_keeps_an_old_due_date_but_sets_no_past_one(agent, manager, today):
    item = ActionItemFactory(agent=agent, due_on=today - DAY)
    terms = terms_of(item)
    changed = actions.change_item(item, ItemTerms("Other words", agent, terms.due_on), by=manager)
    assert changed.text == "Other words"
    with pytest.raises(NotAllowed, match="past"):
        actions.change_item(item, ItemTerms("x", agent, today - 2 * DAY), by=manager)


def test_others_change_nothing(agent, teammate, other_manager):
    item = ActionItemFactory(agent=agent)
    for who in (teammate, other_manager):
        with pytest.raises(NotAllowed):
            actions.finish_item(item, by=who)
    assert ActionItem.objects.open().get() == item


def test_overdue_is_open_and_past_its_day(agent, today):
    late = ActionItemFactory(agent=agent, due_on=today - DAY)
    ActionItemFactory(agent=agent, due_on=today)
    done = ActionItemFactory(agent=agent, due_on=today - DAY)
    actions.finish_item(done, by=agent)
    assert list(ActionItem.objects.overdue(on=today)) == [late]
    assert late.is_overdue(on=today)


def test_visible_to_its_people_only(agent, teammate, manager, other_manager, administrator):
    ActionItemFactory(agent=agent)
    assert [
        ActionItem.objects.visible_to(user).count()
        for user in (agent, manager, teammate, other_manager, administrator)
    ] == [1, 1, 0, 0, 0]
