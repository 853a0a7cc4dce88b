"""Working out which interactions kept their service standard, and asking for it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from interactions.models import Interaction
from scorecards.models import ServiceMeasurement, ServiceResult
from scorecards.models.standards import out_of_date
from scorecards.standards import COLUMNS, Contact, Result, Rules, Standard, load_rules, results

BATCH: Final = 2000
# An import writes batch after batch: one run for what comes within this time.
GATHERING: Final = dt.timedelta(seconds=30)
# What was asked for so long ago and has not begun was lost.
LOST_AFTER: Final = dt.timedelta(minutes=10)
_OF_ONE = ("minutes", "seconds", "met", "due_at")
WRITTEN: Final = (
    "procedure_id",
    *(f"first_response_{name}" for name in _OF_ONE),
    *(f"resolution_{name}" for name in _OF_ONE),
    "seen_import",
    "seen_agent",
)
_FIELDS: Final = [name.removesuffix("_id") for name in WRITTEN]


@dataclass(slots=True)
class Outcome:
    """How many interactions were looked at, and how many results are others now."""

    looked_at: int = 0
    written: int = 0


def ask_for_service_results() -> None:
    """Have the worker bring the results up to date once this transaction is over. While a run is asked
    for already and has not begun, nothing more is asked for."""
    transaction.on_commit(_enqueue)


def _enqueue() -> None:
    from scorecards.tasks import measure_service

    now = timezone.now()
    _measurement()
    is_free = Q(asked_at__isnull=True) | Q(asked_at__lt=now - LOST_AFTER)
    if ServiceMeasurement.objects.filter(is_free).update(asked_at=now):
        task = measure_service
        if task.get_backend().supports_defer:
            task = task.using(run_after=now + GATHERING)
        task.enqueue()


def measure_service_results(
    *, everything: bool = False, batch: int = BATCH, at: dt.datetime | None = None
) -> Outcome:
    """Bring the results up to date: all of them where standards, hours or teams are others than last time
    (or `everything` is wanted), and those of interactions that were written or changed their agent since.

    Each batch is a transaction of its own and only what differs is written, so that it may be stopped at
    any time, goes on where it was, and costs little when there is nothing to do. Constant memory.
    """
    measurement = _measurement()
    # What was worked out of results before is out of date from now on, and not when all are done.
    ServiceMeasurement.objects.filter(pk=measurement.pk).update(asked_at=None, measured_at=None)
    rules = load_rules()
    basis = rules.digest()
    outcome = Outcome()
    if everything or measurement.basis != basis:
        if everything or measurement.target != basis:
            measurement.target, measurement.through = basis, 0
        for pks in _batches(Q(), after=measurement.through, size=batch):
            _measure(pks, rules, outcome)
            measurement.through = pks[-1]
            measurement.save(update_fields=["target", "through"])
        measurement.basis, measurement.target, measurement.through = basis, "", 0
        measurement.save(update_fields=["basis", "target", "through"])
    for pks in _batches(out_of_date(), after=0, size=batch):
        _measure(pks, rules, outcome)
    measurement.measured_at = at or timezone.now()
    measurement.save(update_fields=["measured_at"])
    return outcome


def _measurement() -> ServiceMeasurement:
    return ServiceMeasurement.objects.get_or_create(pk=1)[0]


def _batches(which: Q, *, after: int, size: int) -> Iterator[Sequence[int]]:
    rows = Interaction.objects.filter(which).order_by("pk").values_list("pk", flat=True)
    while some := list(rows.filter(pk__gt=after)[:size]):
        yield some
        after = some[-1]


def _measure(pks: Sequence[int], rules: Rules, outcome: Outcome) -> None:
    """Once more where an interaction went away meanwhile."""
    try:
        found = _measured(pks, rules)
    except IntegrityError:
        found = _measured(pks, rules)
    outcome.looked_at += found.looked_at
    outcome.written += found.written


@transaction.atomic
def _measured(pks: Sequence[int], rules: Rules) -> Outcome:
    """Three statements."""
    rows = Interaction.objects.order_by().filter(pk__in=pks).values_list(*COLUMNS)
    contacts = [Contact(*row) for row in rows]
    old = ServiceResult.objects.filter(pk__in=pks).values_list("pk", *WRITTEN)
    known = {row[0]: row[1:] for row in old}
    found = results(contacts, rules)
    changed = []
    for contact in contacts:
        values = _columns(contact, *found[contact.pk])
        if known.get(contact.pk) != values:
            named: dict[str, Any] = dict(zip(WRITTEN, values, strict=True))
            changed.append(ServiceResult(interaction_id=contact.pk, **named))
    ServiceResult.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["interaction"], update_fields=_FIELDS
    )
    return Outcome(len(contacts), len(changed))


def _columns(
    contact: Contact, standard: Standard, first: Result, resolution: Result
) -> tuple[Any, ...]:
    return tuple(
        chain([standard.procedure], first, resolution, [contact.imported_at, contact.agent or 0])
    )
