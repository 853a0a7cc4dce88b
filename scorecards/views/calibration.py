"""Calibration sessions: prepared, opened, graded blind, closed, talked over."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.conversation import blind_title
from interactions.models import Interaction, InteractionQuerySet
from interactions.selection import picked
from people.converters import DATABASE_ID
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.actions import Refused
from scorecards.actions.calibration import (
    begin_calibration_grade,
    close_calibration,
    decide_criterion,
    open_calibration,
    prepare_calibration,
    propose_wording,
)
from scorecards.calibration import report_of
from scorecards.calibration_wording import few_words, share_in_brief, total_words, words_of
from scorecards.files import CALIBRATION
from scorecards.forms_calibration import (
    MOST_INTERACTIONS,
    CalibrationForm,
    DecisionForm,
    WordingForm,
)
from scorecards.models import (
    CalibrationItem,
    CalibrationPick,
    CalibrationSession,
    Criterion,
    ExpertKey,
    Scorecard,
)
from scorecards.models.calibration import seeded_results_of
from scorecards.permissions import can_grade, can_lead_calibration
from scorecards.views.refusals import refuse
from ui.pagination import paginate

FOUND = 20
RESULTS_SHOWN = 10


@require_list
def calibration_list(request: SignedInRequest) -> HttpResponseBase:
    """The sessions one is in or leads, and one's own grades against keys. Constant queries."""
    is_lead = can_lead_calibration(request.user)
    if not is_lead and not can_grade(request.user):
        raise PermissionDenied(_("Calibration is for people who grade."))
    sessions = (
        CalibrationSession.objects.visible_to(request.user)
        .with_progress()
        .select_related("version__rubric", "organiser")
    )
    if answer := list_export(request, sessions, CALIBRATION, "calibration"):
        return answer
    context = {
        "page": paginate(request, sessions),
        "today": timezone.localdate(),
        "is_lead": is_lead,
        "results": seeded_results_of(request.user)[:RESULTS_SHOWN],
    }
    return render(request, "scorecards/calibration_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def calibration_create(request: SignedInRequest) -> HttpResponse:
    """Prepare a session. The button `find` looks for interactions and saves nothing."""
    _require_lead(request)
    return _prepare(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def calibration_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    _require_lead(request)
    return _prepare(request, _session(request, pk))


@require_safe
def calibration_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """State, who has graded how many, and one's own part. Constant queries."""
    session = _session(request, pk)
    items = list(session.items.select_related("interaction").order_by("position", "pk"))
    people = list(session.participants.all())
    graded = CalibrationPick.objects.graded().filter(item__session=session)
    done: dict[int, int] = {}
    for reviewer in graded.values_list("assignment__reviewer", flat=True):
        done[reviewer] = done.get(reviewer, 0) + 1
    own = {
        card.assignment.calibration_pick.item_id: card
        for card in Scorecard.objects.current()
        .filter(reviewer=request.user, assignment__calibration_pick__item__session=session)
        .select_related("assignment__calibration_pick")
    }
    is_lead = can_lead_calibration(request.user)
    keyed = ExpertKey.objects.visible_to(request.user).filter(version=session.version_id)
    context = {
        "session": session,
        "rows": [(item, own.get(item.pk)) for item in items],
        "progress": [(person, done.get(person.pk, 0)) for person in people],
        "is_participant": request.user in people,
        "is_lead": is_lead,
        "is_finished": sum(card.is_submitted for card in own.values()) == len(items),
        "unfinished_count": session.expected_count - session.graded_count,
        "keyed": set(
            keyed.filter(interaction__in=[item.interaction_id for item in items]).values_list(
                "interaction", flat=True
            )
        )
        if is_lead
        else set(),
        "today": timezone.localdate(),
    }
    return render(request, "scorecards/calibration_detail.html", context)


@require_POST
def calibration_open(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    _require_lead(request)
    try:
        open_calibration(session, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:calibration_list")
    messages.success(request, _("Opened: the participants find it above their queue."))
    return redirect("scorecards:calibration_detail", pk=pk)


@require_POST
def calibration_close(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    _require_lead(request)
    try:
        close_calibration(session, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:calibration_list")
    messages.success(request, _("Closed: who took part can see all grades now."))
    return redirect("scorecards:calibration_report", pk=pk)


@require_POST
def calibration_grade(request: SignedInRequest, pk: int, item_pk: int) -> HttpResponse:
    """Begin, or go on with, one's own grade of an interaction of the session."""
    session = _session(request, pk)
    item = get_object_or_404(
        CalibrationItem.objects.select_related("interaction", "session__version"),
        pk=item_pk,
        session=session,
    )
    try:
        scorecard = begin_calibration_grade(item, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:calibration_list")
    return redirect("scorecards:grade", pk=scorecard.pk)


@require_safe
def calibration_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far the grades agree, where they do not, and what was decided. Constant queries."""
    session = _revealed(request, pk)
    return render(request, "scorecards/calibration_report.html", _report(request, session))


@require_POST
def calibration_decide(request: SignedInRequest, pk: int, criterion_pk: int) -> HttpResponse:
    session = _revealed(request, pk)
    _require_lead(request)
    criterion = _criterion(session, criterion_pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        context = {**_report(request, session), "invalid": criterion, "decision_form": form}
        return render(request, "scorecards/calibration_report.html", context, status=422)
    decide_criterion(session, criterion, by=request.user, **form.cleaned_data)
    messages.success(request, _("Saved what was decided on “%s”.") % criterion)
    return _to_criterion(session, criterion)


@require_POST
def calibration_propose(request: SignedInRequest, pk: int, criterion_pk: int) -> HttpResponse:
    session = _revealed(request, pk)
    criterion = _criterion(session, criterion_pk)
    form = WordingForm(request.POST)
    if not form.is_valid():
        context = {**_report(request, session), "invalid": criterion, "wording_form": form}
        return render(request, "scorecards/calibration_report.html", context, status=422)
    try:
        propose_wording(session, criterion, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:calibration_list")
    messages.success(request, _("Your wording for “%s” is noted with the rubric.") % criterion)
    return _to_criterion(session, criterion)


def _prepare(request: SignedInRequest, session: CalibrationSession | None) -> HttpResponse:
    if session is not None and not session.is_prepared:
        raise PermissionDenied(_("This session was opened already and no longer changes."))
    visible = Interaction.objects.visible_to(request.user).filter(message_count__gt=0)
    form = CalibrationForm(interactions=visible, initial=_initial(session))
    status = 200
    if request.method == "POST":
        form = CalibrationForm(request.POST, interactions=visible)
        if "find" not in request.POST and form.is_valid():
            data = dict(form.cleaned_data)
            interactions = in_given_order(data.pop("interaction"), request.POST)
            try:
                saved = prepare_calibration(
                    **data, interactions=interactions, by=request.user, session=session
                )
            except Refused as refusal:
                return refuse(request, refusal, back="scorecards:calibration_list")
            return redirect("scorecards:calibration_detail", pk=saved.pk)
        status = 200 if "find" in request.POST else 422
        if "find" in request.POST:
            form = CalibrationForm(initial=_typed(request.POST), interactions=visible)
    context = {"form": form, "session": session, **_choice(request, session, visible)}
    return render(request, "scorecards/calibration_create.html", context, status=status)


def _initial(session: CalibrationSession | None) -> dict[str, Any]:
    return CalibrationForm.initial_of(session) if session else {}


def _typed(data: QueryDict) -> dict[str, Any]:
    """What was entered so far, to be shown again without complaints about what is missing."""
    return {**data.dict(), "participants": data.getlist("participants")}


def _choice(
    request: SignedInRequest, session: CalibrationSession | None, visible: InteractionQuerySet
) -> dict[str, Any]:
    """The chosen interactions, and what a search finds beside them. Two queries, and two more where all
    that a filter finds were chosen."""
    source = request.POST if request.method == "POST" else request.GET
    values = source.getlist("interaction")
    ids = [int(value) for value in values if DATABASE_ID.fullmatch(value)][:200]
    count = 0
    if source.get("all"):
        rows = picked(source, request.user)
        count = rows.count()
        ids = list(rows.values_list("pk", flat=True)) if count <= MOST_INTERACTIONS else []
    if session is not None and request.method != "POST":
        ids = list(session.items.order_by("position").values_list("interaction", flat=True))
    words = source.get("words", "").strip()
    chosen = visible.filter(pk__in=ids)
    return {
        "chosen": in_given_order(chosen, source) if source.getlist("interaction") else list(chosen),
        "too_many": count if count > MOST_INTERACTIONS else 0,
        "limit": MOST_INTERACTIONS,
        "words": words,
        "found": find_interactions(visible, words).exclude(pk__in=ids)[:FOUND],
    }


def find_interactions(visible: InteractionQuerySet, words: str) -> InteractionQuerySet:
    """Those whose subject, kind or id has every one of the words; the newest first."""
    # PostgreSQL refuses the character 0.
    for word in words.replace("\0", " ").split()[:6]:
        visible = visible.filter(
            Q(subject__icontains=word)
            | Q(flow__icontains=word)
            | Q(subflow__icontains=word)
            | Q(external_id__icontains=word)
        )
    return visible


def in_given_order(rows: Any, source: QueryDict) -> list[Interaction]:
    order = {value: place for place, value in enumerate(source.getlist("interaction"))}
    return sorted(rows, key=lambda row: order.get(str(row.pk), 0))


def _session(request: SignedInRequest, pk: int) -> CalibrationSession:
    return get_object_or_404(
        CalibrationSession.objects.visible_to(request.user)
        .with_progress()
        .select_related("version__rubric", "organiser"),
        pk=pk,
    )


def _revealed(request: SignedInRequest, pk: int) -> CalibrationSession:
    session = _session(request, pk)
    if not session.is_revealed:
        raise PermissionDenied(
            _("The grades are hidden until everybody has graded, or the session is closed.")
        )
    item = session.items.in_queue_of(request.user).select_related("interaction__agent").first()
    if item is not None:
        raise PermissionDenied(
            _(
                "“%s” waits in your queue. Grade it first: what others said about it in this session "
                "would sway you."
            )
            % blind_title(item.interaction)
        )
    return session


def _criterion(session: CalibrationSession, pk: int) -> Criterion:
    return get_object_or_404(Criterion, pk=pk, section__version=session.version_id)


def _report(request: SignedInRequest, session: CalibrationSession) -> dict[str, Any]:
    report = report_of(session)
    pages = {
        row.criterion.procedure_id: row.criterion.procedure
        for row in report.criteria
        if row.criterion.procedure
    }
    rows = [
        (row, words_of(row.figures, row.from_key), words_of(row.pooled)) for row in report.criteria
    ]
    overview = [
        (row, share_in_brief(row.figures.exact), share_in_brief(row.figures.within_one))
        for row in sorted(report.criteria, key=lambda row: -row.different_share)
    ]
    return {
        "session": session,
        "report": report,
        "rows": rows,
        "overview": overview,
        "has_shares": any(exact for _row, exact, _within_one in overview),
        "few": list(few_words((row.criterion, words) for row, words, _pooled in rows)),
        "few_pooled": list(few_words((row.criterion, pooled) for row, _words, pooled in rows)),
        "totals": list(total_words(report.totals)),
        "decision_form": DecisionForm(),
        "wording_form": WordingForm(),
        "is_lead": can_lead_calibration(request.user),
        "editable": {
            pk for pk, page in pages.items() if page.permissions_for_user(request.user).can_edit()
        },
    }


def _to_criterion(session: CalibrationSession, criterion: Criterion) -> HttpResponse:
    response = redirect("scorecards:calibration_report", pk=session.pk)
    response["Location"] += f"#criterion-{criterion.pk}"
    return response


def _require_lead(request: SignedInRequest) -> None:
    if not can_lead_calibration(request.user):
        raise PermissionDenied(_("You may not lead calibration sessions."))
