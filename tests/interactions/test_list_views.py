"""The list of interactions: searching, narrowing down, keeping filters, taking it along."""

import csv
import datetime as dt
import io
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail import hooks

from interactions.models import SavedFilter
from people.models import AuditEvent
from tests.factories.interactions import (
    CustomerFactory,
    InteractionFactory,
    SurveyAnswerFactory,
    TranscriptFactory,
)
from tests.factories.people import MembershipFactory

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:interaction_list")
EXPORT = reverse("interactions:interaction_export")
SAVE = reverse("interactions:filter_save")


def conversation(text: str, **fields):
    interaction = InteractionFactory(transcript=None, **fields)
    TranscriptFactory(
        interaction=interaction, messages=[{"id": "m1", "speaker": "agent", "text": text}]
    )
    return interaction


def shown(client, **filters) -> list[str]:
    page = client.get(LIST, filters)
    assert page.status_code == 200
    return [row.external_id for row in page.context["page"]]


def test_words_are_found_in_what_one_may_see_and_marked(
    as_user, agent, teammate, manager, reviewer, administrator
):
    conversation("I paid 1 < 2, refund & sorry.", agent=agent, external_id="hers")
    conversation("refund refund", agent=teammate, external_id="bens")
    conversation("nothing", agent=agent, external_id="other")
    assert shown(as_user(agent), words="refunds") == ["hers"]
    assert sorted(shown(as_user(manager), words="refunds")) == ["bens", "hers"]
    assert shown(as_user(reviewer), words="refunds") == []
    page = as_user(agent).get(LIST, {"words": "refunds"}).text
    assert "1 &lt; 2, <mark>refund</mark> &amp; sorry" in page
    assert "refund refund" not in page


def test_the_best_match_comes_first_unless_another_order_is_asked_for(as_user, administrator):
    conversation(
        "refund " + "much else " * 100, external_id="long", occurred_at="2026-02-01T00:00Z"
    )
    conversation("refund refund", external_id="short", occurred_at="2026-01-01T00:00Z")
    client = as_user(administrator)
    assert shown(client, words="refund") == ["short", "long"]
    assert shown(client, words="refund", sort="best") == ["short", "long"]
    assert shown(client, words="refund", sort="newest") == ["long", "short"]
    assert shown(client, sort="oldest") == ["short", "long"]
    # What the form of a list without words sends along.
    assert shown(client, words="refund", sort="") == ["short", "long"]
    assert shown(client, sort="newest") == ["long", "short"]
    assert shown(client, sort="best") == ["long", "short"]


def test_orders_by_length_leave_out_what_has_none(as_user, administrator):
    InteractionFactory(external_id="short", duration_seconds=10, first_response_seconds=90)
    InteractionFactory(external_id="long", duration_seconds=600, first_response_seconds=5)
    InteractionFactory(external_id="unknown")
    client = as_user(administrator)
    assert shown(client, sort="longest") == ["long", "short"]
    assert shown(client, sort="slowest") == ["short", "long"]


def test_the_list_is_narrowed_down_by_days_of_who_looks(as_user, administrator):
    administrator.time_zone = "Asia/Tokyo"
    administrator.save()
    InteractionFactory(
        external_id="late",
        started_at=None,
        ended_at=None,
        occurred_at=dt.datetime(2026, 5, 4, 23, 0, tzinfo=dt.UTC),
    )
    InteractionFactory(
        external_id="early",
        started_at=None,
        ended_at=None,
        occurred_at=dt.datetime(2026, 5, 4, 1, 0, tzinfo=dt.UTC),
    )
    client = as_user(administrator)
    assert shown(client, since="2026-05-05", until="2026-05-05") == ["late"]
    assert shown(client, until="2026-05-04") == ["early"]
    assert shown(client, since="0001-01-01", until="9999-12-31") == ["late", "early"]


def test_the_list_is_narrowed_down_to_a_period(as_user, administrator):
    now = timezone.now()
    InteractionFactory(external_id="now", started_at=None, ended_at=None, occurred_at=now)
    InteractionFactory(
        external_id="then", started_at=None, ended_at=None, occurred_at=now - dt.timedelta(days=20)
    )
    client = as_user(administrator)
    assert shown(client, period="7") == ["now"]
    assert shown(client, period="30") == ["now", "then"]


def test_a_team_has_what_its_people_did_while_they_served_in_it(
    as_user, manager, team, other_team, agent, administrator
):
    agent.memberships.update(starts_on="2026-01-01", ends_on="2026-03-31")
    MembershipFactory(user=agent, team=other_team, starts_on="2026-04-01")
    for name, month in (("march", 3), ("april", 4)):
        InteractionFactory(
            agent=agent,
            external_id=name,
            started_at=None,
            ended_at=None,
            occurred_at=dt.datetime(2026, month, 15, tzinfo=dt.UTC),
        )
    client = as_user(administrator)
    assert shown(client, team=team.pk) == ["march"]
    assert shown(client, team=other_team.pk) == ["april"]
    # A team one does not manage is no choice.
    assert "Team" in as_user(manager).get(LIST, {"team": other_team.pk}).context["filter"].ignored


