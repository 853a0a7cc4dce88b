import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from content.models import ChangeKind, Edition
from people.models import AuditEvent, User
from people.roles import Role
from tests.factories.content import ProcedurePageFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.trust import change, newest, publish
from training.actions import EditionMovedOn, NothingToSign, ask_for_signatures, sign
from training.models import Acknowledgement

Reason = Acknowledgement.Reason


def asked(page) -> set[User]:
    return {each.user for each in Acknowledgement.objects.open().filter(page=page)}


def sign_now(user, page):
    return sign(user, page, edition=newest(page).number)


def test_the_first_edition_asks_every_agent_and_nobody_else(agent, teammate, manager, editor):
    assert asked(publish(by=editor)) == {agent, teammate}


def test_a_material_change_asks_again_and_an_editorial_one_nobody(agent, teammate):
    page = publish()
    sign_now(agent, page)
    change(page, "Reworded", kind=ChangeKind.EDITORIAL)
    assert asked(page) == {teammate}
    change(page, "Done differently")
    assert asked(page) == {agent, teammate}
    opened = Acknowledgement.objects.open().get(user=agent)
    assert opened.edition.number == 3


def test_a_newer_material_edition_replaces_a_request_that_is_still_open(agent):
    page = publish()
    change(page, "Done differently")
    first, second = Acknowledgement.objects.filter(user=agent).order_by("pk")
    assert (first.withdrawn_because, second.is_open) == (Reason.REPLACED, True)


def test_publishing_the_draft_of_an_editorial_change_keeps_what_is_owed(agent):
    page = publish()
    opened = Acknowledgement.objects.open().get(user=agent)
    change(page, "Reworded", kind=ChangeKind.EDITORIAL)
    assert Acknowledgement.objects.open().get(user=agent) == opened


def test_only_the_chosen_teams_are_asked(agent, team, other_team):
    stranger = UserFactory(roles=[Role.AGENT])
    MembershipFactory(user=stranger, team=other_team)
    assert asked(publish(teams=[other_team])) == {stranger}


def test_teams_that_serve_none_of_its_channels_are_not_asked(agent, team, other_team):
    phone = UserFactory(roles=[Role.AGENT])
    MembershipFactory(user=phone, team=other_team)
    other_team.channels = ["phone"]
    other_team.save()
    assert asked(publish(channels=["email", "chat"])) == {agent}
    assert asked(publish(channels=["phone"])) == {agent, phone}


def test_who_may_not_read_a_procedure_is_not_asked(agent, editor):
    page = ProcedurePageFactory()
    barrier = PageViewRestriction.objects.create(
        page=page, restriction_type=PageViewRestriction.GROUPS
    )
    barrier.groups.set(editor.groups.all())
    assert asked(publish(page)) == set()
    PageViewRestriction.objects.all().delete()
    ask_for_signatures()
    assert asked(page) == {agent}


def test_somebody_who_joins_later_is_asked_and_who_leaves_is_not_any_more(team, other_team):
    page = publish(teams=[team])
    newcomer = UserFactory(roles=[Role.AGENT])
    assert asked(page) == set()
    membership = MembershipFactory(user=newcomer, team=team)
    assert asked(page) == {newcomer}
    membership.ends_on = timezone.localdate() - dt.timedelta(days=1)
    membership.save()
    assert asked(page) == set()
    assert Acknowledgement.objects.get(user=newcomer).withdrawn_because == Reason.NOT_CONCERNED


def test_a_new_role_and_a_deactivated_account_count_at_once(agent, reviewer):
    page = publish()
    reviewer.groups.add(agent.groups.get())
    assert asked(page) == {agent, reviewer}
    agent.is_active = False
    agent.save()
    assert asked(page) == {reviewer}


def test_a_change_of_a_teams_channels_counts_at_once(agent, team):
    page = publish(channels=["chat"])
    team.channels = ["phone"]
    team.save()
    assert asked(page) == set()


def test_the_command_asks_for_memberships_that_begin_today_and_is_idempotent(team):
    page = publish(teams=[team])
    newcomer = UserFactory(roles=[Role.AGENT])
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    MembershipFactory(user=newcomer, team=team, starts_on=tomorrow)
    assert asked(page) == set()
    later = timezone.now() + dt.timedelta(days=1)
    assert ask_for_signatures(at=later).asked == 1
    assert ask_for_signatures(at=later).asked == 0
    said = io.StringIO()
    call_command("ask_for_signatures", stdout=said)
    assert "0 editions recorded" in said.getvalue()


def test_the_command_records_procedures_older_than_the_editions(agent):
    page = ProcedurePageFactory()
    call_command("ask_for_signatures", stdout=io.StringIO())
    assert asked(page) == {agent}


def test_unpublishing_takes_requests_back_and_publishing_again_asks_again(agent, teammate):
    page = publish()
    sign_now(teammate, page)
    page.unpublish()
    mine = Acknowledgement.objects.get(user=agent)
    assert mine.withdrawn_because == Reason.UNPUBLISHED
    assert Acknowledgement.objects.get(user=teammate).signed_at
    publish(page)
    assert asked(page) == {agent}


def test_signing_keeps_who_what_when_and_which_revision(agent):
    page = publish()
    at = timezone.now()
    signed = sign(agent, page, edition=1, at=at)
    assert (signed.signed_at, signed.signed_edition.revision_number) == (at, page.live_revision_id)
    event = AuditEvent.objects.get(action="sign_procedure")
    assert (event.actor, event.after["edition"]) == (agent, 1)


def test_what_was_read_is_what_is_signed(agent):
    page = publish()
    change(page, "Newer")
    with pytest.raises(EditionMovedOn) as refusal:
        sign(agent, page, edition=1)
    assert refusal.value.newest.number == 2
    assert not Acknowledgement.objects.signed().exists()


def test_nobody_signs_twice_or_unasked(agent, manager):
    page = publish()
    sign_now(agent, page)
    for person in (agent, manager):
        with pytest.raises(NothingToSign):
            sign_now(person, page)
    page.unpublish()
    with pytest.raises(NothingToSign):
        sign_now(agent, page)


def test_two_open_requests_for_one_page_cannot_be(agent):
    page = publish()
    first = Acknowledgement.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Acknowledgement.objects.create(
            user=agent, page=page, edition=first.edition, due_on=first.due_on
        )


def test_an_edition_that_was_signed_cannot_go(agent):
    page = publish()
    sign_now(agent, page)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(page=page).delete()


def test_asking_two_thousand_takes_the_same_queries_as_asking_two(agent, teammate, team):
    page = ProcedurePageFactory()
    with CaptureQueriesContext(connection) as few:
        publish(page)
    people = User.objects.bulk_create(
        User(email=f"many{n}@example.org", first_name=str(n), password="!") for n in range(2000)
    )
    group = agent.groups.get()
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=person.pk, group_id=group.pk) for person in people
    )
    with CaptureQueriesContext(connection) as many:
        change(page, "Different")
    assert len(asked(page)) == 2002
    inserts = sum(
        "INSERT" in query["sql"] and '"training_acknowledgement"' in query["sql"]
        for query in many.captured_queries
    )
    assert 1 <= inserts <= 25
    assert len(many) - inserts <= len(few) + 5


def test_deleting_a_person_who_never_signed_asks_nobody(agent, team):
    publish()
    agent.delete()
    assert not Acknowledgement.objects.exists()


def test_a_team_may_be_deleted(team, agent):
    page = publish(teams=[team])
    team.delete()
    assert asked(page) == {agent} or asked(page) == set()
    TeamFactory()
