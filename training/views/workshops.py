"""Sessions of workshops: the list, taking a seat, arranging, and attendance."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import WorkshopPage
from people.converters import DATABASE_ID
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.calendar_file import calendar_file
from training.files import WORKSHOPS
from training.forms_paths import PersonForm, ReasonForm, SessionForm
from training.models import Enrolment, WorkshopSession
from training.models.workshops import may_keep_attendance
from training.permissions import can_arrange_sessions
from ui.pagination import paginate


def _sessions(user: User) -> QuerySet[WorkshopSession]:
    """Those that `user` leads or is down for; for who arranges sessions, all."""
    sessions = WorkshopSession.objects.select_related("workshop", "trainer")
    if can_arrange_sessions(user):
        return sessions
    standing = Enrolment.objects.standing().filter(user=user)
    return sessions.filter(Q(trainer=user) | Q(pk__in=standing.values("session")))


def _session_or_404(user: User, pk: int) -> WorkshopSession:
    """A session that `user` has to do with, or whose workshop they may read."""
    session = get_object_or_404(
        WorkshopSession.objects.select_related("workshop", "trainer"), pk=pk
    )
    if _sessions(user).filter(pk=pk).exists():
        return session
    if not WorkshopPage.objects.visible_to(user).filter(pk=session.workshop_id).exists():
        raise Http404
    return session


@require_list
def session_list(request: SignedInRequest) -> HttpResponseBase:
    """Coming sessions first to last, or past ones last to first (`?past=1`)."""
    now, is_past = timezone.now(), request.GET.get("past") == "1"
    sessions = _sessions(request.user).annotate(
        seated=Count("enrolments", filter=Q(enrolments__state=Enrolment.State.SEAT)),
        waiting=Count("enrolments", filter=Q(enrolments__state=Enrolment.State.WAITING)),
    )
    if is_past:
        sessions = sessions.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
    else:
        sessions = sessions.filter(ends_at__gt=now).order_by("starts_at", "pk")
    if answer := list_export(request, sessions, WORKSHOPS, "workshops"):
        return answer
    page = paginate(request, sessions)
    own = Enrolment.objects.standing().filter(user=request.user, session__in=list(page))
    states = {each.session_id: each for each in own}
    context = {
        "page": page,
        "rows": [(session, states.get(session.pk)) for session in page],
        "is_past": is_past,
        "arranges": can_arrange_sessions(request.user),
        "workshops": WorkshopPage.objects.visible_to(request.user).order_by("title"),
    }
    return render(request, "training/session_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session_create(request: SignedInRequest, page_id: int) -> HttpResponse:
    workshop = get_object_or_404(WorkshopPage.objects.visible_to(request.user), pk=page_id)
    if not can_arrange_sessions(request.user):
        raise PermissionDenied(_("Sessions are arranged by managers."))
    form = SessionForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            session = actions.arrange_session(workshop, form.terms(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The session is arranged. People can enrol now."))
            return redirect("training:session_detail", session.pk)
    context = {"form": form, "workshop": workshop, "session": None}
    status = 422 if request.method == "POST" else 200
    return render(request, "training/session_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    if not can_arrange_sessions(request.user):
        raise PermissionDenied(_("Sessions are arranged by managers."))
    form = SessionForm(request.POST or None, by=request.user, session=session)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_session(session, form.terms(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The session is changed."))
            return redirect("training:session_detail", session.pk)
    context = {"form": form, "workshop": session.workshop, "session": session}
    status = 422 if request.method == "POST" else 200
    return render(request, "training/session_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def session_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """When and where; for the trainer and who arranges sessions the sheet, which a POST keeps."""
    session = _session_or_404(request.user, pk)
    keeps = may_keep_attendance(request.user, session)
    status, marks = 200, {}
    if request.method == "POST":
        if not keeps:
            raise PermissionDenied(_("Attendance is kept by the trainer."))
        marks = _marks(request)
        try:
            actions.keep_attendance(session, marks, by=request.user)
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, _("The attendance is saved."))
            return redirect("training:session_detail", session.pk)
    return _show(request, session, marks=marks, keeps=keeps, status=status)


def _show(
    request: SignedInRequest,
    session: WorkshopSession,
    *,
    marks: dict[int, str],
    keeps: bool,
    status: int = 200,
    reason_form: ReasonForm | None = None,
    person_form: PersonForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    standing = list(session.enrolments.standing().select_related("user"))
    own = next((each for each in standing if each.user_id == request.user.pk), None)
    is_to_come = not session.has_begun(at=now) and not session.is_cancelled
    arranges = can_arrange_sessions(request.user)
    seated = [each for each in standing if each.state == Enrolment.State.SEAT]
    people = User.objects.visible_to(request.user).filter(is_active=True)
    context = {
        "session": session,
        "own": own,
        "seated": [(each, marks.get(each.user_id, each.attendance)) for each in seated],
        "waiting": [each for each in standing if each.state == Enrolment.State.WAITING],
        "left": max(session.seats - len(seated), 0),
        "keeps": keeps,
        "can_mark": keeps and session.has_begun(at=now) and not session.is_cancelled,
        "arranges": arranges,
        "is_to_come": is_to_come,
        "attendance": Enrolment.Attendance.choices,
        "reason_form": reason_form or ReasonForm(),
        "person_form": person_form
        or PersonForm(people=people.exclude(pk__in=[each.user_id for each in standing])),
        "readable": WorkshopPage.objects.visible_to(request.user)
        .filter(pk=session.workshop_id)
        .exists(),
    }
    return render(request, "training/session_detail.html", context, status=status)


def _marks(request: SignedInRequest) -> dict[int, str]:
    return {
        int(name.removeprefix("mark-")): request.POST[name]
        for name in request.POST
        if name.startswith("mark-") and DATABASE_ID.fullmatch(name.removeprefix("mark-"))
    }


@require_POST
def session_enrol(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a seat for oneself, or as who arranges sessions for `person`."""
    session = _session_or_404(request.user, pk)
    user = request.user
    if "person" in request.POST:
        people = User.objects.visible_to(request.user).filter(is_active=True)
        form = PersonForm(request.POST, people=people)
        if not form.is_valid():
            keeps = may_keep_attendance(request.user, session)
            return _show(request, session, marks={}, keeps=keeps, status=422, person_form=form)
        user = form.cleaned_data["person"]
    try:
        enrolment = actions.enrol(user, session, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("training:session_detail", session.pk)
    has_seat = enrolment.state == Enrolment.State.SEAT
    said = _enrolled_oneself(has_seat) if user == request.user else _enrolled(user, has_seat)
    messages.add_message(request, messages.SUCCESS if has_seat else messages.INFO, said)
    return redirect("training:session_detail", session.pk)


def _enrolled_oneself(has_seat: bool) -> str:
    if has_seat:
        return _("You have a seat. The calendar file puts it into your diary.")
    return _("All seats are taken. You are on the waiting list, and get a mail when you move up.")


def _enrolled(person: User, has_seat: bool) -> str:
    if has_seat:
        return _("%(person)s has a seat.") % {"person": person}
    return _("All seats are taken. %(person)s is on the waiting list and moves up by itself.") % {
        "person": person
    }


@require_POST
def session_leave(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    user = request.user
    if DATABASE_ID.fullmatch(sent := request.POST.get("person", "")):
        user = get_object_or_404(User.objects.visible_to(request.user), pk=int(sent))
    try:
        actions.leave_session(user, session, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The seat is given back."))
    return redirect("training:session_detail", session.pk)


@require_POST
def session_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    if not can_arrange_sessions(request.user):
        raise PermissionDenied(_("Sessions are called off by managers."))
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.cancel_session(session, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The session is called off, and everybody is told."))
            return redirect("training:session_detail", session.pk)
    keeps = may_keep_attendance(request.user, session)
    return _show(request, session, marks={}, keeps=keeps, status=422, reason_form=form)


@require_safe
def session_calendar(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session_or_404(request.user, pk)
    url = request.build_absolute_uri(reverse("training:session_detail", args=[pk]))
    response = HttpResponse(
        calendar_file(session, url=url, at=timezone.now()), content_type="text/calendar"
    )
    response["Content-Disposition"] = f'attachment; filename="session-{pk}.ics"'
    return response
