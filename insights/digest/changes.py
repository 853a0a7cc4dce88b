"""What changed for the people of one manager since their last digest: only that, in words with links.

What has a moment (a decision, a due day) is asked for by time. What stands or does not (a score outside
of its limits, a goal reached, an unclear page) is held against what stood at the last digest.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.goals import State, progress_of
from coaching.models import ActionItem, CoachingSession, Goal, RuleFiring
from insights.fair import Pool, common_standard, fair_by_month
from insights.objectivity.scope import Scope, scopes
from insights.skills import CURRENT_MONTHS, MINIMUM_SCORECARDS, Window, measures
from insights.system.rows import Cause, load_rows
from insights.team.table import SIGNAL_MONTHS, Scores, changes_of
from insights.wording import whole
from people.models import User, UserQuerySet
from scorecards.models import Dispute, Rollup, Scorecard
from training.mail import address
from training.models import ModuleAssignment
from training.reminders import Line, Part

# Longer lists are cut; the page they lead to has the rest.
MOST_LINES = 10
SYSTEM_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Changes:
    """What to tell, and what stands now, to be held against the next time."""

    parts: Sequence[Part]
    known: dict[str, list[str]]


@dataclass(slots=True)
class Run:
    """What one run works out once for all managers."""

    at: dt.datetime
    _scores: dict[dt.date, Scores] = field(default_factory=dict)

    def scores(self, on: dt.date) -> Scores:
        """Everybody's months, by the standard most was graded by in the last year; six queries, once."""
        window = Window.of(SIGNAL_MONTHS, until=on)
        if window.last not in self._scores:
            standard = common_standard(window)
            measured = measures()
            scores = Scores(Pool(standard, window) if standard else None, measured)
            if scores.pool is not None:
                scores.months = fair_by_month(scores.pool, measured)
            self._scores[window.last] = scores
        return self._scores[window.last]


def changes_for(
    run: Run, manager: User, *, since: dt.datetime, on: dt.date, known: Mapping[str, list[str]]
) -> Changes:
    """In the language that is active. `known` is that of the last digest; what it lacks is all news."""
    people = User.objects.managed_by(manager, on=on).filter(is_active=True).exclude(pk=manager.pk)
    names: dict[int, User] = people.in_bulk()
    if not names:
        return Changes([], {})
    about = _About(run, manager, names, people, since, on)
    stands = {
        "signals": _signals(about),
        "goals": _goals(about),
        "pages": _pages(about),
    }
    news = {
        kind: [line for key, line in found.items() if key not in known.get(kind, [])]
        for kind, found in stands.items()
    }
    parts = [
        Part(_("Something changed in the scores"), news["signals"]),
        Part(_("Enough scorecards for a first figure"), _first_figures(about)),
        Part(_("Goals reached"), news["goals"]),
        Part(_("Coaching that is due"), _coaching(about)),
        Part(_("Trainings that fell overdue"), _overdue(about)),
        Part(_("Disputes decided"), _disputes(about)),
        Part(_("Modules by a rule"), _firings(about)),
        Part(_("Pages that turned out unclear"), news["pages"]),
    ]
    return Changes(
        [Part(part.title, _cut(part.lines)) for part in parts if part.lines],
        {kind: sorted(found) for kind, found in stands.items()},
    )


@dataclass(frozen=True, slots=True)
class _About:
    run: Run
    manager: User
    names: Mapping[int, User]
    people: UserQuerySet
    since: dt.datetime
    on: dt.date

    @property
    def first_day(self) -> dt.date:
        """The day of `since` where the manager is: what was due on it was not overdue then."""
        return timezone.localdate(self.since)


def _cut(lines: Sequence[Line]) -> Sequence[Line]:
    more = len(lines) - MOST_LINES
    if more <= 1:
        return lines
    words = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return [*lines[:MOST_LINES], Line(words)]


def _signals(about: _About) -> dict[str, Line]:
    """Whose adjusted scores stand outside of the limits of their own first months. No direction: that
    is on their page, with its interval."""
    scores = about.run.scores(about.on)
    by_key = {measure.key: measure.name for measure in measures()}
    outside: dict[int, list[str]] = {}
    for measure, agent in changes_of(scores, list(about.names)):
        outside.setdefault(agent, []).append(measure.key)
    found = {}
    for agent in _by_name(outside, about.names):
        url = _page("insights:person", agent) + "?months=12"
        for key in sorted(outside[agent]):
            found[f"{agent}:{key}"] = Line(str(about.names[agent]), by_key.get(key, key), url)
    return found


def _first_figures(about: _About) -> list[Line]:
    """Who has as many scorecards as a figure takes, in the months it is about, and never had before. Two
    queries."""
    lately = dict(
        Scorecard.objects.besides_practice()
        .filter(
            state=Scorecard.State.SUBMITTED,
            revision=1,
            agent__in=about.names,
            submitted_at__gt=about.since,
            submitted_at__lte=about.run.at,
            assignment__inclusion_probability__isnull=False,
        )
        .order_by()
        .values_list("agent")
        .annotate(Count("pk"))
    )
    now = Window.of(CURRENT_MONTHS, until=about.on)
    counted = (
        Rollup.objects.filter(agent__in=lately, subject=Rollup.Subject.TOTAL)
        .order_by()
        .values_list("agent")
        .annotate(all=Sum("n"), now=Sum("n", filter=Q(month__range=(now.first, now.last))))
    )
    total = {agent: n for agent, n, of_now in counted if (of_now or 0) >= MINIMUM_SCORECARDS}
    return [
        Line(
            str(about.names[agent]),
            ngettext("%(n)d scorecard", "%(n)d scorecards", total[agent]) % {"n": total[agent]},
            _page("insights:person", agent),
        )
        for agent in _by_name(total, about.names)
        if total[agent] - lately[agent] < MINIMUM_SCORECARDS
    ]


