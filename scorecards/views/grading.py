"""The grading screen: the conversation on one side, the rubric on the other."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.converters import DATABASE_ID
from people.models import User
from people.requests import SignedInRequest
from scorecards.actions import (
    CommentsMissing,
    Incomplete,
    Refused,
    add_evidence,
    record_grades,
    record_summary,
    remove_evidence,
    submit_scorecard,
)
from scorecards.actions.drafts import SavedElsewhere, save_grade
from scorecards.actions.refusals import Gone
from scorecards.evidence import Passage, find_passage
from scorecards.forms import EvidenceForm, GradeForm, SubmitForm
from scorecards.grading import GradedCriterion, Sheet, load_sheet
from scorecards.models import Criterion, Evidence, ReviewAssignment, Scorecard
from scorecards.permissions import can_edit
from scorecards.views.drafts import (
    conflict,
    new_window,
    prefix_of,
    save_sent,
    sends_grades,
    sent_criteria,
    sent_window,
)
from scorecards.views.queue import go_on
from scorecards.views.refusals import refuse, status_of, words_in
from scorecards.withholding import was_undone
from ui.templatetags.ui import percent

TEMPLATE = "scorecards/grade.html"


@require_safe
def grade(request: SignedInRequest, pk: int) -> HttpResponse:
    sheet = _own_sheet(request, pk)
    if sheet.scorecard.is_submitted:
        return redirect("scorecards:scorecard_detail", pk=pk)
    return render(request, TEMPLATE, _context(request, sheet))


@require_POST
def criterion_save(request: SignedInRequest, pk: int, criterion_pk: int) -> HttpResponse:
    """Autosave of one criterion: writes its row, answers with what changed on the screen; 409 with both
    grades when another window wrote there meanwhile."""
    try:
        scorecard = _own_scorecard(request, pk)
    except Http404:
        return _nothing_there(request)
    criterion = _criterion(scorecard, criterion_pk)
    form = GradeForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(" ".join(str(e) for errors in form.errors.values() for e in errors))
        window = sent_window(request)
        if window:
            save_grade(scorecard, criterion, form.grade(), window=window, by=request.user)
        else:
            record_grades(scorecard, {criterion: form.grade()}, by=request.user)
    except SavedElsewhere as refusal:
        return conflict(request, criterion, form.grade(), refusal)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue", entered=words_in(request))
    return _answer(request, pk, criterion_pk, "saved")


@require_POST
def summary_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of the summary: 204 when it is kept."""
    try:
        scorecard = _own_scorecard(request, pk)
    except Http404:
        return _nothing_there(request)
    form = SubmitForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(" ".join(str(error) for error in form.errors["summary"]))
        record_summary(scorecard, form.cleaned_data["summary"], by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue", entered=words_in(request))
    return HttpResponse(status=204)


@require_POST
def evidence_add(request: SignedInRequest, pk: int, criterion_pk: int) -> HttpResponse:
    scorecard = _own_scorecard(request, pk)
    criterion = _criterion(scorecard, criterion_pk)
    form = EvidenceForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(" ".join(str(e) for errors in form.errors.values() for e in errors))
        _quote(form, scorecard, criterion, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue", entered=words_in(request))
    return _answer(request, pk, criterion_pk, "evidence")


@require_POST
def evidence_remove(request: SignedInRequest, pk: int, evidence_pk: int) -> HttpResponse:
    scorecard = _own_scorecard(request, pk)
    evidence = get_object_or_404(
        Evidence.objects.select_related("criterion_score__scorecard"),
        pk=evidence_pk,
        criterion_score__scorecard=scorecard,
    )
    criterion_pk = evidence.criterion_score.criterion_id
    try:
        remove_evidence(evidence, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue")
    return _answer(request, pk, criterion_pk, "evidence")


@require_POST
def sheet_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a browser without scripts sends, whichever button was pressed: every criterion's fields and
    the summary, a quotation to add or to take away; then back to where one was."""
    try:
        scorecard = _own_scorecard(request, pk)
    except Http404:
        return _nothing_there(request)
    criteria = sent_criteria(request, scorecard)
    form = SubmitForm(request.POST)
    try:
        if form.is_valid() and form.cleaned_data["summary"] != scorecard.summary:
            record_summary(scorecard, form.cleaned_data["summary"], by=request.user)
        if answer := save_sent(request, scorecard, criteria):
            return answer
        _quote_sent(request, scorecard, criteria)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue", entered=words_in(request))
    response = redirect("scorecards:grade", pk=pk)
    if any(request.POST.get("at") == str(criterion.pk) for criterion in criteria):
        response["Location"] += f"#criterion-{request.POST['at']}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand in, then on to the next of the queue. A GET, after signing in anew, leads back."""
    if request.method != "POST":
        return redirect("scorecards:grade", pk=pk)
    form = SubmitForm(request.POST)
    if done := _handed_in(request, pk, form):
        return _on_from(request, done)
    try:
        scorecard = _own_scorecard(request, pk)
    except Http404:
        return _nothing_there(request)
    try:
        if not form.is_valid():
            context = _context(request, load_sheet(pk, user=request.user), form)
            return render(request, TEMPLATE, context, status=422)
        if answer := save_sent(request, scorecard, sent_criteria(request, scorecard)):
            return answer
        done = submit_scorecard(scorecard, by=request.user, summary=form.cleaned_data["summary"])
    except (Incomplete, CommentsMissing) as refusal:
        sheet = load_sheet(pk, user=request.user)
        context = {**_context(request, sheet, form), "refusal": refusal}
        return render(request, TEMPLATE, context, status=status_of(refusal))
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue", entered=words_in(request))
    return _on_from(request, done)


def _handed_in(request: SignedInRequest, pk: int, form: SubmitForm) -> Scorecard | None:
    """What a script asks for, which saved each grade by itself: the action, which holds the row, checks
    whose it is. None where anything is in the way; then nothing was written, and why is found out."""
    if not form.is_valid() or sends_grades(request):
        return None
    try:
        return submit_scorecard(
            Scorecard(pk=pk), by=request.user, summary=form.cleaned_data["summary"]
        )
    except Refused:
        return None


def _on_from(request: SignedInRequest, done: Scorecard) -> HttpResponse:
    """After handing in: the result of what is compared, or the next of the queue."""
    if done.assignment.is_practice:
        return redirect("training:sample_result", assignment_pk=done.assignment_id)
    messages.success(request, _submitted_message(done))
    if done.assignment.purpose == ReviewAssignment.Purpose.CALIBRATION:
        return redirect(done.assignment.calibration_pick.item.session)
    if done.assignment.purpose == ReviewAssignment.Purpose.SEEDED:
        return redirect("scorecards:key_result", pk=done.pk)
    return go_on(request, when_empty=_("That was the last one: your queue is empty."))


def _submitted_message(scorecard: Scorecard) -> str:
    return _("Submitted: %(percent)s, %(outcome)s. The agent was %(agent)s.") % {
        "percent": percent(scorecard.percent, scorecard.version.places),
        "outcome": scorecard.get_outcome_display().lower(),
        "agent": scorecard.interaction.display_agent or _("not named by the source"),
    }


def _own_scorecard(request: SignedInRequest, pk: int) -> Scorecard:
    """The scorecard, if `request.user` writes it: 404 when they may not see it, 403 when only that."""
    rows = Scorecard.objects.select_related("version", "interaction").filter(pk=pk)
    # A reviewer sees what they write; who else may see it is asked only to tell 403 from 404.
    scorecard = rows.filter(reviewer=request.user).first()
    scorecard = scorecard or get_object_or_404(rows.visible_to(request.user))
    _require_own(request.user, scorecard)
    return scorecard


def _own_sheet(request: SignedInRequest, pk: int) -> Sheet:
    sheet = load_sheet(pk, user=request.user, is_writer=True)
    _require_own(request.user, sheet.scorecard)
    return sheet


def _nothing_there(request: SignedInRequest) -> HttpResponse:
    """404 for a draft that never was as well as for one given back in another window, whose writer still
    has words in this one."""
    response = refuse(request, Gone(), back="scorecards:queue", entered=words_in(request))
    response.status_code = 404
    return response


def _require_own(user: User, scorecard: Scorecard) -> None:
    if not can_edit(user, scorecard):
        raise PermissionDenied(_("Only its reviewer writes in a scorecard."))
    if scorecard.interaction.agent_id == user.pk and not scorecard.is_submitted:
        raise PermissionDenied(
            _("This turned out to be your own conversation; nobody grades those.")
        )


def _criterion(scorecard: Scorecard, pk: int) -> Criterion:
    return get_object_or_404(
        Criterion.objects.prefetch_related("levels"), pk=pk, section__version=scorecard.version_id
    )


def _quote(form: EvidenceForm, scorecard: Scorecard, criterion: Criterion, *, by: User) -> None:
    sheet = load_sheet(scorecard.pk, user=by, is_writer=True)
    passage = _passage(form, sheet)
    add_evidence(
        scorecard,
        criterion,
        message_id=passage.message_id,
        start=passage.start,
        end=passage.end,
        by=by,
        words=form.cleaned_data["quote"],
        hidden_names=sheet.hidden_names,
    )


def _quote_sent(request: SignedInRequest, scorecard: Scorecard, criteria: list[Criterion]) -> None:
    """Pin the words copied beside each criterion, and take the quotation away whose button it was."""
    for criterion in criteria:
        form = EvidenceForm(request.POST, prefix=prefix_of(criterion))
        if form.is_valid():
            _quote(form, scorecard, criterion, by=request.user)
    removed = request.POST.get("remove", "")
    if DATABASE_ID.fullmatch(removed):
        rows = Evidence.objects.filter(criterion_score__scorecard=scorecard, pk=removed)
        if evidence := rows.select_related("criterion_score__scorecard").first():
            remove_evidence(evidence, by=request.user)


def _passage(form: EvidenceForm, sheet: Sheet) -> Passage:
    data = form.cleaned_data
    if data["message_id"] and data["end"]:
        return Passage(data["message_id"], data["start"] or 0, data["end"])
    passage = find_passage(sheet.turns, data["quote"])
    if passage is None:
        raise Refused(_("These words are not in the conversation. Copy them exactly as written."))
    return passage


def _context(
    request: SignedInRequest, sheet: Sheet, form: SubmitForm | None = None
) -> dict[str, Any]:
    is_known = sheet.is_blind and "agent" in sheet.scorecard.was_visible
    return {
        "sheet": sheet,
        "scorecard": sheet.scorecard,
        "interaction": sheet.scorecard.interaction,
        "was_undone": is_known and was_undone(sheet.scorecard),
        "window": new_window(),
        "form": form or SubmitForm(initial={"summary": sheet.scorecard.summary}),
        "remaining": ReviewAssignment.objects.held_by(request.user, at=timezone.now()).count(),
    }


def _answer(request: SignedInRequest, pk: int, criterion_pk: int, fragment: str) -> HttpResponse:
    """The changed fragment and the running result to htmx; otherwise back to the criterion."""
    if not request.htmx:
        response = redirect("scorecards:grade", pk=pk)
        response["Location"] += f"#criterion-{criterion_pk}"
        return response
    sheet = load_sheet(pk, user=request.user, is_writer=True)
    row: GradedCriterion | None = sheet.find(criterion_pk)
    context = {
        "sheet": sheet,
        "scorecard": sheet.scorecard,
        "row": row,
        "saved_at": timezone.now(),
        "is_update": True,
    }
    return render(request, f"{TEMPLATE}#{fragment}", context)
