"""Fewer places than people who should go: a lot decides."""

import datetime as dt
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ModulePage
from people import audit
from people.models import User
from training.actions.assignments import AssignmentReport, assign_module_to_many, check_may_assign
from training.actions.refusals import NotAllowed
from training.models import Completion, Lot, LotEntry, ModuleAssignment


def assign_by_lot(
    people: Iterable[User],
    module: ModulePage,
    *,
    places: int,
    by: User,
    at: dt.datetime | None = None,
    due_on: dt.date | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> tuple[Lot, AssignmentReport]:
    """Ask as many of `people` as there are `places` to take `module`, each with the same chance, and keep
    who was eligible. Who was asked for the module before, or has done it, takes no part; the report
    names them. Raises `NotAllowed` where that leaves no more people than places."""
    # Brings SciPy with it, which nothing else of this room needs.
    from measurement.training_effect import draw_lot

    at, everybody = at or timezone.now(), {person.pk: person for person in people}
    check_may_assign(by, list(everybody.values()))
    with transaction.atomic():
        asked = ModuleAssignment.objects.filter(module=module, user__in=everybody)
        done = Completion.objects.filter(page=module, user__in=everybody)
        has_done = set(done.values_list("user", flat=True))
        has_done |= set(asked.filter(completed_at__isnull=False).values_list("user", flat=True))
        was_asked = set(asked.values_list("user", flat=True)) - has_done
        eligible = sorted(set(everybody) - was_asked - has_done)
        if places >= len(eligible):
            raise NotAllowed(
                _(
                    "There is nothing to draw: %(eligible)d of these people can be asked, and there "
                    "are %(places)d places. Leave the places empty to ask them all."
                )
                % {"eligible": len(eligible), "places": places}
            )
        seed = secrets.token_hex(16)
        order = draw_lot(eligible, len(eligible), seed=seed)
        report = assign_module_to_many(
            [everybody[pk] for pk in order[:places]],
            module,
            by=by,
            at=at,
            due_on=due_on,
            starts_on=starts_on,
            reason=reason,
        )
        lot = Lot.objects.create(module=module, places=places, seed=seed, drawn_by=by, drawn_at=at)
        LotEntry.objects.bulk_create(
            LotEntry(lot=lot, user_id=pk, rank=rank) for rank, pk in enumerate(order, start=1)
        )
        audit.record(
            "draw_lot",
            by=by,
            of=lot,
            after={"module": module.pk, "places": places, "seed": seed, "order": order},
            at=at,
        )
    report.already_assigned += [everybody[pk] for pk in sorted(was_asked)]
    report.already_done += [everybody[pk] for pk in sorted(has_done)]
    return lot, report
