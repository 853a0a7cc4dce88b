"""Masking what is stored already, and reading what was masked."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import (
    Customer,
    Interaction,
    InteractionQuerySet,
    Redaction,
    SurveyAnswer,
    Transcript,
)
from interactions.privacy.patterns import BLOCK, NAME, blocks
from interactions.privacy.rules import Maskings, masked_messages, masked_value
from interactions.privacy.sealing import NoKey, can_seal, seal, sealed_anew, unseal
from interactions.signals import words_changed
from people.audit import record
from people.models import User

BATCH = 500


class NotReadable(Exception):
    """The original cannot be read; the message is for the person who asked."""


def original_of(
    subject: str,
    labels: dict[str, Any],
    messages: list[dict[str, Any]],
    answers: dict[str, str],
    customer: str,
) -> dict[str, Any]:
    return {
        "subject": subject,
        "labels": labels,
        "messages": messages,
        "answers": answers,
        "customer": customer,
    }


def redact_stored(
    *,
    source: str = "",
    at: dt.datetime | None = None,
    after_batch: Callable[[int, int], None] = lambda done, changed: None,
    batch: int = BATCH,
) -> tuple[int, int]:
    """Mask every interaction by the rules of today: (how many were looked at, how many changed).

    What is masked already stays, so that a second run changes nothing. Constant memory; each batch is
    one transaction. Customers' names go with their interactions.
    """
    at = at or timezone.now()
    maskings = Maskings()
    rows = Interaction.objects.filter(words_removed_at__isnull=True).order_by("pk")
    if source:
        rows = rows.filter(source=source)
    done = changed = last = 0
    while some := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:batch]):
        changed += _redact_batch(some, maskings, at=at)
        done += len(some)
        last = some[-1]
        after_batch(done, changed)
    _mask_customers(rows, maskings, batch=batch)
    return done, changed


def _mask_customers(rows: InteractionQuerySet, maskings: Maskings, *, batch: int) -> None:
    """Last, because a name that is masked cannot be looked for in further conversations."""
    for channel, source in rows.order_by().values_list("channel", "source").distinct():
        if not maskings.of(channel, source).masks_names:
            continue
        served = rows.filter(channel=channel, source=source).order_by().values("customer")
        readable = ~Q(name="") & ~Q(name__contains=BLOCK)
        known = Customer.objects.filter(readable | ~Q(email=""), pk__in=served).order_by("pk")
        while some := list(known[:batch]):
            for customer in some:
                customer.name, customer.email = blocks(customer.name), ""
            Customer.objects.bulk_update(some, ["name", "email"])


@transaction.atomic
def _redact_batch(ids: list[int], maskings: Maskings, *, at: dt.datetime) -> int:
    """Nine queries at most."""
    interactions = list(
        Interaction.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, words_removed_at__isnull=True)
        .select_related("customer", "transcript", "redaction")
    )
    comments: dict[int, list[SurveyAnswer]] = {}
    for answer in SurveyAnswer.objects.filter(interaction__in=ids).exclude(text=""):
        comments.setdefault(answer.interaction_id, []).append(answer)
    changed, transcripts, answers, notes = [], [], [], []
    for interaction in interactions:
        masking = maskings.of(interaction.channel, interaction.source)
        if not masking.rules:
            continue
        masker, found = masking.masker, Counter[str]()
        customer = interaction.customer
        known = getattr(interaction, "redaction", None)
        name = customer.name if customer and masking.masks_names else ""
        names = (name,) if name and BLOCK not in name else ()
        transcript = getattr(interaction, "transcript", None)
        messages = transcript.messages if transcript else []
        texts = {each.kind: each.text for each in comments.get(interaction.pk, ())}
        before = original_of(
            interaction.subject,
            interaction.labels,
            messages,
            texts,
            customer.name if customer else "",
        )
        interaction.subject = masker.mask(interaction.subject, found, names=names)
        interaction.labels = masked_value(interaction.labels, masking, found, names)
        new_messages = masked_messages(messages, masking, found, names)
        for answer in comments.get(interaction.pk, ()):
            text = masker.mask(answer.text, found, names=names)
            if text != answer.text:
                answer.text = text
                answers.append(answer)
        if customer and names:
            found[NAME] += 1
        if not found:
            continue
        changed.append(interaction)
        if transcript and new_messages != messages:
            transcript.messages = new_messages
            transcript.text = Transcript.plain_text(new_messages)
            transcripts.append(transcript)
        counts = Counter(known.counts if known else {}) + found
        # The first original is the whole one.
        original = known.original if known else None
        if original is None and known is None and masking.keeps_original and can_seal():
            original = seal(before)
        notes.append(
            Redaction(interaction=interaction, counts=dict(counts), original=original, masked_at=at)
        )
    if not changed:
        return 0
    Interaction.objects.bulk_update(changed, ["subject", "labels"])
    Transcript.objects.bulk_update(transcripts, ["messages", "text"], batch_size=100)
    SurveyAnswer.objects.bulk_update(answers, ["text"])
    Redaction.objects.bulk_create(
        notes,
        update_conflicts=True,
        unique_fields=["interaction"],
        update_fields=["counts", "original", "masked_at"],
    )
    words_changed.send(Interaction, ids=[interaction.pk for interaction in changed])
    return len(changed)


@transaction.atomic
def read_original(
    interaction: Interaction, *, by: User, reason: str, at: dt.datetime | None = None
) -> dict[str, Any]:
    """What was masked, for a reason that is written down. Raises `NotReadable`."""
    redaction = Redaction.objects.filter(pk=interaction.pk, original__isnull=False).first()
    if redaction is None or redaction.original is None:
        raise NotReadable(_("The original of this conversation was not kept."))
    try:
        original = unseal(redaction.original)
    except NoKey as error:
        raise NotReadable(
            _(
                "None of the keys in use opens this original. Put the key back that it was kept with."
            )
        ) from error
    record("read_original", by=by, of=interaction, after={"reason": reason}, at=at)
    return original


def rotate_keys(
    *, batch: int = BATCH, after_batch: Callable[[int], None] = lambda done: None
) -> tuple[int, int]:
    """Encrypt every original anew with the first key: (done, those that no key opens)."""
    rows = Redaction.objects.filter(original__isnull=False).order_by("pk")
    done = lost = last = 0
    while some := list(rows.filter(pk__gt=last)[:batch]):
        fitting = []
        for redaction in some:
            try:
                redaction.original = sealed_anew(redaction.original or b"")
            except NoKey:
                lost += 1
            else:
                fitting.append(redaction)
        Redaction.objects.bulk_update(fitting, ["original"])
        done += len(fitting)
        last = some[-1].pk
        after_batch(done)
    return done, lost
