"""From an import over a grade to a removal: the grade stays whole, and says that the words are gone."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from interactions.importing.run import run_import
from interactions.models import Customer, Interaction, RedactionRule, RetentionRule, Transcript
from interactions.privacy.erasing import erase_customers
from interactions.privacy.redacting import redact_stored
from people.models import AuditEvent
from scorecards.actions import (
    add_evidence,
    record_grades,
    skip_pick,
    start_scorecard,
    submit_scorecard,
)
from scorecards.models import Evidence, Rollup, Scorecard
from tests.factories.interactions import ImportRunFactory
from tests.factories.people import ExternalIdentityFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.interactions.files import row, stream_of

pytestmark = pytest.mark.django_db
SAID = "My card is 4111 1111 1111 1111."


def contact(**changes):
    said = [
        {"speaker": "customer", "text": SAID, "offset_seconds": 0},
        {"speaker": "agent", "text": "Thank you, Carla.", "offset_seconds": 30},
    ]
    return row("77", subject="Carla pays", messages=said, **changes)


@pytest.fixture
def draft_of_import(agent, reviewer, version, best, criteria) -> Scorecard:
    """Imported, taken up, graded and with two quotations."""
    ExternalIdentityFactory(user=agent, source="desk", external_id="a1")
    run_import(ImportRunFactory(), stream=stream_of(contact()))
    interaction = Interaction.objects.get(external_id="77")
    pick = ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=interaction
    )
    scorecard = start_scorecard(pick, by=reviewer)
    record_grades(scorecard, best(), by=reviewer)
    tone = criteria["tone"]
    add_evidence(scorecard, tone, message_id="m1", start=11, end=30, by=reviewer)
    add_evidence(scorecard, tone, message_id="m2", start=0, end=17, by=reviewer)
    return scorecard


@pytest.fixture
def graded_import(draft_of_import, reviewer) -> Scorecard:
    submit_scorecard(draft_of_import, by=reviewer)
    draft_of_import.refresh_from_db()
    return draft_of_import


def test_masking_afterwards_masks_the_quotation_in_its_place(graded_import, as_user, agent):
    RedactionRule.objects.create(name="Cards", kinds=["card"])
    redact_stored()

    quotes = list(Evidence.objects.order_by("start", "pk").values_list("start", "end", "quote"))
    assert quotes == [(0, 17, "Thank you, Carla."), (11, 30, "████ ████ ████ ████")]
    page = as_user(agent).get(graded_import.get_absolute_url()).text
    assert "████ ████ ████ ████" in page
    assert "4111" not in page
    assert "no longer in the conversation" not in page, "it is there, in blocks"


def test_erasure_leaves_the_grade_whole_and_says_so(
    graded_import, as_user, agent, administrator, manager
):
    before = Scorecard.objects.values().get(pk=graded_import.pk)
    sums = list(Rollup.objects.order_by("pk").values())
    places = list(Evidence.objects.order_by("pk").values("message_id", "start", "end"))

    erase_customers(list(Customer.objects.all()), by=administrator, reason="Request of May")

    assert Scorecard.objects.values().get(pk=graded_import.pk) == before
    assert list(Rollup.objects.order_by("pk").values()) == sums
    assert list(Evidence.objects.order_by("pk").values("message_id", "start", "end")) == places
    assert set(Evidence.objects.values_list("quote", flat=True)) == {"███"}
    for person in (agent, manager, administrator):
        client = as_user(person)
        page = client.get(graded_import.get_absolute_url())
        if page.status_code == 200:
            assert "no longer in the conversation" in page.text
            assert "because the customer asked for it" in page.text
            assert "Carla" not in page.text
            assert "4111" not in page.text
    client = as_user(administrator)
    for address in (
        reverse("interactions:interaction_list") + "?q=Carla",
        reverse("interactions:interaction_detail", args=[graded_import.interaction_id]),
    ):
        text = client.get(address).text
        assert "Thank you, Carla." not in text
        assert "4111" not in text
    file = client.post(reverse("interactions:interaction_list"), {"format": "csv"})
    if file.status_code == 200:
        content = b"".join(file) if file.streaming else file.content
        assert b"Carla" not in content


def test_retention_waits_for_who_is_grading(draft_of_import, reviewer):
    RetentionRule.objects.create(name="Words", days=1, parts=["words"])
    call_command("apply_retention", verbosity=0)
    assert Transcript.objects.get().text
    assert set(Evidence.objects.values_list("quote", flat=True)) == {
        "Thank you, Carla.",
        "4111 1111 1111 1111",
    }

    submit_scorecard(draft_of_import, by=reviewer)
    call_command("apply_retention", verbosity=0)

    assert Transcript.objects.get().text == ""
    assert set(Evidence.objects.values_list("quote", flat=True)) == {"███"}


def test_the_log_of_a_dropped_draft_holds_places_and_no_words(draft_of_import, reviewer):
    """A line of the audit log can never be changed, so nothing may be in it that has to go one day."""
    skip_pick(draft_of_import.assignment, by=reviewer, reason="In Welsh.")

    (event,) = AuditEvent.objects.filter(action="skip_pick")
    places = [place for grade in event.before["grades"] for place in grade.get("evidence", ())]
    turns = {turn.id: turn.text for turn in Interaction.objects.get().turns}
    assert {turns[each["message"]][each["start"] : each["end"]] for each in places} == {
        "Thank you, Carla.",
        "4111 1111 1111 1111",
    }
    assert "Carla" not in json.dumps(list(AuditEvent.objects.values("before", "after")))