def test_language_tier_and_missing_rating(as_user, administrator):
    gold = CustomerFactory(tier="gold")
    rated = InteractionFactory(external_id="de", language="de", customer=gold)
    InteractionFactory(external_id="en", language="en")
    SurveyAnswerFactory(interaction=rated, value=1)
    client = as_user(administrator)
    assert shown(client, language="de") == ["de"]
    assert shown(client, tier="gold") == ["de"]
    assert shown(client, rating="missing") == ["en"]
    assert shown(client, rating="low") == ["de"]


def test_agents_are_not_offered_what_tells_of_others(as_user, agent):
    InteractionFactory(agent=agent)
    filters = as_user(agent).get(LIST).context["filter"].filters
    assert not {"team", "tier", "source", "run"} & set(filters)


def test_rooms_above_add_filters(as_user, administrator):
    import django_filters

    InteractionFactory(external_id="a")
    InteractionFactory(external_id="b")

    def more(user):
        only_a = django_filters.CharFilter(
            label="Only", method=lambda rows, name, value: rows.filter(external_id=value)
        )
        return {"only": only_a}

    with hooks.register_temporarily("interaction_filters", more):
        assert shown(as_user(administrator), only="a") == ["a"]
        chips = as_user(administrator).get(LIST, {"only": "a"}).context["filter"].chips
        assert [chip.value for chip in chips] == ["a"]


def test_what_is_in_force_can_be_taken_away_one_by_one(as_user, administrator, agent):
    InteractionFactory(agent=agent, channel="email")
    page = as_user(administrator).get(
        LIST, {"channel": "email", "agent": agent.pk, "sort": "oldest", "page": "1"}
    )
    chips = page.context["filter"].chips
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Channel", "E-mail"),
        ("Agent", "Ada Example"),
    ]
    assert chips[0].without == f"agent={agent.pk}&sort=oldest"


def test_values_that_are_gone_are_named(as_user, administrator):
    InteractionFactory()
    page = as_user(administrator).get(LIST, {"agent": "999", "channel": "fax", "period": "7"})
    assert page.context["filter"].ignored == ["Agent", "Channel"]
    assert "Agent, Channel" in page.text


def queries(client, **filters) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST, filters).status_code == 200
    return len(captured)


def test_the_list_takes_the_same_queries_for_few_and_many_rows(
    as_user, administrator, manager, agent
):
    conversation("refund", agent=agent, language="en")
    SavedFilter.objects.create(owner=manager, name="One", query="channel=chat")
    clients = [as_user(administrator), as_user(manager)]
    asked = ({}, {"words": "refund"}, {"words": "refund", "graded": "no", "rating": "missing"})
    before = [queries(client, **each) for client in clients for each in asked]
    for number in range(3):
        conversation("refund again", agent=agent, language="en")
        SavedFilter.objects.create(owner=manager, name=f"More {number}", query="channel=chat")
    assert [queries(client, **each) for client in clients for each in asked] == before


# Exports


def rows_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_list_is_exported_filtered_as_shown(as_user, administrator, agent):
    row = conversation(
        "refund", external_id="=1+1", agent=agent, duration_seconds=540, channel="email"
    )
    SurveyAnswerFactory(interaction=row, value=4)
    conversation("other")
    response = as_user(administrator).post(
        EXPORT, {"matching": "words=refund&channel=email", "format": "csv"}
    )
    header, *records = rows_of(response)
    assert header[:4] == ["Source", "Id", "Subject", "Channel"]
    (record,) = records
    assert record[1] == "'=1+1"
    assert record[3] == "E-mail"
    assert record[5] == "Ada Example"
    assert record[header.index("Duration (s)")] == "540"
    assert record[header.index("Satisfaction")] == "4"
    event = AuditEvent.objects.get(action="export_interactions")
    assert event.actor == administrator
    assert event.after == {"filter": "words=refund&channel=email", "count": 1, "format": "csv"}


def test_an_export_has_only_what_one_may_see(as_user, agent, teammate):
    conversation("x", external_id="hers", agent=agent)
    conversation("x", external_id="bens", agent=teammate)
    _header, *records = rows_of(as_user(agent).post(EXPORT, {"format": "csv"}))
    assert [record[1] for record in records] == ["hers"]