def _goals(about: _About) -> dict[str, Line]:
    goals = (
        Goal.objects.visible_to(about.manager)
        .standing()
        .filter(agent__in=about.names)
        .select_related("agent", "skill", "version")
        .order_by("agent__first_name", "agent__last_name", "pk")
    )
    return {
        str(each.goal.pk): Line(
            str(each.goal.agent),
            _("%(skill)s, target %(target)s %%: now %(low)s to %(high)s %%")
            % {
                "skill": each.goal.skill,
                "target": whole(float(each.goal.target)),
                "low": whole(each.later.low or 0),
                "high": whole(each.later.high or 0),
            },
            address(each.goal.get_absolute_url()),
        )
        for each in progress_of(list(goals), on=about.on)
        if each.state == State.REACHED
    }


def _coaching(about: _About) -> list[Line]:
    """Follow-ups whose day has come, talks that were planned and are over, action items past their day:
    each once. Three queries."""
    first = about.first_day
    sessions = CoachingSession.objects.filter(coach=about.manager, agent__in=about.names)
    due = sessions.follow_up_due(on=about.on).filter(follow_up_on__gt=first)
    unheld = sessions.planned().filter(starts_at__gt=about.since, starts_at__lte=about.run.at)
    items = (
        ActionItem.objects.visible_to(about.manager)
        .overdue(on=about.on)
        .filter(agent__in=about.names, due_on__gte=first)
    )
    return [
        *(
            Line(str(each.agent), _("talk again, as agreed"), address(each.get_absolute_url()))
            for each in due.select_related("agent").order_by("follow_up_on", "pk")
        ),
        *(
            Line(
                str(each.agent),
                _("planned for %(day)s and not written down as held")
                % {"day": _day(each.starts_at)},
                address(each.get_absolute_url()),
            )
            for each in unheld.select_related("agent").order_by("starts_at", "pk")
        ),
        *(
            Line(
                str(each.agent),
                _("%(text)s, due %(day)s") % {"text": each.text, "day": _day(each.due_on)},
                _page("coaching:item_detail", each.pk),
            )
            for each in items.select_related("agent").order_by("due_on", "pk")
        ),
    ]


def _overdue(about: _About) -> list[Line]:
    rows = (
        ModuleAssignment.objects.overdue(on=about.on)
        .filter(user__in=about.names, due_on__gte=about.first_day)
        .select_related("user", "module")
        .order_by("due_on", "user__first_name", "user__last_name", "pk")
    )
    team = address(reverse("training:team_training"))
    return [
        Line(
            str(each.user),
            _("%(text)s, due %(day)s") % {"text": each.module.title, "day": _day(each.due_on)},
            team,
        )
        for each in rows
    ]


def _disputes(about: _About) -> list[Line]:
    rows = (
        Dispute.objects.visible_to(about.manager)
        .decided()
        .filter(
            scorecard__agent__in=about.names,
            decided_at__gt=about.since,
            decided_at__lte=about.run.at,
        )
        .select_related("scorecard__agent")
        .order_by("decided_at", "pk")
    )
    return [
        Line(
            str(each.scorecard.agent),
            str(each.get_state_display()),
            _page("scorecards:dispute_detail", each.pk),
        )
        for each in rows
    ]


def _firings(about: _About) -> list[Line]:
    rows = (
        RuleFiring.objects.filter(
            agent__in=about.names, fired_at__gt=about.since, fired_at__lte=about.run.at
        )
        .select_related("agent", "rule__module")
        .order_by("fired_at", "pk")
    )
    return [
        Line(
            str(each.agent),
            f"{each.rule.module.title} ({each.get_outcome_display()})",
            _page("coaching:chain", each.agent_id),
        )
        for each in rows
    ]


def _pages(about: _About) -> dict[str, Line]:
    """By the standard most was graded by in the half year."""
    window = Window.of(SYSTEM_MONTHS, until=about.on)
    graded = scopes(window)
    standard = next(iter(graded), None)
    if standard is None:
        return {}
    scope = Scope(Pool(standard, window), graded[standard].n)
    rows = load_rows(scope, reader=about.manager, at=about.run.at, on=about.on)
    url = address(reverse("insights:system"))
    return {
        str(row.page.page.pk): Line(
            row.page.page.title, f"{row.finding.title}. {row.everybody}", url
        )
        for row in rows
        if row.page is not None and Cause.UNCLEAR in row.causes
    }


def _by_name(agents: Iterable[int], names: Mapping[int, User]) -> list[int]:
    return sorted(agents, key=lambda agent: (str(names[agent]), agent))


def _page(name: str, pk: int) -> str:
    return address(reverse(name, args=[pk]))


def _day(moment: Any) -> str:
    day = timezone.localdate(moment) if isinstance(moment, dt.datetime) else moment
    return date_format(day, "DATE_FORMAT")
