"""What the list of interactions learns from grades, and what it leads to."""

import pytest
from django.urls import reverse

from scorecards.models import SamplingPlan
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory, ScorecardFactory

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:interaction_list")
ASSIGN = reverse("scorecards:assign_reviews")
CALIBRATE = reverse("scorecards:calibration_create")
PLAN = reverse("scorecards:sampling_create")


def graded(interaction, *, submitted=True, **fields) -> None:
    ScorecardFactory(
        assignment=ReviewAssignmentFactory(interaction=interaction),
        agent=interaction.agent,
        submitted=submitted,
        **fields,
    )


def shown(client, **filters) -> list[str]:
    return [row.external_id for row in client.get(LIST, filters).context["page"]]


def test_graded_is_what_one_may_read_a_grade_of(as_user, agent, administrator, manager):
    open_ = InteractionFactory(agent=agent, external_id="open")
    held = InteractionFactory(agent=agent, external_id="held")
    drafted = InteractionFactory(agent=agent, external_id="drafted")
    graded(open_)
    graded(held, is_held=True)
    graded(drafted, submitted=False)
    assert sorted(shown(as_user(manager), graded="yes")) == ["held", "open"]
    assert shown(as_user(manager), graded="no") == ["drafted"]
    assert shown(as_user(agent), graded="yes") == ["open"]
    assert sorted(shown(as_user(agent), graded="no")) == ["drafted", "held"]


def test_all_that_match_are_sent_to_review(as_user, administrator, agent):
    for number in range(3):
        InteractionFactory(agent=agent, channel="email", external_id=f"mail-{number}")
    InteractionFactory(agent=agent, channel="chat")
    page = as_user(administrator).get(ASSIGN, {"all": "1", "matching": "channel=email"})
    assert {row.channel for row in page.context["chosen"]} == {"email"}
    assert len(page.context["chosen"]) == 3


def test_too_many_lead_to_a_plan(as_user, administrator, agent, monkeypatch):
    monkeypatch.setattr("scorecards.views.queue.MOST_AT_ONCE", 1)
    InteractionFactory.create_batch(2, agent=agent)
    page = as_user(administrator).get(ASSIGN, {"all": "1", "matching": "channel=chat"})
    assert page.context["chosen"] == []
    assert "2 at once are too many" in page.text
    assert f"{PLAN}?matching=channel%3Dchat" in page.text


def test_all_that_match_are_proposed_for_calibration(as_user, administrator, agent, monkeypatch):
    InteractionFactory.create_batch(2, agent=agent)
    client = as_user(administrator)
    page = client.get(CALIBRATE, {"all": "1", "matching": "channel=chat"})
    assert len(page.context["chosen"]) == 2
    monkeypatch.setattr("scorecards.views.calibration.MOST_INTERACTIONS", 1)
    page = client.get(CALIBRATE, {"all": "1", "matching": "channel=chat"})
    assert page.context["chosen"] == []
    assert "2 match your filter" in page.text


def test_what_one_may_not_see_is_not_picked(as_user, agent, teammate):
    from django.contrib.auth.models import Permission

    agent.user_permissions.add(Permission.objects.get(codename="assign_reviews"))
    InteractionFactory(agent=teammate)
    page = as_user(agent).get(ASSIGN, {"all": "1", "matching": ""})
    assert page.context["chosen"] == []


def test_a_plan_begins_with_what_it_can_hold_of_a_filter(as_user, administrator, agent, team):
    InteractionFactory(agent=agent)
    page = as_user(administrator).get(
        PLAN,
        {"matching": f"channel=chat&team={team.pk}&agent={agent.pk}&rating=low&words=refund"},
    )
    form = page.context["form"]
    assert form["channels"].value() == ["chat"]
    assert form["teams"].value() == [team.pk]
    assert form["agents"].value() == [agent.pk]
    assert page.context["left_out"] == ["Words in the conversation", "Customer’s rating"]
    assert not SamplingPlan.objects.exists()
