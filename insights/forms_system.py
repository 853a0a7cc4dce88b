"""What the page about criteria may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Callable, Sequence

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from insights.forms_objectivity import ObjectivityForm
from insights.system.rows import Cause, Row


class Order(models.TextChoices):
    CAUSE = "cause", _("What stands out first")
    RUBRIC = "rubric", _("As in the rubric")
    TITLE = "title", _("Criterion")
    FAILING = "failing", _("Most people failing")
    GRADES = "grades", _("Most grades")


class SystemForm(ObjectivityForm):
    only = forms.ChoiceField(
        label=_("Show only"),
        choices=[("", _("All criteria")), ("out", _("What stands out")), *Cause.choices],
        required=False,
    )
    sort = forms.ChoiceField(
        label=_("Sort by"), choices=Order.choices, required=False, initial=Order.CAUSE
    )

    field_order = ("only", "sort", "months", "rubric", "channel")

    def chosen_rows(self, rows: Sequence[Row]) -> list[Row]:
        only = self.chosen("only")
        kept = [
            row
            for row in rows
            if not only or (row.stands_out if only == "out" else only in row.causes)
        ]
        return sorted(kept, key=_ORDERS[self.chosen("sort")])


_CAUSES = list(Cause)
_ORDERS: dict[str, Callable[[Row], tuple[object, ...]]] = {
    Order.CAUSE: lambda row: (_CAUSES.index(row.causes[0]), -row.finding.n),
    # Rows come in the rubric's order, and sorting keeps it.
    Order.RUBRIC: lambda row: (),
    Order.TITLE: lambda row: (row.finding.title.casefold(), row.finding.key),
    Order.FAILING: lambda row: (
        not row.finding.is_tested,
        -row.finding.failing / max(row.finding.people, 1),
    ),
    Order.GRADES: lambda row: (-row.finding.n,),
}
