"""Page health, for editors: which pages of the manual need work."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from insights.forms_page_health import PageHealthForm
from insights.page_health import (
    MONTHS,
    SHOWN_FROM,
    TESTED_FROM,
    PageHealth,
    Share,
    add_texts,
    page_health,
)
from insights.permissions import can_see_page_health
from people.exports import is_export, require_list, send_table
from people.requests import SignedInRequest

PER_PAGE = 25


@require_list
def page_health_list(request: SignedInRequest) -> HttpResponseBase:
    """What stands out first; a POST with `format` gives the whole narrowed list as a file."""
    if not can_see_page_health(request.user):
        raise PermissionDenied(_("Page health is for the editors of the manual."))
    now, today = timezone.now(), timezone.localdate()
    rows = page_health(request.user, at=now)
    form = PageHealthForm(request.GET, rows=rows)
    chosen = form.chosen_rows(rows, on=today)
    if is_export(request):
        return send_table(request, f"page-health-{today:%Y-%m-%d}", _header(), _rows(chosen))
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    add_texts(page.object_list)
    context = {
        "form": form,
        "page": page,
        "rows": page.object_list,
        "count": len(chosen),
        "is_narrowed": any(form.chosen(name) for name in ("section", "owner", "only")),
        "today": today,
        "months": MONTHS,
        "shown_from": SHOWN_FROM,
        "tested_from": TESTED_FROM,
    }
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, "insights/page_health.html" + ("#pages" if live else ""), context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _header() -> list[str]:
    return [
        _("Page"),
        _("Section"),
        _("Owner"),
        _("Review by"),
        _("Counted since"),
        _("Readers who answered"),
        _("Not helpful"),
        _("from %"),
        _("to %"),
        _("Criteria that rest on it"),
        _("People graded by them"),
        _("People failing"),
        _("from %"),
        _("to %"),
        _("of them failing elsewhere"),
        _("Questions that test it"),
        _("People asked"),
        _("People mostly wrong"),
        _("from %"),
        _("to %"),
        _("of them mostly wrong elsewhere"),
        _("Conversations after which it was found unclear"),
        _("Verdict"),
    ]


def _rows(rows: Iterable[PageHealth]) -> Iterator[list[Any]]:
    for row in rows:
        governance = row.governance
        yield [
            row.page.title,
            row.section,
            str(governance.owner) if governance and governance.owner else "",
            governance.review_by.isoformat() if governance and governance.review_by else "",
            row.since.isoformat(),
            *_cells(row.disliked),
            row.criteria,
            *_cells(row.failing),
            row.failing.elsewhere if row.failing.is_shown else "",
            row.questions,
            *_cells(row.wrong),
            row.wrong.elsewhere if row.wrong.is_shown else "",
            row.found_unclear,
            row.sentence,
        ]


def _cells(share: Share) -> list[Any]:
    if not share.is_shown:
        return [_("fewer than %d") % SHOWN_FROM if share.n else 0, "", "", ""]
    return [share.n, share.k, round(share.low, 1), round(share.high, 1)]
