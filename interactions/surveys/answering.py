"""What customers answer by their link, and the wish not to be asked."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from interactions.models import Interaction, SurveyAnswer, SurveyInvitation, SurveyRefusal
from interactions.privacy.noting import add_counts
from interactions.privacy.rules import Maskings

SOURCE = "survey"
State = SurveyInvitation.State
# A link that was mailed opens the page, also while its sender has not come to write that down.
OPEN = (State.SENDING, State.SENT, State.FAILED)


class LinkSpent(Exception):
    """These answers, or others, were sent before."""


class LinkExpired(Exception):
    """It is too late."""


def is_open(invitation: SurveyInvitation, *, at: dt.datetime) -> bool:
    """Whether its link takes answers. Where words or customer were removed, nothing comes back."""
    contact = invitation.interaction
    is_emptied = contact.words_removed_at or contact.customer_removed_at
    return invitation.state in OPEN and not invitation.is_expired(at=at) and not is_emptied


@transaction.atomic
def keep_answers(
    invitation: SurveyInvitation, answers: dict[str, Any], *, at: dt.datetime | None = None
) -> int:
    """Store what was answered, by kind, and spend the link; return how many answers these are.

    They land where imported answers do, masked by the same rules. An earlier answer to the same question
    gives way: this is what the customer says themself, later. Of two at once one is stored.
    """
    at = at or timezone.now()
    row = SurveyInvitation.objects.select_for_update().get(pk=invitation.pk)
    if row.state == State.ANSWERED:
        raise LinkSpent
    contact = Interaction.objects.select_related("customer").get(pk=row.interaction_id)
    row.interaction = contact
    if not is_open(row, at=at):
        raise LinkExpired
    row.state, row.answered_at, row.reason = State.ANSWERED, at, ""
    row.sent_at = row.sent_at or at
    row.save(update_fields=["state", "answered_at", "reason", "sent_at"])
    masking, found = Maskings().of(contact.channel, contact.source), Counter[str]()
    names = [contact.customer.name] if contact.customer and masking.masks_names else ()
    given = [
        SurveyAnswer(
            interaction_id=row.interaction_id,
            kind=kind,
            value=None if kind == SurveyAnswer.Kind.COMMENT else value,
            text=masking.masker.mask(value, found, names=names)
            if kind == SurveyAnswer.Kind.COMMENT
            else "",
            answered_at=at,
            recorded_at=at,
            source=SOURCE,
            version=row.version,
            invitation=row,
        )
        for kind, value in answers.items()
        if value not in (None, "")
    ]
    SurveyAnswer.objects.bulk_create(
        given,
        update_conflicts=True,
        unique_fields=["interaction", "kind"],
        update_fields=[
            *("value", "text", "answered_at", "recorded_at", "source", "version", "invitation")
        ],
    )
    add_counts(contact, found, at=at)
    return len(given)


@transaction.atomic
def refuse_surveys(invitation: SurveyInvitation, *, at: dt.datetime | None = None) -> None:
    """Never ask this address again. Asking twice for it changes nothing."""
    SurveyRefusal.objects.get_or_create(
        address_digest=invitation.address_digest, defaults={"refused_at": at or timezone.now()}
    )


def allow_surveys(invitation: SurveyInvitation) -> None:
    SurveyRefusal.objects.filter(pk=invitation.address_digest).delete()
