"""What the view of page health may be narrowed to. A value that makes no sense narrows nothing."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from insights.forms import _NarrowingForm
from insights.page_health import PageHealth, Share, Verdict


class Order(models.TextChoices):
    VERDICT = "verdict", _("What stands out first")
    TITLE = "title", _("Title")
    REVIEW = "review", _("Review date")
    DISLIKED = "disliked", _("Not helpful")
    FAILING = "failing", _("Failing criteria")
    WRONG = "wrong", _("Wrong answers")


class Only(models.TextChoices):
    STANDING_OUT = "out", _("What stands out")
    OVERDUE = "overdue", _("Review overdue")
    WRITTEN = "data", _("With enough people to say")


_FIRST = [Verdict.UNCLEAR, Verdict.LOOK, Verdict.NOTHING, Verdict.TOO_FEW]


class PageHealthForm(_NarrowingForm):
    section = forms.ChoiceField(label=_("Section"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    only = forms.ChoiceField(
        label=_("Show only"), choices=[("", _("All pages")), *Only.choices], required=False
    )
    sort = forms.ChoiceField(
        label=_("Sort by"), choices=Order.choices, required=False, initial=Order.VERDICT
    )

    def __init__(self, data: Mapping[str, Any], *, rows: Sequence[PageHealth]) -> None:
        super().__init__(data)
        sections = sorted({row.section for row in rows if row.section})
        self.fields["section"].choices = [  # type: ignore[attr-defined]
            ("", _("All sections")),
            *((name, name) for name in sections),
        ]
        owners = {
            str(row.governance.owner.pk): str(row.governance.owner)
            for row in rows
            if row.governance and row.governance.owner
        }
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            ("none", _("Nobody")),
            *sorted(owners.items(), key=lambda pair: pair[1]),
        ]

    def chosen_rows(self, rows: Sequence[PageHealth], *, on: dt.date) -> list[PageHealth]:
        section, owner, only = (self.chosen(name) for name in ("section", "owner", "only"))
        kept = [
            row
            for row in rows
            if (not section or row.section == section)
            and (not owner or _owner_of(row) == owner)
            and (not only or _ONLY[only](row, on))
        ]
        return sorted(kept, key=_ORDERS[self.chosen("sort")])


def _owner_of(row: PageHealth) -> str:
    owner = row.governance.owner_id if row.governance else None
    return str(owner) if owner else "none"


_ONLY: dict[str, Callable[[PageHealth, dt.date], bool]] = {
    Only.STANDING_OUT: lambda row, on: bool(row.standing_out),
    Only.OVERDUE: lambda row, on: row.is_overdue(on),
    Only.WRITTEN: lambda row, on: row.verdict is not Verdict.TOO_FEW,
}


def _most_first(share: Share) -> tuple[bool, float]:
    """What is not shown comes last, and does not betray its order."""
    return not share.is_shown, -share.percent if share.is_shown else 0


def _by_review(row: PageHealth) -> tuple[bool, dt.date]:
    review_by = row.governance.review_by if row.governance else None
    return review_by is None, review_by or dt.date.max


_ORDERS: dict[str, Callable[[PageHealth], tuple[object, ...]]] = {
    Order.VERDICT: lambda row: (_FIRST.index(row.verdict), *_by_review(row), row.page.title),
    Order.TITLE: lambda row: (row.page.title.casefold(), row.page.pk),
    Order.REVIEW: lambda row: (*_by_review(row), row.page.title),
    Order.DISLIKED: lambda row: (*_most_first(row.disliked), row.page.title),
    Order.FAILING: lambda row: (*_most_first(row.failing), row.page.title),
    Order.WRONG: lambda row: (*_most_first(row.wrong), row.page.title),
}
