"""How long what is kept."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Contains, Exact
from django.utils import timezone
from wagtail import hooks

from interactions.models import Interaction, InteractionQuerySet, RetentionRule, RetentionRun
from interactions.privacy.removing import remove_customers, remove_recordings, remove_words

Part = RetentionRule.Part
BATCH = 200
# What must not be gone already, and has to be there to be removed.
_LEFT = {
    Part.RECORDING: Q(recording__isnull=False),
    Part.WORDS: Q(words_removed_at__isnull=True),
    Part.CUSTOMER: Q(customer__isnull=False, customer_removed_at__isnull=True),
}
COUNTED = {
    Part.RECORDING: "recording_count",
    Part.WORDS: "words_count",
    Part.CUSTOMER: "customer_count",
}


@dataclass(frozen=True, slots=True)
class Due:
    """What one rule would remove of one part."""

    rule: RetentionRule
    part: RetentionRule.Part
    interactions: InteractionQuerySet


def due(*, at: dt.datetime, rules: Sequence[RetentionRule] | None = None) -> list[Due]:
    """What has been kept long enough, rule by rule; of what somebody is at work on nothing. One query.

    Rooms above say what is worked on: they register `fn() -> query of interaction ids` under the hook
    "words_needed".
    """
    if rules is None:
        rules = list(RetentionRule.objects.filter(is_on=True))
    needed = Q(pk__in=[])
    for ids in hooks.get_hooks("words_needed"):
        needed |= Q(pk__in=ids())
    found = []
    for rule in rules:
        if rule.days is None:
            continue
        old = Interaction.objects.filter(occurred_at__lt=at - dt.timedelta(days=rule.days))
        for part in Part:
            if part not in rule.parts:
                continue
            rows = old.filter(_concerns(rule)).filter(_LEFT[part]).exclude(needed)
            for other in rules:
                if _comes_before(other, rule, part):
                    rows = rows.exclude(_concerns(other))
            found.append(Due(rule, part, rows))
    return found


def apply_retention(
    *,
    at: dt.datetime | None = None,
    after_batch: Callable[[RetentionRun], None] = lambda run: None,
    batch: int = BATCH,
) -> RetentionRun:
    """Remove what is due, in batches of one transaction each, and keep count. Broken off, the next one
    goes on where it stopped."""
    at = at or timezone.now()
    run = RetentionRun.objects.create(started_at=at)
    for item in due(at=at):
        rows = item.interactions.order_by("pk").values_list("pk", flat=True)
        while ids := list(rows[:batch]):
            with transaction.atomic():
                _remove(ids, item.part, at=at)
                name = COUNTED[item.part]
                of_rule = run.counts.setdefault(item.rule.name, {})
                of_rule[item.part.value] = of_rule.get(item.part.value, 0) + len(ids)
                setattr(run, name, getattr(run, name) + len(ids))
                run.save(update_fields=["counts", name])
            after_batch(run)
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])
    return run


def _remove(ids: list[int], part: RetentionRule.Part, *, at: dt.datetime) -> None:
    if part == Part.RECORDING:
        remove_recordings(ids, at=at)
    elif part == Part.WORDS:
        remove_words(ids, at=at)
    else:
        remove_customers(ids, at=at)


def _comes_before(other: RetentionRule, rule: RetentionRule, part: RetentionRule.Part) -> bool:
    """Whether `other` decides instead of `rule` about what both concern: the more precise rule, and
    one that keeps for ever about every part."""
    if other.precision <= rule.precision:
        return False
    return part in other.parts or other.days is None


def _concerns(rule: RetentionRule) -> Q:
    """Never unknown, so that its opposite is what is left."""
    condition = Q(channel=rule.channel) if rule.channel else Q()
    if rule.label:
        said = Coalesce(
            Cast(KeyTextTransform(rule.label, F("labels")), TextField()),
            Value(""),
            output_field=TextField(),
        )
        if not rule.value:
            return condition & ~Q(Exact(said, Value("")))
        # One of a list is written with quotation marks, in the one way or the other.
        in_lists = {json.dumps(rule.value), json.dumps(rule.value, ensure_ascii=False)}
        has = Q(Exact(said, Value(rule.value)))
        for written in in_lists:
            has |= Q(Contains(said, Value(written)))
        condition &= has
    return condition
