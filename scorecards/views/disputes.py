"""Disputes: the list, one of them, and every step from filing to the decision."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.actions import (
    Conflict,
    NotAllowed,
    Refused,
    Replaced,
    cancel_regrade,
    decide_dispute,
    file_dispute,
    regrade_candidates,
    request_regrade,
    take_dispute,
    why_not_disputed,
    withdraw_dispute,
)
from scorecards.actions.dispute import NOT_THEIRS
from scorecards.deadlines import last_day, zone_of
from scorecards.feedback_forms import (
    DecisionForm,
    DisputedRow,
    ExplanationForm,
    OpenedForm,
    ProposalForm,
    RegradeForm,
    all_valid,
    kept_words,
)
from scorecards.files import DISPUTES
from scorecards.grading import GradedCriterion, Quotation, Sheet, load_sheet
from scorecards.loading import condition_of
from scorecards.models import Criterion, CriterionScore, Dispute, Scorecard
from scorecards.permissions import can_dispute
from scorecards.views.refusals import refuse, words_in
from ui.pagination import paginate

LIST, SCORECARDS = "scorecards:dispute_list", "scorecards:scorecard_list"
# The oldest of what is to be taken; more follow when these are.
MOST_TAKEABLE = 50
FILTERS = ("open", "decided", "withdrawn", "all")


@require_list
def dispute_list(request: SignedInRequest) -> HttpResponseBase:
    """Disputes one may see, newest first, by `state` (open, decided, withdrawn, all), and how often
    grades are disputed and changed; before the open ones those that one may take, with nothing of
    grade or agent. Constant queries."""
    visible = Dispute.objects.visible_to(request.user)
    state = request.GET.get("state", "open")
    if state not in FILTERS:
        state = "open"
    rows = {
        "open": visible.open(),
        "decided": visible.decided(),
        "withdrawn": visible.filter(state=Dispute.State.WITHDRAWN),
        "all": visible,
    }[state]
    counts = visible.counts()
    # By their keys, so that the few are looked at and not all that one may see.
    overrides = Scorecard.objects.filter(cause=Scorecard.Cause.OVERRIDE).values("pk")
    override_count = Scorecard.objects.visible_to(request.user).filter(pk__in=overrides).count()
    rows = rows.with_people().annotate(criterion_count=Count("criteria"))
    rows = rows.order_by("-filed_at", "-pk")
    if answer := list_export(request, rows, DISPUTES, "disputes"):
        return answer
    takeable = Dispute.objects.none()
    if state == "open" and not request.user.has_perm("scorecards.view_all_scorecards"):
        takeable = Dispute.objects.takeable_by(request.user)
    context = {
        "page": paginate(request, rows),
        "takeable": takeable.select_related(
            "scorecard__interaction__agent", "scorecard__version__rubric"
        )
        .annotate(criterion_count=Count("criteria"))
        .order_by("filed_at", "pk")[:MOST_TAKEABLE],
        "state": state,
        "counts": [(label, counts[value]) for value, label in Dispute.State.choices],
        "override_count": override_count,
        "has_any": any(counts.values()) or bool(override_count),
        "filters": [
            ("open", _("Open")),
            ("decided", _("Decided")),
            ("withdrawn", _("Withdrawn")),
            ("all", _("All")),
        ],
    }
    return render(request, "scorecards/dispute_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def dispute_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """The agent disputes criteria of the scorecard `pk`."""
    sheet = load_sheet(pk, user=request.user)
    scorecard = sheet.scorecard
    scorecard.version = sheet.version
    if not scorecard.is_submitted or not can_dispute(request.user, scorecard):
        raise PermissionDenied(_("Only the agent it is about disputes a grade."))
    if not scorecard.is_current:
        return refuse(request, Replaced(), back=SCORECARDS, entered=words_in(request))
    states = set(scorecard.disputes.values_list("state", flat=True))
    if refusal := why_not_disputed(scorecard, states=states, at=timezone.now()):
        return refuse(request, Conflict(refusal), back=SCORECARDS, entered=words_in(request))
    data = request.POST if request.method == "POST" else None
    rows = [ProposalForm(data, row) for row in sheet.criteria() if row.is_answered]
    problem, status = "", 200
    if data is not None:
        status = 422
        if all_valid(rows):
            proposals = {row.criterion: row.grade() for row in rows if row.is_disputed}
            try:
                dispute = file_dispute(scorecard, proposals, by=request.user)
            except (Conflict, NotAllowed) as refused:
                return refuse(request, refused, back=SCORECARDS, entered=words_in(request))
            except Refused as refused:
                problem = str(refused)
            else:
                messages.success(request, _("Your dispute was filed. Somebody else decides it."))
                return redirect(dispute)
    context = {
        "sheet": sheet,
        "scorecard": scorecard,
        "interaction": scorecard.interaction,
        "rows": rows,
        "problem": problem,
        "last_day": last_day(scorecard.dispute_ends_at, zone=zone_of(request.user)),
    }
    return render(request, "scorecards/dispute_create.html", context, status=status)


@require_safe
def dispute_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(
        request, "scorecards/dispute_detail.html", _context(request, _dispute(request, pk))
    )


@require_POST
def dispute_take(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who may decide disputes can be late for one that they never saw."""
    disputes = Dispute.objects.visible_to(request.user)
    if request.user.has_perm("scorecards.decide_disputes"):
        disputes = Dispute.objects.all()
    dispute = get_object_or_404(disputes, pk=pk)
    return _answer(
        request,
        dispute,
        lambda: take_dispute(dispute, by=request.user),
        _("The dispute is yours to decide."),
    )


