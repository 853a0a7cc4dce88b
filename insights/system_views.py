"""Where the system fails people: whether a page, a reviewer or training is behind a failed criterion."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from insights import wording
from insights.fair import Pool
from insights.forms_system import SystemForm
from insights.objectivity.scope import Scope, scopes
from insights.permissions import can_see_objectivity, can_see_page_health, can_see_system
from insights.skills import Window
from insights.system.findings import PEOPLE_FROM, PERSON_FROM, REVIEWER_FROM
from insights.system.rows import Row, load_rows
from people.exports import is_export, require_list, send_table
from people.requests import SignedInRequest
from scorecards.permissions import can_grade, can_lead_calibration

PER_PAGE = 25


@require_list
def system(request: SignedInRequest) -> HttpResponseBase:
    """What stands out first; a POST with `format` gives the whole narrowed list as a file."""
    if not can_see_system(request.user):
        raise PermissionDenied(
            _("Where the system fails is for managers and the editors of the manual.")
        )
    now, on = timezone.now(), timezone.localdate()
    form = SystemForm(request.GET)
    window = Window.of(form.chosen("months"), until=on)
    channel = form.chosen("channel") or ""
    graded = scopes(window, channel=channel)
    standard = form.offer(list(graded))
    scope = Scope(Pool(standard, window, channel), graded[standard].n) if standard else None
    everything = load_rows(scope, reader=request.user, at=now, on=on) if scope else []
    rows = form.chosen_rows(everything)
    if is_export(request):
        period = [wording.period(window), standard.name if standard else "", channel or _("all")]
        return send_table(request, f"system-{on:%Y-%m-%d}", _header(), _records(rows, period))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "scope": scope,
        "standard": standard,
        "page": page,
        "rows": page.object_list,
        "count": len(rows),
        "out": sum(row.stands_out for row in everything),
        "everything": len(everything),
        "period": wording.period(window),
        "channel": wording.channel(channel),
        "people_from": PEOPLE_FROM,
        "person_from": PERSON_FROM,
        "reviewer_from": REVIEWER_FROM,
        "may_know_reviewers": can_see_objectivity(request.user),
        "may_see_page_health": can_see_page_health(request.user),
        "may_calibrate": can_lead_calibration(request.user) or can_grade(request.user),
    }
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, "insights/system.html" + ("#criteria" if live else ""), context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _header() -> list[str]:
    return [
        _("Criterion"),
        _("Verdict"),
        _("In words"),
        _("Grades"),
        _("People"),
        _("Under the pass mark"),
        _("from %"),
        _("to %"),
        _("of them by their other criteria"),
        _("p, adjusted"),
        _("Reviewers who stand out"),
        _("People who stand out"),
        _("Page"),
        _("Counted since"),
        _("Period"),
        _("Rubric"),
        _("Channel"),
    ]


def _records(rows: Iterable[Row], about: list[str]) -> Iterator[list[Any]]:
    for row in rows:
        finding = row.finding
        is_shown = finding.is_tested
        people = len(finding.persons)
        # A number as small as that would be somebody.
        few = people if row.named or not people or people >= 3 else _("1 or 2")
        yield [
            finding.title,
            ", ".join(str(cause.label) for cause in row.causes),
            row.text,
            finding.n,
            finding.people if is_shown else "",
            finding.failing if is_shown else "",
            round(finding.low, 1) if is_shown else "",
            round(finding.high, 1) if is_shown else "",
            finding.elsewhere if is_shown else "",
            round(finding.p, 5) if finding.p is not None else "",
            len(finding.reviewers),
            few,
            row.page.page.title if row.page else "",
            finding.since.isoformat(),
            *about,
        ]
