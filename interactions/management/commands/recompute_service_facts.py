"""`manage.py recompute_service_facts`: waits, resolution times and returns, for what was here before."""

from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from interactions.models import Customer, Interaction, Transcript
from interactions.returns import note_returns
from interactions.service_facts import NO_TIMES, gaps_of
from interactions.signals import interactions_written, service_facts_changed

FACTS = (
    "resolution_seconds",
    "first_asked_seconds",
    "gap_count",
    "longest_gap_seconds",
    "median_gap_seconds",
)


class Command(BaseCommand):
    help = (
        "Works out again what is derived of each interaction: how long the customer waited, how long it "
        "took to be resolved, and when they came back. An import does so by itself; this is for what was "
        "imported by an earlier version, and after a correction in the database. Writes only what "
        "differs, in batches; it may be stopped and started again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows in one transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        if not 1 <= batch <= 5000:
            raise CommandError("--batch: expected a number from 1 to 5000.")
        facts = returns = done = 0
        pks = Interaction.objects.order_by("pk").values_list("pk", flat=True).iterator(5000)
        while some := list(islice(pks, batch)):
            facts += _write_facts(some)
            done += len(some)
            if options["verbosity"] > 1:
                self.stdout.write(f"{done} interactions")
        customers = Customer.objects.order_by("pk").values_list("pk", flat=True).iterator(5000)
        while some := list(islice(customers, batch)):
            with transaction.atomic():
                if changed := note_returns(some):
                    interactions_written.send(sender=Interaction)
                returns += changed
        self.stdout.write(
            f"{done} interactions: {facts} with other waits or times, {returns} with other returns."
        )


@transaction.atomic
def _write_facts(pks: list[int]) -> int:
    """Three statements."""
    rows = Interaction.objects.filter(pk__in=pks).only("started_at", "resolved_at", *FACTS)
    said = dict(Transcript.objects.filter(pk__in=pks).values_list("pk", "messages"))
    changed = []
    for row in rows:
        before = [getattr(row, name) for name in FACTS]
        found = gaps_of(said[row.pk]) if said.get(row.pk) else NO_TIMES
        row.gap_count, row.longest_gap_seconds, row.median_gap_seconds = (
            found.count,
            found.longest,
            found.median,
        )
        row.first_asked_seconds = found.asked
        row.resolution_seconds = None
        if row.started_at and row.resolved_at and row.resolved_at >= row.started_at:
            row.resolution_seconds = round((row.resolved_at - row.started_at).total_seconds())
        if [getattr(row, name) for name in FACTS] != before:
            changed.append(row)
    Interaction.objects.bulk_update(changed, FACTS)
    if changed:
        service_facts_changed.send(sender=Interaction, ids=[row.pk for row in changed])
    return len(changed)