@require_POST
def dispute_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    if not Dispute.objects.decidable_by(request.user).filter(pk=pk).exists():
        return refuse(request, NotAllowed(str(NOT_THEIRS)), back=LIST, entered=words_in(request))
    context = _context(request, dispute, data=request.POST)
    form, opened = context["form"], context["opened"]
    rows = [row.form for row in context["rows"]]
    if form is None:
        return refuse(
            request,
            Conflict(_("This dispute is closed already.")),
            back=LIST,
            entered=words_in(request),
        )
    if all_valid([form, *rows, *opened]):
        rows += [row for row in opened if row.cleaned_data["level"]]
        try:
            decide_dispute(
                dispute,
                {row.criterion.pk: row.grade().level for row in rows},
                by=request.user,
                explanation=form.cleaned_data["explanation"],
            )
        except (Conflict, NotAllowed) as refusal:
            return refuse(request, refusal, back=LIST, entered=words_in(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(_kept_as(dispute), None)
            messages.success(request, _("The dispute is decided."))
            return redirect(dispute)
    return render(request, "scorecards/dispute_detail.html", context, status=422)


@require_POST
def dispute_regrade(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let `reviewer` grade the conversation again without the first grade. What was entered of the
    decision comes along, and waits in the session until it can be taken."""
    dispute = _dispute(request, pk)
    entered = words_in(request)
    try:
        form = RegradeForm(request.POST, regrade_candidates(dispute, by=request.user))
        if form.is_valid():
            request_regrade(dispute, reviewer=form.cleaned_data["reviewer"], by=request.user)
            request.session[_kept_as(dispute)] = kept_words(request.POST.dict())
            messages.success(request, _("The conversation is in the reviewer's queue."))
            return redirect(dispute)
    except Refused as refusal:
        return refuse(request, refusal, back=LIST, entered=entered)
    context = _context(request, dispute, kept=kept_words(request.POST.dict()))
    if context["regrade_form"] is None:
        too_late = dispute.regrade_id or not dispute.is_open
        why = Conflict(_("This dispute is decided, or graded again already.")) if too_late else None
        return refuse(request, why or NotAllowed(str(NOT_THEIRS)), back=LIST, entered=entered)
    return render(
        request, "scorecards/dispute_detail.html", {**context, "regrade_form": form}, status=422
    )


@require_POST
def dispute_regrade_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    return _answer(
        request,
        dispute,
        lambda: cancel_regrade(dispute, by=request.user),
        _("The second grade was cancelled."),
    )


@require_POST
def dispute_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    return _answer(
        request,
        dispute,
        lambda: withdraw_dispute(dispute, by=request.user),
        _("The dispute was withdrawn; the grade stays as it is."),
    )


def _answer(
    request: SignedInRequest, dispute: Dispute, action: Callable[[], object], done: str
) -> HttpResponse:
    try:
        action()
    except Refused as refusal:
        return refuse(request, refusal, back=LIST)
    messages.success(request, done)
    return redirect(dispute)


def _dispute(request: SignedInRequest, pk: int) -> Dispute:
    return get_object_or_404(Dispute.objects.visible_to(request.user).with_people(), pk=pk)


def _kept_as(dispute: Dispute) -> str:
    """Under what name the session keeps a decision that cannot be taken yet."""
    return f"decision-{dispute.pk}"


def _context(
    request: SignedInRequest,
    dispute: Dispute,
    data: Any = None,
    kept: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What the page of a dispute needs, in a constant number of queries. Only who may decide it reads
    the second grade. `kept` is what they entered before, by default as the session has it."""
    user = request.user
    if kept is None:
        kept = request.session.get(_kept_as(dispute), {})
    may_decide = Dispute.objects.decidable_by(user).filter(pk=dispute.pk).exists()
    is_deciding = may_decide and dispute.is_open
    sheet = load_sheet(dispute.scorecard_id, user=user)
    first = {row.criterion_id: row for row in sheet.scorecard.criterion_scores.all()}
    second = {}
    if may_decide and dispute.regrade_id:
        second = _second_grades(dispute, sheet)
    disputed = dispute.criteria.select_related(
        "criterion__section", "proposed_level", "decided_level"
    ).prefetch_related("criterion__levels")
    rows = [
        DisputedRow(
            disputed=row,
            first=sheet.find(row.criterion_id),
            second=second.get(row.criterion_id),
            form=DecisionForm(data, row, kept) if is_deciding else None,
        )
        for row in disputed
    ]
    is_awaited = bool(dispute.regrade_id) and not second
    may_ask = is_deciding and not dispute.regrade_id
    return {
        "dispute": dispute,
        "scorecard": dispute.scorecard,
        "interaction": sheet.scorecard.interaction,
        "sheet": sheet,
        "rows": rows,
        "opened": (
            [OpenedForm(data, row, kept) for row in _openable(dispute.scorecard, rows, first)]
            if is_deciding
            else []
        ),
        "may_decide": is_deciding,
        "may_withdraw": dispute.is_open and dispute.scorecard.agent_id == user.pk,
        "is_awaited": is_deciding and is_awaited,
        "form": ExplanationForm(data, initial=kept) if is_deciding else None,
        "kept": kept.get("explanation", ""),
        "regrade_form": (
            RegradeForm(None, regrade_candidates(dispute, by=user)) if may_ask else None
        ),
    }


def _openable(
    scorecard: Scorecard, rows: list[DisputedRow], answered: dict[int, CriterionScore]
) -> list[Criterion]:
    """What did not apply, and may after a decision on these `rows`: criteria that depend on them, in
    the order of the rubric. One query, or two."""
    later = Criterion.objects.filter(
        section__version=scorecard.version_id, depends_on__isnull=False
    ).order_by("section__position", "position", "pk")
    about = {"channel": scorecard.interaction.channel, "flow": scorecard.interaction.flow}
    above = {row.disputed.criterion_id for row in rows}
    found = []
    for criterion in later.prefetch_related("levels"):
        score = answered.get(criterion.pk)
        is_open = not (score and score.is_answered) and condition_of(criterion).fits(**about)
        if criterion.depends_on_id in above and is_open:
            above.add(criterion.pk)
            found.append(criterion)
    return found


def _second_grades(dispute: Dispute, sheet: Sheet) -> dict[int, GradedCriterion]:
    """What the second reviewer handed in, by criterion; empty before. Two queries."""
    texts = {turn.id: turn.text for turn in sheet.turns}
    handed_in = Scorecard.objects.submitted().filter(assignment=dispute.regrade_id)
    rows = CriterionScore.objects.filter(scorecard__in=handed_in).select_related("level")
    found = {}
    for row in rows.prefetch_related("evidence"):
        quotations = [
            Quotation(
                item,
                item.quote,
                is_removed=texts.get(item.message_id, "")[item.start : item.end] != item.quote,
            )
            for item in row.evidence.all()
        ]
        if graded := sheet.find(row.criterion_id):
            found[row.criterion_id] = GradedCriterion(graded.criterion, row, quotations)
    return found
