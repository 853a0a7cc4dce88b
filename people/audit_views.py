"""The audit log to read, to narrow down and to take along."""

import datetime as dt
import json
from typing import Any

from django import forms
from django.apps import apps
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.exports import ID, Column, Moment, list_export, require_list
from people.fields import PersonField
from people.models import AuditEvent, AuditSeal, User
from people.requests import SignedInRequest
from ui.pagination import paginate

DAYS = 30
ACTIONS_KEPT = 600  # seconds


class AuditFilter(forms.Form):
    """Nothing chosen is the last thirty days of everybody."""

    person = PersonField(
        User.objects.all(),
        required=False,
        label=gettext_lazy("Who"),
        empty_label=gettext_lazy("Everybody"),
    )
    action = forms.ChoiceField(required=False, label=gettext_lazy("What"))
    object = forms.CharField(
        required=False,
        label=gettext_lazy("Kind, or kind and id"),
        max_length=165,
        widget=forms.TextInput(attrs={"placeholder": "scorecards.scorecard 12"}),
    )
    since = forms.DateField(
        required=False,
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        required=False,
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(action, in_words(action)) for action in known_actions()]
        self.fields["action"].choices = [("", _("Everything")), *names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return data


def known_actions() -> list[str]:
    """What was ever done, in alphabetical order; looked up once in ten minutes."""
    actions = cache.get("people:audit-actions")
    if actions is None:
        rows = AuditEvent.objects.order_by("action").values_list("action", flat=True)
        actions = list(rows.distinct())
        cache.set("people:audit-actions", actions, ACTIONS_KEPT)
    return list(actions)


def in_words(action: str) -> str:
    return action.replace("_", " ").capitalize()


def kind_in_words(object_type: str) -> str:
    """The name of a kind of object; the kind itself where there is no such model any more."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def _as_text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


EVENTS: tuple[Column, ...] = (
    ID,
    (gettext_lazy("When"), Moment("at")),
    (gettext_lazy("Who"), "actor"),
    (gettext_lazy("E-mail address"), "actor.email"),
    (gettext_lazy("What"), "action"),
    (gettext_lazy("Kind of object"), "object_type"),
    (gettext_lazy("Object"), "object_id"),
    (gettext_lazy("Before"), lambda event: _as_text(event.before)),
    (gettext_lazy("After"), lambda event: _as_text(event.after)),
    (gettext_lazy("Position in the chain"), lambda event: _seal(event, "position")),
    (gettext_lazy("Digest"), lambda event: _seal(event, "digest")),
)


def _seal(event: AuditEvent, name: str) -> Any:
    return getattr(event.seal, name) if hasattr(event, "seal") else None


@require_list
def audit_list(request: SignedInRequest) -> HttpResponseBase:
    """Who did what, newest first: `person`, `action`, `object`, `since` and `until` narrow it down,
    without days it is the last thirty. Seven queries."""
    if not request.user.has_perm("people.view_auditevent"):
        raise PermissionDenied(_("The audit log is for administrators."))
    form = AuditFilter(request.GET)
    is_valid = form.is_valid()
    chosen = form.cleaned_data
    today = timezone.localdate()
    since = chosen.get("since") or min(today, chosen.get("until") or today) - dt.timedelta(
        days=DAYS
    )
    rows = AuditEvent.objects.select_related("actor", "seal").filter(at__gte=_midnight(since))
    if chosen.get("until"):
        rows = rows.filter(at__lt=_midnight(chosen["until"] + dt.timedelta(days=1)))
    if chosen.get("person"):
        rows = rows.filter(actor=chosen["person"])
    if chosen.get("action"):
        rows = rows.filter(action=chosen["action"])
    kind, _space, key = chosen.get("object", "").strip().partition(" ")
    if kind:
        rows = rows.filter(object_type__startswith=kind.lower())
    if key:
        rows = rows.filter(object_id=key.strip())
    if not is_valid:
        rows = rows.none()
    if answer := list_export(request, rows, EVENTS, "audit"):
        return answer
    page = paginate(request, rows, per_page=50)
    for event in page:
        event.action_name = in_words(event.action)
        event.kind_name = kind_in_words(event.object_type)
        event.changes = changes_of(event)
    context = {
        "form": form,
        "page": page,
        "since": since,
        "newest": AuditSeal.objects.order_by("-position").first(),
    }
    return render(request, "people/audit_list.html", context, status=200 if is_valid else 422)


def changes_of(event: AuditEvent) -> list[tuple[str, str, str]]:
    """Name, before and after of each value, in alphabetical order; what stayed the same is left out."""
    before, after = event.before or {}, event.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [("", _as_text(event.before), _as_text(event.after))]
    return [
        (name, _short(before.get(name)), _short(after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name) or name not in before or name not in after
    ]


def _short(value: Any) -> str:
    return value if isinstance(value, str) else _as_text(value)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
