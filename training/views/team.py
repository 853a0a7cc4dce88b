"""The training of a manager's people."""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from content.models import LearningPath, ModulePage
from people.converters import DATABASE_ID
from people.exports import list_export
from people.models import Team, User
from people.requests import SignedInRequest
from training import actions
from training.actions import AssignmentReport, NotAllowed
from training.files import TEAM
from training.forms import AssignForm, TeamFilterForm
from training.models import Lot, ModuleAssignment
from training.permissions import can_assign_modules
from training.team_progress import team_table
from ui.pagination import paginate


@require_http_methods(["GET", "HEAD", "POST"])
def team_training(request: SignedInRequest) -> HttpResponseBase:
    """The table of one's people by module; a POST assigns a module or path to those ticked."""
    if not can_assign_modules(request.user):
        raise PermissionDenied(_("The training of others is for their managers."))
    today = timezone.localdate()
    people = (
        User.objects.visible_to(request.user).filter(is_active=True).exclude(pk=request.user.pk)
    )
    modules = ModulePage.objects.visible_to(request.user).order_by("title")
    filters = TeamFilterForm(request.GET, teams=Team.objects.visible_to(request.user))
    rows = filters.narrow(people, on=today)
    if answer := list_export(request, rows, TEAM, "training", prepare=partial(_cells, on=today)):
        return answer
    form = AssignForm(request.POST or None, people=people, modules=modules, today=today)
    if request.method == "POST" and form.is_valid() and _assign(request, form):
        return redirect(_without_ticks(request))
    page = paginate(request, rows)
    late = ModuleAssignment.objects.overdue(on=today).filter(user__in=people)
    context = {
        "table": team_table(list(page.object_list), on=today),
        "page": page,
        "filters": filters,
        "form": form,
        "ticked": _ticked(request, page.object_list),
        "late_count": late.values("user").distinct().count(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "training/team_training.html", context, status=status)


def _without_ticks(request: SignedInRequest) -> str:
    """The same filter and page, so that the next assignment starts with nobody."""
    kept = request.GET.copy()
    kept.pop("tick", None)
    return f"{request.path}?{kept.urlencode()}" if kept else request.path


def _ticked(request: SignedInRequest, people: Iterable[User]) -> set[int]:
    """Whose boxes are ticked: after a refused form those that were, else all if the address says so."""
    if request.method == "POST":
        return {int(pk) for pk in request.POST.getlist("people") if DATABASE_ID.fullmatch(pk)}
    return {person.pk for person in people} if request.GET.get("tick") == "all" else set()


def _cells(people: list[User], *, on: dt.date) -> list[dict[str, Any]]:
    """A row for each person and module, and one for who was assigned nothing."""
    table = team_table(people, on=on)
    rows: list[dict[str, Any]] = []
    for row in table.rows:
        found = [pair for pair in zip(table.modules, row.cells, strict=True) if pair[1]]
        rows += [
            {"person": row.person, "module": module.title, "cell": cell} for module, cell in found
        ] or [{"person": row.person}]
    return rows


def _assign(request: SignedInRequest, form: AssignForm) -> bool:
    """Assign what the valid form says and tell what came of it; a refusal becomes its error."""
    target, people = form.cleaned_data["target"], form.cleaned_data["people"]
    starts_on, reason = form.cleaned_data["starts_on"], form.cleaned_data["reason"]
    places = form.cleaned_data["places"]
    try:
        if isinstance(target, LearningPath):
            report = actions.assign_path_to_many(
                people, target, by=request.user, starts_on=starts_on, reason=reason
            )
        elif places:
            lot, report = actions.assign_by_lot(
                people,
                target,
                places=places,
                by=request.user,
                due_on=form.cleaned_data["due_on"],
                starts_on=starts_on,
                reason=reason,
            )
            messages.info(request, _drawn(lot))
        else:
            report = actions.assign_module_to_many(
                people,
                target,
                by=request.user,
                due_on=form.cleaned_data["due_on"],
                starts_on=starts_on,
                reason=reason,
            )
    except NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return False
    for sentence in _sentences(report, target.title):
        messages.success(request, sentence)
    return True


def _drawn(lot: Lot) -> str:
    names = [str(entry.user) for entry in lot.entries.select_related("user")]
    return _("Drawn by lot: %(drawn)s. Not drawn: %(others)s.") % {
        "drawn": ", ".join(names[: lot.places]),
        "others": ", ".join(names[lot.places :]),
    }


def _sentences(report: AssignmentReport, title: str) -> list[str]:
    """What an assignment came to. Somebody who got a part of a path counts as assigned."""
    assigned = {each.user_id for each in report.assigned} | {each.user_id for each in report.began}
    moved = {each.user_id for each in report.moved}
    had = {person.pk for person in report.already_assigned} - assigned
    done = {person.pk for person in report.already_done} - assigned - had
    counted = [
        (
            assigned,
            ngettext(
                "“%(title)s” is assigned to %(n)d person.",
                "“%(title)s” is assigned to %(n)d people.",
                len(assigned),
            ),
        ),
        (
            moved,
            ngettext(
                "%(n)d person had it already; the due date was moved.",
                "%(n)d people had it already; the due date was moved.",
                len(moved),
            ),
        ),
        (had, ngettext("%(n)d person had it already.", "%(n)d people had it already.", len(had))),
        (
            done,
            ngettext(
                "%(n)d person has done it already.", "%(n)d people have done it already.", len(done)
            ),
        ),
    ]
    return [text % {"title": title, "n": len(group)} for group, text in counted if group]
