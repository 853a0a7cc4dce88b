"""Sessions: the list, one of them with its agenda, and what its two people do with it."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coaching import actions
from coaching.actions import NotAllowed, NotesMovedOn
from coaching.agenda import agenda_of
from coaching.files import SESSIONS
from coaching.forms import AgendaItemForm, CommentForm, NotesForm, ReasonForm, SessionForm
from coaching.history import history_of
from coaching.models import AgendaItem, CoachingSession, PrivateNotes
from coaching.permissions import can_coach, develops
from coaching.proposals import RECENT_DAYS, proposals_for
from coaching.views.people import chosen_id, coachable_by, refuse_who_coaches_nobody
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

DETAIL = "coaching/session_detail.html"


class Period(models.TextChoices):
    COMING = "coming", gettext_lazy("To come")
    MONTH = "month", gettext_lazy("Last 30 days")
    QUARTER = "quarter", gettext_lazy("Last 90 days")
    YEAR = "year", gettext_lazy("Last 12 months")


_DAYS = {Period.MONTH: 30, Period.QUARTER: 90, Period.YEAR: 365}


@require_list
def session_list(request: SignedInRequest) -> HttpResponseBase:
    """Sessions that one may see, by person, state and period; those to come first, the
    next of them at the top, then the others from the last one back."""
    user, now = request.user, timezone.now()
    everything = CoachingSession.objects.visible_to(user)
    people = User.objects.filter(pk__in=everything.values("agent"))
    sessions, unknown = _filtered(request, everything, people, at=now)
    is_to_come = Q(starts_at__gte=now, state=CoachingSession.State.PLANNED)
    sessions = sessions.with_people().annotate(
        topics=Count("agenda"), coming_at=Case(When(is_to_come, then="starts_at"))
    )
    in_order = sessions.order_by(F("coming_at").asc(nulls_last=True), "-starts_at", "-pk")
    if answer := list_export(request, in_order, SESSIONS, "coaching-sessions"):
        return answer
    page = paginate(request, in_order)
    context = {
        "page": page,
        "people": people if can_coach(user) else (),
        "states": CoachingSession.State.choices,
        "periods": Period.choices,
        "unknown": unknown,
        "is_filtered": any(request.GET.get(name) for name in ("agent", "state", "period")),
        "coaches": can_coach(user),
        "now": now,
    }
    return render(request, "coaching/session_list.html", context)


def _filtered(
    request: SignedInRequest,
    sessions: QuerySet[CoachingSession],
    people: QuerySet[User],
    *,
    at: dt.datetime,
) -> tuple[Any, list[str]]:
    """The chosen ones, and the labels of what was asked for and is not known."""
    unknown = []
    if request.GET.get("agent", ""):
        agent = chosen_id(request, "agent")
        if agent is not None and people.filter(pk=agent).exists():
            sessions = sessions.filter(agent=agent)
        else:
            unknown.append(_("person"))
    if (wanted := request.GET.get("state", "")) in CoachingSession.State.values:
        sessions = sessions.filter(state=wanted)
    elif wanted:
        unknown.append(_("state"))
    period = request.GET.get("period", "")
    if period == Period.COMING:
        sessions = sessions.filter(starts_at__gte=at)
    elif period in Period.values:
        since = at - dt.timedelta(days=_DAYS[Period(period)])
        sessions = sessions.filter(starts_at__range=(since, at))
    elif period:
        unknown.append(_("period"))
    return sessions, unknown


@require_http_methods(["GET", "HEAD", "POST"])
def session_create(request: SignedInRequest) -> HttpResponse:
    """`?agent=` and `?after=` (a session whose follow-up this is) fill in what is known."""
    refuse_who_coaches_nobody(request.user)
    people = coachable_by(request.user)
    form = SessionForm(request.POST or None, people=people, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        try:
            session = actions.plan_session(
                form.cleaned_data["agent"], form.terms(), by=request.user
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("Planned, and %(person)s is told. What would you like to talk about?")
                % {"person": session.agent},
            )
            return redirect("coaching:agenda_fill", session.pk)
    context = {"form": form, "session": None, "has_people": people.exists()}
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/session_edit.html", context, status=status)


def _initial(request: SignedInRequest) -> dict[str, Any]:
    initial: dict[str, Any] = {"minutes": 30, "agent": chosen_id(request, "agent")}
    after = chosen_id(request, "after")
    rows = CoachingSession.objects.filter(coach=request.user, pk=after or 0)
    if last := rows.first():
        initial |= {"agent": last.agent_id, "minutes": last.minutes, "place": last.place}
        initial["time"] = timezone.localtime(last.starts_at).time()
        if last.follow_up_on and last.follow_up_on >= timezone.localdate():
            initial["day"] = last.follow_up_on
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _own_or_403(request, pk)
    if not session.is_planned:
        messages.info(request, _("This session is over, so its day and place stay as they were."))
        return redirect(session)
    form = SessionForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid():
        try:
            actions.move_session(session, form.terms(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(session)
    context = {"form": form, "session": session, "has_people": True}
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/session_edit.html", context, status=status)


@require_safe
def session_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _session_or_404(request.user, pk))


@require_POST
def session_notes(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _own_or_403(request, pk)
    form = NotesForm(request.POST)
    if form.is_valid():
        try:
            actions.write_notes(session, **form.cleaned_data, by=request.user)
        except NotesMovedOn as refusal:
            form.add_error(None, str(refusal))
            # Whoever saves again has seen what stands there.
            data = request.POST.copy()
            data["known"] = actions.stamp_of(session)
            form.data = data
            return _show(request, session, status=422, notes_form=form, moved_on=True)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The notes are saved."))
            return redirect(session)
    return _show(request, session, status=422, notes_form=form)


@require_POST
def session_hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark it as held; with `undo` as planned again."""
    session = _own_or_403(request, pk)
    act = actions.mark_not_held if "undo" in request.POST else actions.mark_held
    try:
        act(session, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return redirect(session)


@require_POST
def session_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _own_or_403(request, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.call_off(session, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Called off, and %(person)s is told.") % {"person": session.agent}
            )
            return redirect(session)
    return _show(request, session, status=422, reason_form=form)


@require_POST
def session_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    if request.user.pk not in (session.agent_id, session.coach_id):
        raise PermissionDenied(_("Only the two people of a session write in it."))
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            actions.comment_on_session(session, form.cleaned_data["body"], by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            response = redirect(session)
            response["Location"] += "#comments"
            return response
    return _show(request, session, status=422, comment_form=form)


@require_POST
def agenda_add(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    if request.user.pk not in (session.agent_id, session.coach_id):
        raise PermissionDenied(_("Only the two people of a session write in it."))
    form = AgendaItemForm(request.POST)
    if form.is_valid():
        try:
            actions.add_agenda_item(session, **form.cleaned_data, by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            response = redirect(session)
            response["Location"] += "#agenda"
            return response
    return _show(request, session, status=422, agenda_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def agenda_fill(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the evidence proposes, to choose from; what keeps coming back is chosen already."""
    session = _own_or_403(request, pk)
    if not session.is_planned:
        raise PermissionDenied(_("The agenda of this session is closed."))
    proposals = proposals_for(session, at=timezone.now())
    if request.method == "POST":
        wanted = set(request.POST.getlist("proposal"))
        chosen = [proposal for proposal in proposals if proposal.source in wanted]
        try:
            added = actions.fill_agenda(session, chosen, by=request.user)
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
        else:
            if not added:
                messages.info(request, _("Nothing was chosen, so the agenda stays as it is."))
        response = redirect(session)
        response["Location"] += "#agenda"
        return response
    context = {"session": session, "proposals": proposals, "days": RECENT_DAYS}
    return render(request, "coaching/agenda_fill.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def agenda_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one's own item, or with `remove` take it off."""
    item = _item_or_404(request, pk)
    session = item.session
    if item.added_by_id != request.user.pk:
        raise PermissionDenied(_("Whoever put something on the agenda changes it or takes it off."))
    if not session.is_planned:
        raise PermissionDenied(_("The agenda of this session is closed."))
    if "remove" in request.POST:
        actions.remove_agenda_item(item, by=request.user)
        return _to_agenda(session)
    form = AgendaItemForm(request.POST or None, initial={"title": item.title, "note": item.note})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_agenda_item(item, **form.cleaned_data, by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            return _to_agenda(session)
    context = {"form": form, "item": item, "session": session}
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/agenda_edit.html", context, status=status)


@require_POST
def agenda_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """One place `up` or down."""
    item = _item_or_404(request, pk)
    _refuse_who_is_not_coach(item.session, request.user)
    try:
        actions.move_agenda_item(item, up="up" in request.POST, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return _to_agenda(item.session)


@require_POST
def agenda_discussed(request: SignedInRequest, pk: int) -> HttpResponse:
    """Talked about; with `undo` not yet."""
    item = _item_or_404(request, pk)
    _refuse_who_is_not_coach(item.session, request.user)
    try:
        actions.mark_discussed(item, is_discussed="undo" not in request.POST, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return _to_agenda(item.session)


def _to_agenda(session: CoachingSession) -> HttpResponse:
    response = redirect(session)
    response["Location"] += "#agenda"
    return response


def _session_or_404(user: User, pk: int) -> CoachingSession:
    rows = CoachingSession.objects.visible_to(user).with_people()
    return get_object_or_404(rows, pk=pk)


def _own_or_403(request: SignedInRequest, pk: int) -> CoachingSession:
    session = _session_or_404(request.user, pk)
    _refuse_who_is_not_coach(session, request.user)
    return session


def _refuse_who_is_not_coach(session: CoachingSession, user: User) -> None:
    if session.coach_id != user.pk:
        raise PermissionDenied(_("Only its coach changes a session."))


def _item_or_404(request: SignedInRequest, pk: int) -> AgendaItem:
    sessions = CoachingSession.objects.visible_to(request.user)
    rows = AgendaItem.objects.filter(session__in=sessions.values("pk"))
    return get_object_or_404(rows.select_related("session__agent", "session__coach"), pk=pk)


def _show(
    request: SignedInRequest, session: CoachingSession, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """The page of a session; about fifteen queries, whatever stands on it."""
    user, today = request.user, timezone.localdate()
    is_coach = user.pk == session.coach_id
    takes_part = is_coach or user.pk == session.agent_id
    private = PrivateNotes.objects.filter(session=session).first() if is_coach else None
    items = list(session.action_items.visible_to(user).with_people())
    context = {
        "session": session,
        "rows": agenda_of(session, user),
        "comments": session.comments.select_related("author"),
        "items": [(item, item.is_overdue(on=today)) for item in items],
        "history": history_of(session),
        "is_coach": is_coach,
        "private": private,
        "takes_part": takes_part,
        "may_hold": is_coach
        and session.is_planned
        and timezone.localdate(session.starts_at) <= today,
        "develops": develops(user, session.agent),
        "today": today,
        "notes_form": NotesForm(
            initial={
                "shared": session.shared_notes,
                "private": private.text if private else "",
                "follow_up_on": session.follow_up_on,
                "known": actions.stamp_of(session),
            }
        )
        if is_coach
        else None,
        "agenda_form": AgendaItemForm(),
        "comment_form": CommentForm(),
        "reason_form": ReasonForm(),
        **forms,
    }
    return render(request, DETAIL, context, status=status)
