"""What the grading screen sends by itself, and what it needs to keep a draft from being lost."""

import re
import secrets
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people.converters import DATABASE_ID
from people.requests import SignedInRequest
from scorecards.actions import Grade, Refused
from scorecards.actions.drafts import SavedElsewhere, Window, record_time, save_sheet
from scorecards.forms import GradeForm
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


def prefix_of(criterion: Criterion) -> str:
    """Of the names of its fields where all criteria share one form: without scripts."""
    return f"c{criterion.pk}"


def _sent_ids(request: SignedInRequest) -> list[int]:
    return [
        int(found[1])
        for name in request.POST
        if (found := re.fullmatch(r"c(\d+)-comment", name)) and DATABASE_ID.fullmatch(found[1])
    ]


def sends_grades(request: SignedInRequest) -> bool:
    """Whether grades come along, as a browser without scripts sends them."""
    return bool(_sent_ids(request))


def sent_criteria(request: SignedInRequest, scorecard: Scorecard) -> list[Criterion]:
    """Those whose fields came in one form, with their levels. No query where a script sent each by
    itself, otherwise two."""
    ids = _sent_ids(request)
    if not ids:
        return []
    rows = Criterion.objects.filter(section__version=scorecard.version_id, pk__in=ids)
    return list(rows.prefetch_related("levels"))


def save_sent(
    request: SignedInRequest, scorecard: Scorecard, criteria: list[Criterion]
) -> HttpResponse | None:
    """Save what the request says about `criteria`; an answer only where another window wrote there.

    Raises `Refused` with all that was wrong; what was not is saved.
    """
    grades: dict[Criterion, tuple[Grade, Window]] = {}
    problems: list[str] = []
    for criterion in criteria:
        prefix = prefix_of(criterion)
        form = GradeForm(request.POST, prefix=prefix)
        if not form.is_valid():
            problems += [f"{criterion}: {e}" for errors in form.errors.values() for e in errors]
            continue
        window = {"window": request.POST.get("window"), "seen": request.POST.get(f"{prefix}-seen")}
        grades[criterion] = (form.grade(), WindowForm(window).value())
    refusals = save_sheet(scorecard, grades, by=request.user) if grades else []
    for refusal in refusals:
        if isinstance(refusal, SavedElsewhere):
            criterion = next(row for row in grades if row.pk == refusal.score.criterion_id)
            return conflict(request, criterion, grades[criterion][0], refusal, is_whole=True)
    if problems:
        raise Refused(" ".join([*problems, *map(str, refusals)]))
    if refusals:
        raise refusals[0]
    return None


def conflict(
    request: SignedInRequest,
    criterion: Criterion,
    grade: Grade,
    refusal: SavedElsewhere,
    *,
    is_whole: bool = False,
) -> HttpResponse:
    """Both grades side by side, to choose from: 409. To htmx beside the criterion, otherwise as a page
    whose forms send again what was sent, so that what `is_whole` loses nothing of the other criteria."""
    theirs = refusal.score
    level = next((row for row in criterion.levels.all() if row.pk == grade.level), None)
    seen = f"{prefix_of(criterion)}-seen" if is_whole else "seen"
    address = (
        reverse("scorecards:sheet_save", args=[theirs.scorecard_id])
        if is_whole
        else reverse("scorecards:criterion_save", args=[theirs.scorecard_id, criterion.pk])
    )
    sent = {
        name: value
        for name, value in request.POST.items()
        if name not in ("csrfmiddlewaretoken", seen)
    }
    others = {
        name: value
        for name, value in sent.items()
        if is_whole and not name.startswith(f"{prefix_of(criterion)}-")
    }
    context = {
        "criterion": criterion,
        "theirs": theirs,
        "mine": grade,
        "mine_level": level,
        "sent": sent,
        "others": others,
        "seen": seen,
        "address": address,
        "message": str(refusal),
    }
    if not request.htmx:
        return render(request, "scorecards/conflict.html", context, status=409)
    response = render(request, "scorecards/conflict.html#choice", context, status=409)
    response["HX-Retarget"] = f"#criterion-{criterion.pk}-conflict"
    response["HX-Reswap"] = "innerHTML"
    return response