def test_an_export_for_spreadsheets(as_user, administrator):
    conversation("x", external_id="one", message_count=7)
    response = as_user(administrator).post(EXPORT, {"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    header, record = list(sheet.iter_rows(values_only=True))
    assert record[header.index("Id")] == "one"
    assert record[header.index("Messages")] == 7
    assert isinstance(record[4], dt.datetime)


def test_too_much_for_a_sheet_is_said(as_user, administrator, monkeypatch):
    monkeypatch.setattr("interactions.list_views.MOST_ROWS_OF_A_SHEET", 0)
    InteractionFactory()
    response = as_user(administrator).post(
        EXPORT, {"matching": "channel=chat", "format": "xlsx"}, follow=True
    )
    assert response.redirect_chain[0][0] == f"{LIST}?channel=chat"
    assert "too many for a spreadsheet" in response.text
    assert not AuditEvent.objects.filter(action="export_interactions").exists()


def test_an_export_is_asked_for_by_a_form(as_user, administrator, client):
    assert as_user(administrator).get(EXPORT).status_code == 405
    assert client.post(EXPORT).status_code == 302


def test_an_export_streams_in_portions(as_user, administrator, count_queries, monkeypatch):
    monkeypatch.setattr("interactions.list_views.ROWS_AT_ONCE", 2)
    for _each in range(5):
        conversation("x")
    client = as_user(administrator)
    assert len(rows_of(client.post(EXPORT, {"format": "csv"}))) == 6


# Saved filters


def test_a_filter_is_kept_and_found_again(as_user, agent):
    InteractionFactory(agent=agent)
    client = as_user(agent)
    response = client.post(
        SAVE, {"matching": "channel=chat&page=3&nonsense=1", "name": "Chats"}, follow=True
    )
    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.name, saved.query, saved.team) == (
        agent,
        "Chats",
        "channel=chat",
        None,
    )
    assert response.redirect_chain[0][0] == f"{LIST}?channel=chat&saved={saved.pk}"
    assert response.context["current"] == saved

    client.post(SAVE, {"matching": "channel=email", "name": "Chats"})
    assert SavedFilter.objects.get().query == "channel=email"


@pytest.mark.parametrize(
    "data", [{"matching": "channel=chat", "name": " "}, {"matching": "", "name": "All"}]
)
def test_a_filter_without_name_or_content_is_not_kept(as_user, agent, data):
    InteractionFactory(agent=agent)
    assert as_user(agent).post(SAVE, data).status_code == 422
    assert not SavedFilter.objects.exists()


def test_managers_share_filters_with_their_teams(
    as_user, manager, other_manager, agent, teammate, team, other_team
):
    client = as_user(manager)
    data = {"matching": "channel=chat", "name": "Chats"}
    assert client.post(SAVE, {**data, "team": other_team.pk}).status_code == 422
    client.post(SAVE, {**data, "team": team.pk})
    saved = SavedFilter.objects.get()
    assert saved.team == team
    InteractionFactory(agent=agent)
    assert as_user(agent).get(LIST).context["kept"] == [saved]
    assert as_user(other_manager).get(LIST).context["kept"] == []

    # Agents share nothing.
    as_user(agent).post(SAVE, {**data, "name": "Mine", "team": team.pk})
    assert SavedFilter.objects.get(name="Mine").team is None


def test_ones_own_filter_is_renamed_shared_and_deleted(
    as_user, manager, agent, teammate, team, other_manager
):
    saved = SavedFilter.objects.create(owner=manager, name="Old", query="channel=chat", team=team)
    SavedFilter.objects.create(owner=manager, name="Taken", query="channel=email")
    edit = reverse("interactions:filter_edit", args=[saved.pk])
    delete = reverse("interactions:filter_delete", args=[saved.pk])
    client = as_user(manager)
    assert client.get(edit).status_code == 200
    assert client.post(edit, {"name": "Taken"}).status_code == 422
    assert client.post(edit, {"name": "New", "team": ""}).status_code == 302
    saved.refresh_from_db()
    assert (saved.name, saved.team) == ("New", None)

    for person in (agent, other_manager):
        assert as_user(person).get(edit).status_code == 404
        assert as_user(person).post(delete).status_code == 404
    SavedFilter.objects.filter(pk=saved.pk).update(team=team)
    assert as_user(agent).get(edit).status_code == 403
    assert as_user(agent).post(delete).status_code == 403

    assert client.get(delete).status_code == 405
    client.post(delete)
    assert not SavedFilter.objects.filter(pk=saved.pk).exists()


def test_a_saved_filter_says_what_of_it_is_gone(as_user, administrator):
    InteractionFactory()
    saved = SavedFilter.objects.create(
        owner=administrator, name="Old", query=urlencode({"agent": 999, "channel": "chat"})
    )
    client = as_user(administrator)
    page = client.get(f"{LIST}?{saved.query}&saved={saved.pk}").text
    assert "The saved filter “Old” shows what the rest of it finds." in page
    assert (
        "not there any more"
        in client.get(reverse("interactions:filter_edit", args=[saved.pk])).text
    )
