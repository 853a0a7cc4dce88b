"""The start page, the team's skills, one person's skills, and how the figures are worked out."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from insights import wording
from insights.forms import PeriodForm, TeamFilterForm
from insights.permissions import can_see_team
from insights.pictures import pictures_of, scorecards_url
from insights.skills import (
    CURRENT_MONTHS,
    MINIMUM_SCORECARDS,
    Window,
    count_hand_picked,
    load_cells,
    measures,
    profile_of,
)
from insights.teams import in_order, narrow, people_of, rows_of, with_teams
from insights.today import today_of
from people.models import User
from people.requests import SignedInRequest
from scorecards.models import Rollup, Scorecard
from ui.pagination import paginate


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """What waits for oneself today. The number of queries depends on what one may do alone, and for who
    grades takes one more where their own queue is empty."""
    today = today_of(request.user, at=timezone.now(), on=timezone.localdate())
    context = {"today": today, "period": wording.period(today.now)}
    return render(request, "insights/home.html", context)


@require_safe
def team(request: SignedInRequest) -> HttpResponse:
    """The people one looks after, with their skills of the last three months. Constant queries."""
    if not can_see_team(request.user):
        raise PermissionDenied(
            _("Only managers see a team. Your own skills are on your page “My skills”.")
        )
    on = timezone.localdate()
    form = TeamFilterForm(request.GET, user=request.user)
    channel = form.chosen("channel") or ""
    everybody = people_of(request.user, on=on)
    people = narrow(everybody, name=form.chosen("q"), team=form.chosen("team"), on=on)
    people = in_order(people, form.chosen("sort"), reader=request.user, on=on, channel=channel)
    page = paginate(request, with_teams(people, on=on))
    measured = measures()
    context = {
        "form": form,
        "page": page,
        "measures": measured,
        "rows": rows_of(list(page), measured, reader=request.user, on=on, channel=channel),
        "is_narrowed": any(form.chosen(name) for name in ("q", "team")),
        "period": wording.period(Window.of(CURRENT_MONTHS, until=on)),
        "channel": wording.channel(channel),
        "minimum": MINIMUM_SCORECARDS,
    }
    return _page_or_part(request, "insights/team.html", "people", context)


@require_safe
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """One person's skills by month: for themselves, their manager, and who may see everybody."""
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    on = timezone.localdate()
    form = PeriodForm(request.GET)
    channel, window = form.chosen("channel") or "", Window.of(form.chosen("months"), until=on)
    now = Window.of(CURRENT_MONTHS, until=on)
    measured = measures()
    rollups = Rollup.objects.visible_to(request.user).filter(agent=someone)
    scorecards = Scorecard.objects.visible_to(request.user).filter(agent=someone)
    cells = load_cells(rollups, measured, window, channel=channel)
    profile = profile_of(cells, now=now)
    context = {
        "person": someone,
        "is_self": someone == request.user,
        "memberships": someone.memberships.current(on=on).select_related("team"),
        "form": form,
        "pictures": pictures_of(someone, cells, measured, profile, window, channel=channel),
        "profile": profile,
        "is_empty": not cells,
        "period": wording.period(now),
        "window": wording.period(window),
        "channel": wording.channel(channel),
        "hand_picked": count_hand_picked(scorecards, window, channel=channel),
        "scorecards_url": scorecards_url(someone, channel=channel),
    }
    return _page_or_part(request, "insights/person.html", "skills", context)


@require_safe
def method(request: SignedInRequest) -> HttpResponse:
    """How the figures are worked out, in plain words."""
    context = {"minimum": MINIMUM_SCORECARDS, "months": CURRENT_MONTHS}
    return render(request, "insights/method.html", context)


def _page_or_part(
    request: SignedInRequest, template: str, part: str, context: dict[str, object]
) -> HttpResponse:
    """The whole page; for htmx, unless it restores its history, only the named partial."""
    wants_part = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#{part}" if wants_part else template, context)
    # Both live under one address; the browser must not answer "back" with the part.
    patch_vary_headers(response, ["HX-Request"])
    return response
