"""The page Team."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from insights import wording
from insights.fair import Pool, graded_by
from insights.forms import TeamOrder
from insights.permissions import can_see_team
from insights.skills import CURRENT_MONTHS, MINIMUM_SCORECARDS, Window, measures
from insights.team.forms import PERIODS, TeamForm
from insights.team.news import due_of, news_of
from insights.team.table import (
    count_sentence,
    draw_table,
    island_sentence,
    plan_sentence,
    scores_of,
    sorted_by_score,
)
from insights.teams import in_order, narrow, people_of, with_teams
from insights.views import page_or_part
from people.channels import Channel
from people.exports import is_export, require_list, send_table
from people.models import User
from people.requests import SignedInRequest
from people.roles import Role
from scorecards.models import Rollup
from ui.charts import Figure
from ui.pagination import paginate


@require_list
def team(request: SignedInRequest) -> HttpResponseBase:
    """The people one looks after by skills, what changed since last week, and who is due. Constant
    queries; whoever sorts by a score sorts by the adjusted one."""
    user = request.user
    if not can_see_team(user):
        raise PermissionDenied(
            _("Only managers see a team. Your own skills are on your page “My skills”.")
        )
    now, on = timezone.now(), timezone.localdate()
    measured = measures()
    channel = _channel(request)
    window = Window.of(_months(request), until=on)
    by_standard = graded_by(window, channel=channel)
    standards = sorted(by_standard, key=lambda each: (-by_standard[each].n, each.rubric_id))
    form = TeamForm(
        request.GET,
        user=user,
        reviewers=User.objects.with_role(Role.REVIEWER).order_by("first_name", "last_name"),
        standards=standards,
        measured=measured,
    )
    reviewer = form.chosen("reviewer")
    everybody = people_of(user, on=on)
    people = narrow(everybody, name=form.chosen("q"), team=form.chosen("team"), on=on)
    pool = None
    if form.standard is not None and reviewer is None:
        own_held = Rollup.objects.filter(agent=user, is_held=True).exists()
        pool = Pool(form.standard, window, channel, user.pk if own_held else None)
    scores = scores_of(pool, measured, on=on)
    by_score = form.measure if scores.models else None
    order = (
        TeamOrder.NAME if by_score or form.chosen("sort") in form.measures else form.chosen("sort")
    )
    listed = in_order(people, order, reader=user, on=on, window=window, channel=channel)
    wants_file = is_export(request)
    if by_score is not None:
        ids = sorted_by_score(list(listed.values_list("pk", flat=True)), scores, by_score)
        page = paginate(request, ids)
        wanted = ids if wants_file else list(page)
        loaded = {
            person.pk: person for person in with_teams(User.objects.filter(pk__in=wanted), on=on)
        }
        shown = [loaded[pk] for pk in wanted]
    else:
        rows = with_teams(listed, on=on)
        page = paginate(request, rows)
        shown = list(rows if wants_file else page)
    kept = {name: value for name, value in request.GET.items() if name not in ("sort", "page")}
    drawing = draw_table(
        shown,
        scores,
        window=window,
        standard=form.standard,
        channel=channel,
        reviewer=reviewer,
        reader=user,
        sort=form.chosen("sort") or "" if by_score else "",
        sort_url=f"?{urlencode({**kept, 'sort': '{}'}, safe='{}')}",
    )
    figure = Figure(
        drawing,
        period=f"{wording.period(window)}, {wording.channel(channel)}",
        n=count_sentence(drawing, form.standard, by_standard, reviewer=reviewer),
        definition=f"{reverse('insights:method')}#fair",
        level=0,
        has_csv=False,
    )
    if wants_file:
        table = figure.drawing.table
        return send_table(request, "team", table.header, table.records())
    context = {
        "form": form,
        "page": page,
        "figure": figure,
        "has_people": bool(shown),
        "is_narrowed": any(form.chosen(name) for name in ("q", "team")),
        "by_score": by_score,
        "reviewer": reviewer,
        "plan": plan_sentence(scores),
        "islands": island_sentence(scores),
        "news": news_of(people, reader=user, at=now),
        "due": due_of(people, window, reader=user, on=on, standard=form.standard, channel=channel),
        "minimum": MINIMUM_SCORECARDS,
        "period": wording.period(window),
    }
    return page_or_part(request, "insights/team.html", "people", context)


def _months(request: SignedInRequest) -> int:
    """The period has to be known before the form, which offers the rubrics used in it."""
    value = request.GET.get("months", "")
    return int(value) if value in {str(each) for each in PERIODS} else CURRENT_MONTHS


def _channel(request: SignedInRequest) -> str:
    """The same holds for the channel."""
    value = request.GET.get("channel", "")
    return value if value in Channel.values else ""
