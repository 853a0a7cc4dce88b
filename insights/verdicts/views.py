"""Our verdict beside the customer's: the figures, the corners, and the queue of what differs."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from insights import wording
from insights.kept import kept
from insights.objectivity.scope import scopes
from insights.permissions import can_see_verdicts
from insights.skills import Window
from insights.verdicts import pictures
from insights.verdicts.case import Case, load_case
from insights.verdicts.forms import (
    ConversationsForm,
    Order,
    QueueForm,
    SettleForm,
    SideForm,
    VerdictsForm,
)
from insights.verdicts.pairs import Kind, Pairs, load_found
from interactions.conversation import blind_title
from people.exports import (
    ADDRESS,
    Column,
    Moment,
    is_export,
    list_export,
    require_list,
    send_table,
)
from people.requests import SignedInRequest
from scorecards.actions import (
    Conflict,
    NotAllowed,
    Refused,
    put_back_verdict,
    reopen_verdict,
    settle_verdict,
    take_verdict,
)
from scorecards.models import VerdictReview
from scorecards.models.scorecards import ScorecardQuerySet
from scorecards.models.verdicts import Corner, VerdictReviewQuerySet, corner_of
from scorecards.permissions import can_review_verdicts
from scorecards.views.refusals import refuse
from ui.exports import chart_csv
from ui.pagination import paginate

State = VerdictReview.State
Side = VerdictReview.Side


@require_list
def verdicts(request: SignedInRequest) -> HttpResponseBase:
    """Associations, means and the table of both. A constant number of queries."""
    _check(request)
    form = VerdictsForm(request.GET, user=request.user)
    pairs, n = _pairs(request, form)
    context = _context(request, form, pairs)
    if pairs is None:
        return _answer(request, "verdicts", context)
    found = load_found(pairs, n=n)
    query = _query(request)
    figures = [
        pictures.links_figure(found, pairs, query=query),
        pictures.table_figure(found, pairs, query=query),
    ]
    if answer := chart_csv(request, figures):
        return answer
    table = pictures.means_table(found, pairs)
    if is_export(request):
        about = [wording.period(pairs.window), pairs.standard.name]
        header = [*table.header, _("Period"), _("Rubric")]
        records = ([*record, *about] for record in table.records())
        return send_table(request, "verdicts", header, records)
    context |= {
        "found": found,
        "figures": figures,
        "corners": pictures.corner_counts(found, query=query),
        "between": found.corners.get(None, 0),
        "means": [pictures.Means(row, pairs.kind) for row in found.rows],
        "customer_about": pictures.kind_words(pairs.kind)[0],
        "response": pictures.response_words(found),
    }
    return _answer(request, "verdicts", context)


@require_list
def verdict_list(request: SignedInRequest) -> HttpResponseBase:
    """The conversations of a corner, or of a cell of the table. Constant queries. Above 20,000 scorecards
    which they are may be five minutes old, as the counts are that lead here; what is shown of them and
    whether it may be is not."""
    _check(request)
    form = ConversationsForm(request.GET, user=request.user)
    pairs, n = _pairs(request, form)
    context = _context(request, form, pairs)
    if pairs is None:
        return _answer(request, "verdict_list", context)
    sort, corner = form.chosen("sort"), form.chosen("corner")
    rows = pairs.rows().filter(form.condition).order_by(*Order(sort).fields)
    if answer := _list_file(request, rows, pairs.kind):
        return answer
    about = (*pairs.about, corner, form.chosen("band"), form.answer, sort)
    found = kept("verdict-list", about, None, lambda: _ids(rows), n=n)
    page: Any = paginate(request, found)
    page.object_list = list(_with_titles(rows.filter(pk__in=page.object_list)))
    context |= {
        "page": page,
        "rows": [_row(row, pairs.kind) for row in page],
        "corner": Corner(corner).label if corner in Corner.values else "",
        "may_open": not can_review_verdicts(request.user)
        or request.user.has_perm("scorecards.view_all_scorecards"),
    }
    return _answer(request, "verdict_list", context)


@require_list
def verdict_queue(request: SignedInRequest) -> HttpResponseBase:
    """What one side liked and the other did not: open, taken up, settled. Constant queries."""
    _check_queue(request)
    form = QueueForm(request.GET, user=request.user)
    which = SideForm(request.GET)
    which.settle()
    side, state = Side(which.chosen("side")), State(which.chosen("state"))
    if state != State.SETTLED:
        del form.fields["finding"]
    pairs, _n = _pairs(request, form)
    reviews = VerdictReview.objects.visible_to(request.user).filter(side=side)
    figure = pictures.findings_figure(reviews.counts_by_month(), side)
    if answer := chart_csv(request, [figure] if figure else []):
        return answer
    context = _context(request, form, pairs) | {
        "side": side,
        "state": state,
        "sides": Side.choices,
        "states": State.choices,
        "figure": figure,
        "tabs_kept": _query(request, without=("side", "state", "finding")),
    }
    if state == State.OPEN:
        if pairs is None:
            return _answer(request, "verdict_queue", context)
        waiting = _waiting(pairs, side).order_by(*Order(form.chosen("sort")).fields)
        if file := _list_file(request, waiting, pairs.kind):
            return file
        page: Any = paginate(request, _with_titles(waiting))
        shown = [_row(row, pairs.kind) for row in page]
    else:
        looked_at = _narrowed(reviews, form, pairs, state)
        if answer := list_export(request, looked_at, _REVIEW_COLUMNS, "verdict-reviews"):
            return answer
        page = paginate(request, looked_at)
        shown = [
            {"review": review, "title": blind_title(review.assignment.interaction)}
            for review in page
        ]
    context |= {"page": page, "rows": shown}
    return _answer(request, "verdict_queue", context)


@require_safe
def verdict_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One conversation with both verdicts, without the agent's names, and what came of it."""
    _check_queue(request)
    case = load_case(pk, reader=request.user, side=request.GET.get("side", ""))
    return _detail(request, case)


