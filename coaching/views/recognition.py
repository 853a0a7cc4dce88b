"""Recognition of good work: given in a scorecard, read by its agent, withdrawn by its author."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coaching import actions
from coaching.actions import NotAllowed, Quoted
from coaching.files import RECOGNITIONS
from coaching.forms import RecognitionForm
from coaching.models import Recognition
from coaching.models.recognition import recognisable_by
from coaching.permissions import can_recognise
from coaching.recognition import told
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.grading import Sheet, load_sheet
from ui.pagination import paginate


@require_list
def recognition_list(request: SignedInRequest) -> HttpResponseBase:
    """What one was recognised for; `?given=1`: what one wrote; `?team=1`: what one's people were told."""
    user = request.user
    rows = Recognition.objects.visible_to(user).with_people()
    is_given, is_team = request.GET.get("given") == "1", request.GET.get("team") == "1"
    if is_given:
        rows = rows.filter(author=user)
    elif is_team:
        rows = rows.exclude(agent=user).standing()
    else:
        rows = rows.filter(agent=user)
    rows = rows.select_related("scorecard__interaction__transcript")
    if answer := list_export(
        request, rows, RECOGNITIONS, "recognition", prepare=partial(told, reader=user)
    ):
        return answer
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": told(page, reader=user),
        "is_given": is_given,
        "is_team": is_team,
        "recognises": can_recognise(user),
        "coaches": user.has_perm("people.develop_team"),
    }
    return render(request, "coaching/recognition_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def recognition_create(request: SignedInRequest, scorecard_pk: int) -> HttpResponse:
    """In one scorecard; below the form what it was recognised for already."""
    user = request.user
    scorecard = get_object_or_404(recognisable_by(user).with_people(), pk=scorecard_pk)
    sheet = load_sheet(scorecard.pk, user=user)
    turns = [turn for turn in sheet.turns if turn.text and not turn.is_system]
    form = RecognitionForm(request.POST or None, quoted=_quoted(sheet), turns=turns)
    if request.method == "POST" and form.is_valid():
        try:
            actions.recognise(
                scorecard,
                form.cleaned_data["words"],
                by=user,
                passage=form.cleaned_data["where"],
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("%(person)s is told of your words.") % {"person": scorecard.agent}
            )
            return redirect("scorecards:scorecard_detail", scorecard.pk)
    earlier = Recognition.objects.visible_to(user).filter(scorecard=scorecard).with_people()
    context = {
        "form": form,
        "scorecard": scorecard,
        "sheet": sheet,
        "earlier": told(earlier.select_related("scorecard__interaction__transcript"), reader=user),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/recognition_create.html", context, status=status)


def _quoted(sheet: Sheet) -> list[Quoted]:
    """What was quoted as evidence and still stands in the conversation."""
    return [
        Quoted(row.evidence.message_id, row.evidence.start, row.evidence.end, row.text)
        for graded in sheet.criteria()
        for row in graded.quotations
        if not row.is_removed
    ]


@require_POST
def recognition_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Recognition.objects.filter(author=request.user)
    recognition = get_object_or_404(rows, pk=pk)
    actions.withdraw(recognition, by=request.user)
    messages.success(request, _("Withdrawn: only you see it from now on."))
    response = redirect("coaching:recognition_list")
    response["Location"] += "?given=1"
    return response
