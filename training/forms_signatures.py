"""What the lists of signatures are narrowed by. What is not understood narrows nothing."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage
from people.models import Team, User
from training.models import Acknowledgement

STATES = [
    ("", _("As it stands now")),
    ("open", _("To sign")),
    ("overdue", _("Overdue")),
    ("signed", _("Signed, all editions")),
    ("withdrawn", _("Withdrawn")),
]


class SignatureFilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=100, label=_("Person"))
    page_id = forms.ModelChoiceField(
        ProcedurePage.objects.none(),
        required=False,
        label=_("Procedure"),
        empty_label=_("All procedures"),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label=_("Team"), empty_label=_("All teams")
    )
    state = forms.ChoiceField(required=False, label=_("State"), choices=STATES)

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pages = ProcedurePage.objects.filter(acknowledgements__isnull=False).distinct()
        for name, rows in (("team", teams), ("page_id", pages.defer_streamfields())):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        self.fields["page_id"].queryset = pages.defer_streamfields().order_by("title")  # type: ignore[attr-defined]

    @property
    def is_narrowed(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def narrow(self, rows: QuerySet[Acknowledgement], *, on: dt.date) -> QuerySet[Acknowledgement]:
        self.is_valid()
        chosen = self.cleaned_data
        for word in chosen.get("q", "").replace("\x00", " ").split():
            rows = rows.filter(
                Q(user__first_name__icontains=word)
                | Q(user__last_name__icontains=word)
                | Q(user__email__icontains=word)
            )
        if page := chosen.get("page_id"):
            rows = rows.filter(page=page)
        if team := chosen.get("team"):
            members = User.objects.members_on(on, teams=[team])
            rows = rows.filter(user__in=members.values("pk"))
        return in_state(rows, chosen.get("state", ""), on=on)


def in_state(rows: Any, state: str, *, on: dt.date) -> QuerySet[Acknowledgement]:
    """`rows` (an AcknowledgementQuerySet) of one state, in the order one reads them."""
    narrowed: QuerySet[Acknowledgement] = {
        "open": rows.open,
        "signed": rows.signed,
        "withdrawn": rows.withdrawn,
        "overdue": lambda: rows.overdue(on=on),
    }.get(state, rows.standing)()
    if state in ("open", "overdue"):
        return narrowed.order_by("due_on", "user__first_name", "user__last_name", "pk")
    if state == "signed":
        return narrowed.order_by("-signed_at", "-pk")
    if state == "withdrawn":
        return narrowed.order_by("-withdrawn_at", "-pk")
    unsigned_first = F("signed_at").asc(nulls_first=True)
    return narrowed.order_by(unsigned_first, "due_on", "user__first_name", "user__last_name", "pk")
