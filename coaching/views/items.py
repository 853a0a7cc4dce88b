"""Action items: the list, writing one, and what becomes of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coaching import actions
from coaching.actions import NotAllowed
from coaching.files import ITEMS
from coaching.forms import ItemForm, ReasonForm
from coaching.models import ActionItem, AgendaItem, CoachingSession
from coaching.permissions import can_coach
from coaching.views.people import chosen_id, person_or_404
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate


class Shown(models.TextChoices):
    OPEN = "open", gettext_lazy("Open")
    OVERDUE = "overdue", gettext_lazy("Overdue")
    CLOSED = "closed", gettext_lazy("Done or dropped")


@require_list
def item_list(request: SignedInRequest) -> HttpResponseBase:
    """`?show=open|overdue|closed`, `?mine=1` for what one has to do oneself, `?agent=` for one person.
    The one due first comes first; of closed ones the last."""
    user, today = request.user, timezone.localdate()
    everything = ActionItem.objects.visible_to(user)
    people = User.objects.filter(pk__in=everything.values("agent"))
    show, unknown = request.GET.get("show") or Shown.OPEN.value, []
    if show not in Shown.values:
        show, unknown = Shown.OPEN.value, [_("state")]
    items = everything
    if request.GET.get("agent", ""):
        agent = chosen_id(request, "agent")
        if agent is not None and people.filter(pk=agent).exists():
            items = items.filter(agent=agent)
        else:
            unknown.append(_("person"))
    is_mine = request.GET.get("mine") == "1"
    if is_mine:
        items = items.filter(owner=user)
    if show == Shown.OVERDUE:
        items = items.overdue(on=today)
    elif show == Shown.CLOSED:
        closed = Q(done_at__isnull=False) | Q(dropped_at__isnull=False)
        items = items.filter(closed).order_by("-due_on", "-pk")
    else:
        items = items.open()
    rows = items.with_people()
    if answer := list_export(
        request, rows.select_related("skill", "module"), ITEMS, "action-items"
    ):
        return answer
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(item, item.is_overdue(on=today)) for item in page],
        "show": show,
        "choices": Shown.choices,
        "is_mine": is_mine,
        "people": people if can_coach(user) else (),
        "unknown": unknown,
        "coaches": can_coach(user),
        "is_filtered": is_mine or bool(request.GET.get("agent")) or show != Shown.OPEN,
    }
    return render(request, "coaching/item_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item_create(request: SignedInRequest) -> HttpResponse:
    """About `?agent=`, or what was agreed in `?session=`, there about `?agenda=`."""
    agent, session, initial = _subject(request)
    coach = session.coach if session is not None else request.user
    owners = [agent] if coach.pk == agent.pk else [agent, coach]
    if request.user.pk not in (owner.pk for owner in owners):
        owners.append(request.user)
    form = ItemForm(
        request.POST or None,
        owners=owners,
        by=request.user,
        initial={"owner": str(agent.pk), **initial},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_item(agent, form.terms(), by=request.user, session=session)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Written down."))
            return redirect(session) if session else redirect("coaching:person", agent.pk)
    context = {"form": form, "agent": agent, "session": session, "item": None}
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/item_edit.html", context, status=status)


def _subject(request: SignedInRequest) -> tuple[User, CoachingSession | None, dict[str, Any]]:
    """Whom it is about, the session it comes from, and what an agenda item says already."""
    session_pk = chosen_id(request, "session")
    if session_pk is None:
        pk = chosen_id(request, "agent")
        return person_or_404(request.user, request.user.pk if pk is None else pk), None, {}
    rows = CoachingSession.objects.visible_to(request.user).with_people()
    session = get_object_or_404(rows, pk=session_pk)
    if session.is_cancelled:
        raise PermissionDenied(_("This session was called off."))
    initial: dict[str, Any] = {}
    items = AgendaItem.objects.filter(session=session, pk=chosen_id(request, "agenda") or 0)
    if (item := items.select_related("criterion").first()) and item.criterion:
        initial = {"criterion": item.criterion_id, "skill": item.criterion.skill_id}
    return session.agent, session, initial


@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    item = _item_or_404(request, pk)
    if not item.is_open:
        raise PermissionDenied(_("This is closed. Reopen it before you change it."))
    owners = {user.pk: user for user in (item.agent, item.owner, item.created_by, request.user)}
    form = ItemForm(
        request.POST or None,
        owners=list(owners.values()),
        by=request.user,
        initial=ItemForm.initial_of(item),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_item(item, form.terms(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("coaching:item_detail", item.pk)
    context = {"form": form, "agent": item.agent, "session": item.session, "item": item}
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/item_edit.html", context, status=status)


@require_safe
def item_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _item_or_404(request, pk))


@require_POST
def item_finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Done; with `undo` open again, also what was dropped."""
    item = _item_or_404(request, pk)
    act = actions.reopen_item if "undo" in request.POST else actions.finish_item
    try:
        act(item, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(back)
    return redirect("coaching:item_detail", item.pk)


@require_POST
def item_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    item = _item_or_404(request, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.drop_item(item, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Dropped; the reason is kept with it."))
            return redirect("coaching:item_detail", item.pk)
    return _show(request, item, status=422, reason_form=form)


def _show(
    request: SignedInRequest,
    item: ActionItem,
    *,
    status: int = 200,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    context = {
        "item": item,
        "is_overdue": item.is_overdue(on=timezone.localdate()),
        "reason_form": reason_form or ReasonForm(),
    }
    return render(request, "coaching/item_detail.html", context, status=status)


def _item_or_404(request: SignedInRequest, pk: int) -> ActionItem:
    return get_object_or_404(ActionItem.objects.visible_to(request.user).with_people(), pk=pk)
