"""Whether each interaction was within the service standard of its procedure."""

import datetime as dt
from typing import Final

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage
from interactions.models import Interaction

FIRST, RESOLUTION = "first_response", "resolution"
TARGETS: Final = {FIRST: _("First response"), RESOLUTION: _("Resolution")}


class ServiceResult(models.Model):
    """What the standard asked of one interaction and what came of it; one row for each interaction, also
    where no standard holds. Written by `scorecards.actions.standards` alone.

    `…_minutes` is the standard, `…_seconds` the time it took, counted while the team was there. `…_met`
    is None where nothing can be said, and while it has not happened yet: then `…_due_at` says until when.
    """

    interaction = models.OneToOneField(
        Interaction, primary_key=True, on_delete=models.CASCADE, related_name="service_result"
    )
    procedure = models.ForeignKey(
        ProcedurePage,
        null=True,
        on_delete=models.SET_NULL,
        related_name="service_results",
        verbose_name=_("procedure"),
    )
    first_response_minutes = models.PositiveIntegerField(null=True)
    first_response_seconds = models.PositiveIntegerField(null=True)
    first_response_met = models.BooleanField(null=True)
    first_response_due_at = models.DateTimeField(null=True)
    resolution_minutes = models.PositiveIntegerField(null=True)
    resolution_seconds = models.PositiveIntegerField(null=True)
    resolution_met = models.BooleanField(null=True)
    resolution_due_at = models.DateTimeField(null=True)
    # By what the row was worked out: another value there, and it is out of date.
    seen_import = models.DateTimeField()
    seen_agent = models.BigIntegerField()

    class Meta:
        verbose_name = _("service result")
        verbose_name_plural = _("service results")

    def __str__(self) -> str:
        return f"service result of {self.interaction_id}"


class ServiceMeasurement(models.Model):
    """The one row that says by which standards, hours and teams the results were worked out (`basis`),
    and how far a pass by new ones (`target`) has come."""

    basis = models.CharField(max_length=64, blank=True, default="")
    target = models.CharField(max_length=64, blank=True, default="")
    through = models.BigIntegerField(default=0)
    # Since when a run is asked for and has not begun.
    asked_at = models.DateTimeField(null=True)
    # When the last run was over; None while there is one, and after one that died.
    measured_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"measured {self.measured_at}"


def missed(target: str, *, now: dt.datetime, path: str = "service_result__") -> Q:
    """Later than the standard, or not yet although it is over. Conditions are on interactions; with
    an empty `path` on results."""
    over = Q(**{f"{path}{target}_met__isnull": True, f"{path}{target}_due_at__lt": now})
    return Q(**{f"{path}{target}_met": False}) | over


def met(target: str, *, path: str = "service_result__") -> Q:
    return Q(**{f"{path}{target}_met": True})


def is_judged(target: str, *, now: dt.datetime, path: str = "service_result__") -> Q:
    """Those of which it can be told."""
    return missed(target, now=now, path=path) | met(target, path=path)


def turns_missed_at(target: str, *, now: dt.datetime) -> Case:
    """Of what has not happened yet and is not late yet: from when it is. None of everything else."""
    waits = Q(
        **{
            f"service_result__{target}_met__isnull": True,
            f"service_result__{target}_due_at__gte": now,
        }
    )
    return Case(When(waits, then=F(f"service_result__{target}_due_at")))


def out_of_date() -> Q:
    """Interactions without a result, or whose result was worked out from something else."""
    return (
        Q(service_result__isnull=True)
        | ~Q(service_result__seen_import=F("imported_at"))
        | ~Q(service_result__seen_agent=Coalesce("agent_id", 0))
    )
