"""New hires: how people come along in their first weeks."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from insights import new_hires_pictures as pictures
from insights import wording
from insights.forms_new_hires import NewHiresForm
from insights.new_hires import NewHires, first_monday, load_new_hires
from insights.permissions import can_see_team
from insights.skills import MINIMUM_SCORECARDS, Measure, measures
from insights.teams import with_teams
from measurement.ramp import PEOPLE_FROM
from people.exports import is_export, require_list, send_table
from people.models import User
from people.requests import SignedInRequest
from ui.exports import chart_csv
from ui.pagination import paginate


@require_list
def new_hires(request: SignedInRequest) -> HttpResponseBase:
    """Cohorts, ramp and time to proficiency of one measure; a POST with `format` gives a
    `table` as a file. Constant queries. Others than one's own people are counted and never named."""
    if not can_see_team(request.user):
        raise PermissionDenied(_("How new people come along is for managers."))
    on = timezone.localdate()
    measured = measures()
    form = NewHiresForm(request.GET, user=request.user, measured=measured)
    measure, channel = form.measure(measured), form.chosen("channel") or ""
    since = first_monday(form.chosen("weeks"), on=on)
    hires = load_new_hires(measure, since, on=on, reader=request.user, channel=channel)
    seen = User.objects.visible_to(request.user).filter(pk__in=hires.hires)
    seen = seen.exclude(pk=request.user.pk)
    unseen = len(hires.hires) - seen.count()
    if team := form.chosen("team"):
        seen = seen.filter(pk__in=User.objects.members_on(on, teams=[team]).values("pk"))
    visible = set(seen.values_list("pk", flat=True))
    cohorts = hires.cohorts(visible, width=form.chosen("width"))
    chosen = form.cohort_in([cohort.start for cohort in cohorts])
    picked = next((cohort for cohort in cohorts if cohort.start == chosen), None)
    if picked:
        visible = {pk for pk in visible if picked.start <= hires.hires[pk].started_on <= picked.end}
    people = with_teams(seen.filter(pk__in=visible), on=on).order_by(
        "-started_on", "first_name", "last_name", "pk"
    )
    shown = _groups(hires, visible, picked, unseen=unseen)
    period = _("started from %(days)s") % {"days": pictures.days(since, on)}
    figures = _figures(measure, shown, hires, period) if shown[0].group.graded else []
    if answer := chart_csv(request, figures):
        return answer
    if is_export(request):
        if request.POST.get("table") == "cohorts":
            return send_table(request, "new-hires-cohorts", *pictures.cohort_table(cohorts))
        rows = pictures.hire_rows(list(people), hires, measure, channel=channel)
        return send_table(request, "new-hires", *pictures.people_table(rows))
    page = paginate(request, people)
    context = {
        "form": form,
        "measure": measure,
        "hires": hires,
        "figures": figures,
        "group": shown[0].group,
        "has_arrival": len(figures) > 1,
        "arrival": pictures.arrival_sentence(shown[0].group, hires),
        "left_out": pictures.left_out_sentence(shown[0].group),
        "cohorts": pictures.cohort_rows(cohorts),
        "stretches": pictures.stretch_names(),
        "picked": picked and pictures.cohort_name(picked),
        "page": page,
        "rows": pictures.hire_rows(list(page), hires, measure, channel=channel),
        "period": period,
        "channel": wording.channel(channel),
        "minimum": MINIMUM_SCORECARDS,
        "is_narrowed": bool(team),
    }
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, "insights/new_hires.html" + ("#hires" if live else ""), context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _groups(
    hires: NewHires, visible: set[int], picked: Any, *, unseen: int
) -> list[pictures.Named]:
    """Those who are chosen, and beside them everybody new, where that is more: not where so few are
    `unseen` by this reader that the difference would tell of them."""
    name = pictures.cohort_name(picked) if picked else _("These new people")
    if visible == set(hires.hires):
        name = _("All new people")
    shown = [pictures.Named(name, hires.group(visible))]
    if visible and visible != set(hires.hires) and (not unseen or unseen >= PEOPLE_FROM):
        shown.append(pictures.Named(_("All new people in the house"), hires.group(hires.hires)))
    return shown


def _figures(
    measure: Measure, shown: list[pictures.Named], hires: NewHires, period: str
) -> list[Any]:
    found = [
        pictures.ramp_figure(measure, shown, hires, period=period),
        pictures.arrival_figure(measure, shown, hires, period=period),
    ]
    return [figure for figure in found if figure is not None]
