"""What the list of interactions can be narrowed down by that only this room knows."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.minutes import LONGEST
from interactions.models import InteractionQuerySet
from people.models import User
from scorecards.models import ReviewAssignment, Scorecard
from scorecards.models.standards import FIRST, RESOLUTION, TARGETS, is_judged, met, missed

GRADED, UNGRADED = "yes", "no"
MISSED, MET, JUDGED = "missed", "met", "judged"
# Each choice, the targets it looks at, and what of them.
STANDARDS = {
    MISSED: (tuple(TARGETS), MISSED, _("Missed")),
    **{
        f"{target}-{what}": ((target,), what, label)
        for target, what, label in (
            (FIRST, MISSED, _("First response: missed")),
            (FIRST, MET, _("First response: met")),
            (FIRST, JUDGED, _("First response: met or missed")),
            (RESOLUTION, MISSED, _("Resolution: missed")),
            (RESOLUTION, MET, _("Resolution: met")),
            (RESOLUTION, JUDGED, _("Resolution: met or missed")),
        )
    },
}


def filters_for(user: User) -> dict[str, django_filters.Filter]:
    """ "graded": whether there is a grade on the record that `user` may read. One they must not know of
    yet counts as none. "standard": whether the service standard was met, for everybody. Adds no query of
    its own."""
    return {
        "graded": django_filters.ChoiceFilter(
            label=_("Graded"),
            choices=[(GRADED, _("Graded")), (UNGRADED, _("Not graded"))],
            empty_label=_("Either"),
            method=_graded_for(user),
        ),
        "standard": WithinStandard(
            label=_("Service standard"),
            choices=[(key, label) for key, (_targets, _what, label) in STANDARDS.items()],
            empty_label=_("Any"),
        ),
        "minutes": django_filters.NumberFilter(
            label=_("Service standard in minutes"),
            # Read by "standard"; by itself it says nothing.
            method=lambda rows, name, value: rows,
            min_value=0,
            max_value=LONGEST,
            field_name="pk",
        ),
    }


class WithinStandard(django_filters.ChoiceFilter):
    """Those that met or missed their standard; with "minutes" only those for whom it was so long."""

    def filter(self, rows: InteractionQuerySet, value: str) -> Any:
        if not value:
            return rows
        targets, what, _label = STANDARDS[value]
        minutes = self.parent.form.cleaned_data.get("minutes")
        now = timezone.now()
        found = Q(pk__in=[])
        for target in targets:
            condition = {
                MISSED: missed(target, now=now),
                MET: met(target),
                JUDGED: is_judged(target, now=now),
            }[what]
            if minutes is not None:
                condition &= Q(**{f"service_result__{target}_minutes": int(minutes)})
            found |= condition
        return rows.filter(found)


def _graded_for(user: User) -> Callable[[InteractionQuerySet, str, str], InteractionQuerySet]:
    def graded(rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        grades = (
            Scorecard.objects.visible_to(user)
            .submitted()
            .exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
            .filter(interaction=OuterRef("pk"))
        )
        return rows.filter(Exists(grades) if value == GRADED else ~Exists(grades))

    return graded
