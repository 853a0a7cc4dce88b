"""Taking words, recordings and customers away, and leaving all that counts.

The row of the interaction stays with its times, counts and grades, and says since when it is empty, so
that no import brings back what is gone. Messages keep id, speaker and times: what a grade points at is
still there, and says nothing any more. Call each function in a transaction.
"""

import datetime as dt
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from interactions.models import (
    Customer,
    ImportRejection,
    Interaction,
    PublicReview,
    Recording,
    Redaction,
    SurveyAnswer,
    SurveyInvitation,
    Transcript,
    private_storage,
)
from interactions.privacy.patterns import BLOCK
from interactions.signals import interaction_words_removed, interactions_written

# Stands where words have to stand: no text of a conversation, and so "no longer in the conversation".
REMOVED = BLOCK * 3
KEPT_OF_A_MESSAGE = ("id", "speaker", "offset", "duration")


def remove_words(ids: Sequence[int], *, at: dt.datetime, is_erased: bool = False) -> None:
    """Nine queries, and those of the rooms above."""
    transcripts = list(Transcript.objects.filter(pk__in=ids))
    for transcript in transcripts:
        transcript.messages = [_emptied(message) for message in transcript.messages]
        transcript.text = ""
    Transcript.objects.bulk_update(transcripts, ["messages", "text"], batch_size=100)
    SurveyAnswer.objects.filter(interaction__in=ids, kind=SurveyAnswer.Kind.COMMENT).update(
        text=REMOVED
    )
    SurveyAnswer.objects.filter(interaction__in=ids).exclude(kind=SurveyAnswer.Kind.COMMENT).update(
        text=""
    )
    Redaction.objects.filter(pk__in=ids).update(original=None)
    rows = Interaction.objects.filter(pk__in=ids)
    _forget_rejected(rows.values_list("source", "external_id"))
    rows.update(subject="", labels={}, words_removed_at=at)
    if is_erased:
        rows.update(is_erased=True)
    interaction_words_removed.send(Interaction, ids=list(ids))


def remove_recordings(ids: Sequence[int], *, at: dt.datetime) -> int:
    """How many there were. The files go after the transaction."""
    recordings = Recording.objects.filter(pk__in=ids)
    for name in list(recordings.values_list("file", flat=True)):
        transaction.on_commit(partial(private_storage().delete, name))
    count, _by_model = recordings.delete()
    Interaction.objects.filter(pk__in=ids).update(recording_removed_at=at)
    return count


def remove_customers(ids: Sequence[int], *, at: dt.datetime) -> None:
    """Let interactions be nobody's in particular: of the same tier, so that counts by tier stay. Who has
    other interactions left keeps their name there."""
    rows = Interaction.objects.filter(pk__in=ids, customer__isnull=False)
    by_customer: dict[int, list[int]] = defaultdict(list)
    for pk, customer_id in rows.values_list("pk", "customer"):
        assert customer_id is not None  # noqa: S101 - filtered above
        by_customer[customer_id].append(pk)
    left = set(
        Interaction.objects.filter(customer__in=by_customer, customer_removed_at__isnull=True)
        .exclude(pk__in=ids)
        .values_list("customer", flat=True)
    )
    customers = Customer.objects.in_bulk(by_customer)
    make_nameless([customer for pk, customer in customers.items() if pk not in left])
    stay = [customers[pk] for pk in by_customer if pk in left]
    nameless = Customer.objects.bulk_create(
        [Customer(source=c.source, external_id=_nobody(), tier=c.tier) for c in stay]
    )
    moved = []
    for customer, anonymous in zip(stay, nameless, strict=True):
        moved += [Interaction(pk=pk, customer=anonymous) for pk in by_customer[customer.pk]]
    Interaction.objects.bulk_update(moved, ["customer"], batch_size=200)
    Interaction.objects.filter(pk__in=ids).update(customer_removed_at=at)
    if moved:
        interactions_written.send(sender=Interaction)
    # A review stands in public under its author's name, which would say whose contact it was.
    PublicReview.objects.filter(interaction__in=ids).update(interaction=None, customer=None)
    forget_addresses(ids, reason=_("The customer was removed after the time we keep them."))


def forget_addresses(ids: Sequence[int], *, reason: str) -> None:
    """Invitations that wait are not sent; what was sent stays counted, and its link brings no answers any
    more. That somebody refused surveys stays, as a digest: they want to be left alone. Two queries."""
    state = SurveyInvitation.State
    rows = SurveyInvitation.objects.filter(interaction__in=ids)
    rows.filter(state__in=[state.WAITING, state.SENDING]).update(
        state=state.CANCELLED, reason=reason
    )
    rows.update(address_digest="")


def make_nameless(customers: Collection[Customer]) -> None:
    """Their rows stay with tier and dates, so that counts by tier and of churn do."""
    for customer in customers:
        customer.name, customer.email, customer.external_id = "", "", _nobody()
    Customer.objects.bulk_update(customers, ["name", "email", "external_id"], batch_size=200)


def rejections_with(texts: Collection[str]) -> Q:
    """Rejected rows whose kept content or reason has one of `texts`; JSON may write them in two ways."""
    found = Q(pk__in=[])
    for text in texts:
        for written in {text, json.dumps(text)[1:-1]}:
            found |= Q(content__contains=written) | Q(reason__contains=written)
    return found


def _forget_rejected(keys: Any) -> None:
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, external_id in keys:
        by_source[source].append(external_id)
    for source, ids in by_source.items():
        ImportRejection.objects.filter(
            external_id__in=ids, content__contains=json.dumps(source)
        ).update(content="")


def _emptied(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in KEPT_OF_A_MESSAGE if name in message} | {"text": ""}


def _nobody() -> str:
    """An id as `Customer.is_removed` knows it."""
    return f"removed-{secrets.token_hex(12)}"
