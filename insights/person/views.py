"""One person's page."""

import datetime as dt

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from coaching.chain import chains_for
from coaching.permissions import develops
from coaching.summary import person_summary
from insights import wording
from insights.person import criteria, customers
from insights.person import wording as words
from insights.person.forms import PersonForm
from insights.person.marks import marks_of, versions_of
from insights.person.pictures import pictures_of
from insights.person.scores import cells_of, count_held, scores_of, usual_rubric
from insights.person.steps import next_steps
from insights.pictures import scorecards_url
from insights.skills import (
    CURRENT_MONTHS,
    MINIMUM_SCORECARDS,
    Window,
    count_hand_picked,
    measures,
    standards,
)
from people.exports import is_export, require_list, send_table
from people.models import User
from people.requests import SignedInRequest
from scorecards.models import Rollup, Rubric, Scorecard
from scorecards.permissions import can_release
from ui.exports import chart_csv

# The page of coaching has the rest.
CHAINS = 2


@require_list
def person(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One person's skills: for themselves, their manager, and who may see everybody. Constant queries.
    `?format=csv&chart=` gives a chart as a file, a POST with `format` and `table` a table."""
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    reader, on = request.user, timezone.localdate()
    form = PersonForm(request.GET)
    channel, window = form.chosen("channel") or "", Window.of(form.chosen("months"), until=on)
    now = Window.of(CURRENT_MONTHS, until=on)
    measured = measures()
    rollups = Rollup.objects.visible_to(reader).filter(agent=someone)
    cells = cells_of(rollups, measured, window, channel=channel)
    in_use = {cell.standard.rubric_id for cell in cells}
    rubrics = list(Rubric.objects.filter(pk__in=in_use).order_by("name").values_list("pk", "name"))
    form.offer(rubrics, usual_rubric(cells, now=now))
    held = count_held(someone, window, channel=channel)
    scores = scores_of(
        someone, cells, measured, window, rubric=form.chosen("rubric"), channel=channel, held=held
    )
    by_version = standards()
    versions = versions_of(scores.standards[-1:], by_version)
    pictures = pictures_of(
        scores,
        measured,
        marks_of(someone, window, versions_of(scores.standards, by_version), reader=reader),
    )
    if answer := chart_csv(request, [picture.figure for picture in pictures]):
        return answer
    found = criteria.criteria_of(someone, now, versions, reader=reader, channel=channel)
    verdict = customers.customers_of(someone, window, reader=reader, today=on, channel=channel)
    if is_export(request):
        return _file(request, found, verdict)
    is_self = someone == reader
    hand_picked = Scorecard.objects.visible_to(reader).filter(agent=someone, is_held=False)
    context = {
        "person": someone,
        "is_self": is_self,
        "memberships": someone.memberships.current(on=on).select_related("team"),
        **_coaching(someone, found, reader=reader, since=now.first),
        "form": form,
        "rubrics": rubrics,
        "scores": scores,
        "pictures": pictures if not scores.is_empty else [],
        "changed": [picture for picture in pictures if picture.has_changed],
        "criteria": found,
        "customers": verdict,
        "ours": words.now(scores.over),
        "period": wording.period(now),
        "window": wording.period(window),
        "channel": wording.channel(channel),
        "minimum": MINIMUM_SCORECARDS,
        "held": held if not is_self else 0,
        "may_release": not is_self and can_release(reader),
        "hand_picked": count_hand_picked(hand_picked, window, channel=channel),
        "scorecards_url": scorecards_url(someone, channel=channel),
    }
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, "insights/person.html" + ("#skills" if live else ""), context)
    # Both live under one address; the browser must not answer "back" with the part.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _coaching(
    someone: User, found: criteria.Criteria, *, reader: User, since: dt.date
) -> dict[str, object]:
    """What was agreed and what could come next: for the person, and for who develops them."""
    is_developed = develops(reader, someone)
    if not is_developed and someone != reader:
        return {}
    return {
        "coaching": person_summary(someone, reader=reader),
        "chains": chains_for(someone, viewer=reader, since=since, most=CHAINS),
        "since": since,
        "may_assign": is_developed,
        "next": next_steps(someone, found.weak_skills, reader=reader) if is_developed else None,
    }


def _file(
    request: SignedInRequest, found: criteria.Criteria, verdict: customers.Customers
) -> HttpResponseBase:
    tables = {"criteria": criteria.table_of(found), "customers": customers.table_of(verdict)}
    name = request.POST.get("table", "")
    if name not in tables:
        raise Http404
    return send_table(request, name, tables[name].header, tables[name].records())