@require_POST
def verdict_take(request: SignedInRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    if case.side is None:
        return _refuse(request, Conflict(_("The two verdicts do not differ any more.")))
    side = case.side
    return _done(
        request,
        case,
        lambda: take_verdict(case.scorecard, side=side, by=request.user),
        _("It is yours now: say what came of it when you know."),
    )


@require_POST
def verdict_put_back(request: SignedInRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    review = _review(case)
    return _done(
        request,
        case,
        lambda: put_back_verdict(review, by=request.user),
        _("It waits in the queue again."),
    )


@require_POST
def verdict_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    review = _review(case)
    return _done(
        request,
        case,
        lambda: reopen_verdict(review, by=request.user),
        _("It is open again, and yours."),
    )


@require_POST
def verdict_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    case = _case(request, pk)
    review = _review(case)
    form = SettleForm(request.POST, scorecard=case.scorecard, user=request.user, review=review)
    if not form.is_valid():
        return _detail(request, case, form=form, status=422)
    found = form.cleaned_data
    try:
        settle_verdict(
            review,
            finding=found["finding"],
            note=found["note"],
            criterion_key=found["criterion"],
            procedure=found["procedure"],
            by=request.user,
        )
    except (Conflict, NotAllowed) as refusal:
        return _refuse(request, refusal, entered=found["note"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _detail(request, case, form=form, status=422)
    messages.success(request, _("Settled. It can be opened again at any time."))
    return redirect(case.address)


def _check(request: SignedInRequest) -> None:
    if not can_see_verdicts(request.user):
        raise PermissionDenied(
            _("The two verdicts are for managers, and for the editors of rubric and manual.")
        )


def _check_queue(request: SignedInRequest) -> None:
    if not can_review_verdicts(request.user):
        raise PermissionDenied(
            _("This queue is for the editors of rubric and manual, and for administrators.")
        )


def _pairs(request: SignedInRequest, form: VerdictsForm) -> tuple[Pairs | None, int]:
    """None where nothing was graded in these months. With how many scorecards count."""
    window = Window.of(form.chosen("months"), until=timezone.localdate())
    channel = form.chosen("channel") or ""
    graded = scopes(window, channel=channel)
    standard = form.offer(list(graded))
    if standard is None:
        return None, 0
    kind = Kind(form.chosen("kind"))
    pairs = Pairs(request.user, standard, window, kind, channel, form.team_chosen)
    return pairs, graded[standard].n


def _waiting(pairs: Pairs, side: Side) -> ScorecardQuerySet:
    """Nobody has taken these up."""
    taken = VerdictReview.objects.filter(
        assignment=OuterRef("assignment"), side=side, state__in=(State.TAKEN, State.SETTLED)
    )
    return pairs.rows().filter(Corner(side.value).condition(pairs.kind)).exclude(Exists(taken))


def _narrowed(
    reviews: VerdictReviewQuerySet, form: QueueForm, pairs: Pairs | None, state: State
) -> VerdictReviewQuerySet:
    """By rubric, channel and finding. What is settled is looked up long afterwards, so the months do not
    narrow it."""
    rows = reviews.filter(state=state)
    if pairs is not None:
        rows = rows.filter(assignment__rubric=pairs.standard.rubric_id)
        if pairs.channel:
            rows = rows.filter(assignment__interaction__channel=pairs.channel)
    if state == State.SETTLED and form.chosen("finding"):
        rows = rows.filter(finding=form.chosen("finding"))
    rows = rows.with_words().select_related("assignment__interaction__agent")
    return rows.order_by("-settled_at" if state == State.SETTLED else "-taken_at", "-pk")


def _ids(rows: ScorecardQuerySet) -> Sequence[int]:
    """In their order, with eight bytes for each."""
    return array("q", rows.values_list("pk", flat=True))


def _with_titles(rows: ScorecardQuerySet) -> ScorecardQuerySet:
    return rows.select_related("interaction__agent", "version").defer(
        "section_percents", "skill_percents"
    )


def _row(row: Any, kind: Kind) -> dict[str, Any]:
    return {
        "scorecard": row,
        "title": blind_title(row.interaction),
        "answer": pictures.answer_said(kind, row.value),
        "corner": corner_of(row.outcome, kind, row.value),
    }


def _list_file(
    request: SignedInRequest, rows: ScorecardQuerySet, kind: Kind
) -> HttpResponseBase | None:
    """Without names, as on the page."""
    columns: list[Column] = [
        (_("Scorecard"), "pk"),
        (_("Conversation"), lambda row: blind_title(row.interaction)),
        (_("Channel"), "interaction.get_channel_display"),
        (_("Occurred"), Moment("interaction.occurred_at")),
        (_("Rubric"), "version"),
        (_("Percent"), lambda row: float(row.percent)),
        (_("Outcome"), "get_outcome_display"),
        (_("Question"), lambda row: kind.label),
        (_("Answer"), "value"),
        (_("Corner"), lambda row: _corner_name(row, kind)),
    ]
    rows = _with_titles(rows).select_related("version__rubric")
    return list_export(request, rows, columns, "conversations")


def _corner_name(row: Any, kind: Kind) -> str:
    corner = corner_of(row.outcome, kind, row.value)
    return str(corner.label) if corner else _("Neither good nor bad")


_REVIEW_COLUMNS: list[Column] = [
    (gettext_lazy("Conversation"), lambda row: blind_title(row.assignment.interaction)),
    (gettext_lazy("Rubric"), "assignment.rubric"),
    (gettext_lazy("Who liked it"), "get_side_display"),
    (gettext_lazy("State"), "get_state_display"),
    (gettext_lazy("By"), "taken_by"),
    (gettext_lazy("Taken up"), Moment("taken_at")),
    (gettext_lazy("Settled"), Moment("settled_at")),
    (gettext_lazy("Finding"), "get_finding_display"),
    (gettext_lazy("Criterion"), "criterion_key"),
    (gettext_lazy("Page"), "procedure.title"),
    (gettext_lazy("Note"), "note"),
    ADDRESS,
]


def _case(request: SignedInRequest, pk: int) -> Case:
    _check_queue(request)
    return load_case(pk, reader=request.user, side=request.POST.get("side", ""))


def _review(case: Case) -> VerdictReview:
    if case.review is None:
        raise Http404
    return case.review


def _refuse(request: SignedInRequest, refusal: Refused, *, entered: str = "") -> HttpResponse:
    return refuse(request, refusal, back="insights:verdict_queue", entered=entered)


def _done(
    request: SignedInRequest, case: Case, action: Callable[[], object], said: str
) -> HttpResponse:
    try:
        action()
    except Refused as refusal:
        return _refuse(request, refusal)
    messages.success(request, said)
    return redirect(case.address)


def _detail(
    request: SignedInRequest, case: Case, *, form: SettleForm | None = None, status: int = 200
) -> HttpResponse:
    review = case.review
    is_mine = review is not None and review.is_taken and review.taken_by_id == request.user.pk
    if form is None and is_mine:
        form = SettleForm(None, scorecard=case.scorecard, user=request.user, review=review)
    context = {
        "case": case,
        "review": review,
        "is_mine": is_mine,
        "form": form if is_mine else None,
        "criterion": case.title_of(review.criterion_key) if review else "",
        "queue": reverse("insights:verdict_queue") + (f"?side={case.side}" if case.side else ""),
    }
    return render(request, "insights/verdict_detail.html", context, status=status)


def _context(request: SignedInRequest, form: VerdictsForm, pairs: Pairs | None) -> dict[str, Any]:
    return {
        "form": form,
        "pairs": pairs,
        "kept": _query(
            request, without=("corner", "band", "value", "side", "state", "finding", "sort")
        ),
        "period": wording.period(pairs.window) if pairs else "",
        "channel": wording.channel(pairs.channel) if pairs else "",
        "thresholds": pictures.threshold_words(pairs.kind) if pairs else "",
        "may_review": can_review_verdicts(request.user),
    }


def _query(request: SignedInRequest, *, without: tuple[str, ...] = ()) -> str:
    """The filters of the page, to be kept on the way to another."""
    kept: QueryDict = request.GET.copy()
    for name in ("page", "format", "chart", *without):
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


def _answer(request: SignedInRequest, name: str, context: dict[str, Any]) -> HttpResponseBase:
    if request.GET.get("format") == "csv" and context["pairs"] is None:
        raise Http404
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"insights/{name}.html" + ("#found" if live else ""), context)
    patch_vary_headers(response, ["HX-Request"])
    return response
