"""What the grading screen sends by itself, and what it needs to keep a draft from being lost."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people.requests import SignedInRequest
from scorecards.actions import Grade, Refused
from scorecards.actions.drafts import SavedElsewhere, Window, record_time
from scorecards.models import Criterion, Scorecard
from scorecards.permissions import can_edit
from scorecards.views.refusals import status_of


class WindowForm(forms.Form):
    """Which window sends a grade, and which save of the criterion it showed last."""

    window = forms.RegexField(r"^[0-9a-f]{1,40}$", required=False)
    seen = forms.CharField(required=False)

    def clean_seen(self) -> Any:
        value = self.cleaned_data["seen"]
        try:
            return forms.DateTimeField(required=False).to_python(value)
        except forms.ValidationError:
            return None

    def value(self) -> Window:
        self.full_clean()
        data = self.cleaned_data
        return Window(data.get("window") or new_window(), data.get("seen"))


class TimeForm(forms.Form):
    seconds = forms.IntegerField(min_value=1, max_value=3600)


def new_window() -> str:
    return secrets.token_hex(8)


def sent_window(request: SignedInRequest) -> Window | None:
    """None for what is no grading screen: then the save is not compared with anything."""
    return WindowForm(request.POST).value() if "window" in request.POST else None


@require_POST
def scorecard_time(request: SignedInRequest, pk: int) -> HttpResponse:
    """The screen's report that it was worked on for so many seconds."""
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    if not can_edit(request.user, scorecard):
        raise PermissionDenied(_("Only its reviewer writes in a scorecard."))
    form = TimeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        record_time(scorecard, form.cleaned_data["seconds"], by=request.user)
    except Refused as refusal:
        return HttpResponse(status=status_of(refusal))
    return HttpResponse(status=204)


def conflict(
    request: SignedInRequest, criterion: Criterion, grade: Grade, refusal: SavedElsewhere
) -> HttpResponse:
    """Both grades side by side, to choose from: 409. To htmx beside the criterion, otherwise as a page
    whose form sends one's own again."""
    level = next((row for row in criterion.levels.all() if row.pk == grade.level), None)
    context = {
        "criterion": criterion,
        "theirs": refusal.score,
        "mine": grade,
        "mine_level": level,
        "sent": request.POST,
        "message": str(refusal),
    }
    if not request.htmx:
        return render(request, "scorecards/conflict.html", context, status=409)
    response = render(request, "scorecards/conflict.html#choice", context, status=409)
    response["HX-Retarget"] = f"#criterion-{criterion.pk}-conflict"
    response["HX-Reswap"] = "innerHTML"
    return response
