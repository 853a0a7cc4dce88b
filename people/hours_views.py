"""Opening hours and holidays of teams."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.forms_hours import HolidayForm, HoursForm
from people.hours import (
    add_holiday,
    day_in_words,
    holiday_hours,
    hours_in_words,
    remove_holiday,
    set_hours,
    zone_of,
)
from people.models import Holiday, Team
from people.requests import SignedInRequest


@require_GET
def hours_list(request: SignedInRequest) -> HttpResponse:
    """The teams one sees, with when they are there. Four queries for any number of teams."""
    if not _may_look(request):
        raise PermissionDenied(_("Opening hours are for managers."))
    today = timezone.localdate()
    teams = Team.objects.visible_to(request.user).prefetch_related("opening_hours", "holidays")
    rows = []
    for team in teams:
        next_one = next((each for each in team.holidays.all() if each.day >= today), None)
        rows.append(
            {
                "team": team,
                "zone": zone_of(team).key,
                "hours": hours_in_words(team.opening_hours.all()),
                "holiday": next_one,
                "holiday_day": next_one and day_in_words(next_one.day),
            }
        )
    return render(request, "people/hours_list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def team_hours(request: SignedInRequest, pk: int) -> HttpResponse:
    """One team's hours and holidays, to be changed by who may."""
    team = _team(request, pk)
    form = HoursForm(request.POST if request.method == "POST" else None, team=team)
    if request.method == "POST":
        _must_set(request, team)
        if form.is_valid():
            is_new = set_hours(
                team,
                time_zone=form.cleaned_data["time_zone"],
                openings=form.cleaned_data["openings"],
                by=request.user,
            )
            said = _("The hours are saved. Service results follow within minutes.")
            messages.success(request, said if is_new else _("Nothing was changed."))
            return redirect("people:team_hours", team.pk)
    return _page(request, team, form=form)


@require_POST
def holiday_add(request: SignedInRequest, pk: int) -> HttpResponse:
    team = _team(request, pk)
    _must_set(request, team)
    form = HolidayForm(request.POST, team=team, user=request.user, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, team, holiday_form=form)
    data = form.cleaned_data
    wanted = form.wanted_teams
    added = add_holiday(
        wanted,
        day=data["day"],
        name=data["name"],
        opens=data["opens"],
        closes=data["closes"],
        by=request.user,
    )
    had = [team.name for team in wanted if team not in added]
    if added:
        said = ngettext(
            "“%(name)s” is added to %(n)d team.", "“%(name)s” is added to %(n)d teams.", len(added)
        )
        messages.success(request, said % {"name": data["name"], "n": len(added)})
    if had:
        messages.info(request, _("That day was there already: %s.") % ", ".join(had))
    return redirect("people:team_hours", team.pk)


@require_POST
def holiday_remove(request: SignedInRequest, pk: int, holiday_pk: int) -> HttpResponse:
    team = _team(request, pk)
    _must_set(request, team)
    holiday = get_object_or_404(Holiday.objects.select_related("team"), pk=holiday_pk, team=team)
    remove_holiday(holiday, by=request.user)
    messages.success(request, _("“%s” is removed.") % holiday.name)
    return redirect("people:team_hours", team.pk)


def _page(
    request: SignedInRequest,
    team: Team,
    *,
    form: HoursForm | None = None,
    holiday_form: HolidayForm | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    form = form or HoursForm(team=team)
    may_set = Team.objects.with_hours_set_by(request.user).filter(pk=team.pk).exists()
    holidays = [
        {"holiday": each, "day": day_in_words(each.day), "hours": holiday_hours(each)}
        for each in team.holidays.all()
    ]
    is_wrong = bool(form.errors) or bool(holiday_form and holiday_form.errors)
    context = {
        "team": team,
        "form": form,
        "may_set": may_set,
        "zone": zone_of(team).key,
        "hours": hours_in_words(team.opening_hours.all()),
        "coming": [each for each in holidays if each["holiday"].day >= today],
        "past": [each for each in reversed(holidays) if each["holiday"].day < today],
        "holiday_form": holiday_form or HolidayForm(team=team, user=request.user, today=today)
        if may_set
        else None,
    }
    return render(request, "people/team_hours.html", context, status=422 if is_wrong else 200)


def _team(request: SignedInRequest, pk: int) -> Team:
    teams = Team.objects.visible_to(request.user) | Team.objects.with_hours_set_by(request.user)
    return get_object_or_404(teams.distinct().prefetch_related("opening_hours", "holidays"), pk=pk)


def _must_set(request: SignedInRequest, team: Team) -> None:
    if not Team.objects.with_hours_set_by(request.user).filter(pk=team.pk).exists():
        raise PermissionDenied(_("The hours of a team are set by its managers and administrators."))


def _may_look(request: SignedInRequest) -> bool:
    return any(
        request.user.has_perm(f"people.{name}")
        for name in ("view_everybody", "develop_team", "change_team")
    )
