"""What a coaching session could be about: proposals worked out from the agent's recent grades.

Only what both people may see is proposed, so an agenda never tells the agent what is held back from
them, nor the coach what they still have to grade without knowing.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.models import ActionItem, AgendaItem, CoachingSession
from people.models import User
from scorecards.loading import Rules, load_version, result_of, rules_of
from scorecards.models import Criterion, CriterionScore, Dispute, RubricVersion, Scorecard
from training.models import ModuleAssignment

# Recent is what was graded in this time, and of that no more than these.
RECENT_DAYS = 90
MOST_SCORECARDS = 30
# An agenda is for half an hour.
MOST_TO_WORK_ON = 6
MOST_STRENGTHS = 3
MOST_QUOTED = 3
# A strength was fully met several times, nearly always, and next to never missed.
LEAST_FOR_STRENGTH = 2
FULL_SHARE, LOW_SHARE = 0.75, 0.1


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to put on an agenda. `source` names what it was made from."""

    source: str
    kind: AgendaItem.Kind
    title: str
    note: str = ""
    link: str = ""
    criterion: Criterion | None = None
    scores: tuple[CriterionScore, ...] = ()
    is_recurring: bool = False


@dataclass(slots=True)
class _Tally:
    """One criterion through the versions of its rubric, the newest scorecard first."""

    criterion: Criterion
    seen: int = 0
    full: int = 0
    critical: int = 0
    percents: list[Decimal] = field(default_factory=list)
    low: list[CriterionScore] = field(default_factory=list)
    good: list[CriterionScore] = field(default_factory=list)

    @property
    def is_strong(self) -> bool:
        return (
            self.seen >= LEAST_FOR_STRENGTH
            and not self.critical
            and self.full >= FULL_SHARE * self.seen
            and len(self.low) <= LOW_SHARE * self.seen
        )

    @property
    def mean(self) -> Decimal:
        return sum(self.percents, Decimal(0)) / len(self.percents)


def proposals_for(session: CoachingSession, *, at: dt.datetime) -> list[Proposal]:
    """Those for a session's agenda that do not stand on it yet: what keeps going wrong first, then what
    went wrong once, strengths, training, open action items, disputes. About a dozen queries and four
    for each rubric version in use, whatever the number of scorecards."""
    agent, coach, on = session.agent, session.coach, timezone.localdate(at)
    found = [
        *_from_grades(agent, coach, at=at),
        *_overdue_training(agent, coach, on=on),
        *_open_items(agent, coach, on=on),
        *_decided_disputes(agent, coach, at=at),
    ]
    there = set(session.agenda.exclude(source="").values_list("source", flat=True))
    return [proposal for proposal in found if proposal.source not in there]


def shared_scorecards(agent: User, reader: User) -> "Iterable[Scorecard]":
    """Submitted scorecards about `agent` that both may see, the newest first."""
    return Scorecard.objects.visible_to(reader).submitted().filter(agent=agent, is_held=False)


def _from_grades(agent: User, coach: User, *, at: dt.datetime) -> list[Proposal]:
    since = at - dt.timedelta(days=RECENT_DAYS)
    rows = shared_scorecards(agent, coach).filter(submitted_at__gte=since, submitted_at__lte=at)  # type: ignore[attr-defined]
    scorecards = rows.select_related("interaction").with_grades().order_by("-submitted_at", "-pk")
    tallies = _tally(scorecards[:MOST_SCORECARDS])
    low = sorted(
        (row for row in tallies if row.low and not row.is_strong),
        key=lambda row: (-min(len(row.low), 2), -row.critical, -len(row.low), row.mean),
    )
    strong = sorted(
        (row for row in tallies if row.is_strong),
        key=lambda row: (not any(_quotes(score) for score in row.good), -row.seen),
    )
    return [
        *(_to_work_on(row) for row in low[:MOST_TO_WORK_ON]),
        *(_strength(row) for row in strong[:MOST_STRENGTHS]),
    ]


def _tally(scorecards: Iterable[Scorecard]) -> list[_Tally]:
    @cache
    def version(pk: int) -> RubricVersion:
        return load_version(pk)

    @cache
    def rules(pk: int) -> Rules:
        return rules_of(version(pk))

    @cache
    def criteria(pk: int) -> dict[int, Criterion]:
        return {
            row.pk: row for section in version(pk).sections.all() for row in section.criteria.all()
        }

    found: dict[tuple[int, str], _Tally] = {}
    for scorecard in scorecards:
        result = result_of(scorecard, rules(scorecard.version_id))
        graded = version(scorecard.version_id)
        for score in scorecard.criterion_scores.all():
            percent = result.criterion_percents.get(score.criterion_id)
            if percent is None:
                continue
            criterion = criteria(scorecard.version_id)[score.criterion_id]
            key = (graded.rubric_id, criterion.key)
            tally = found.setdefault(key, _Tally(criterion))
            tally.seen += 1
            tally.percents.append(percent)
            is_critical = score.criterion_id in result.critical_failures
            tally.critical += is_critical
            if is_critical or percent < graded.pass_mark:
                tally.low.append(score)
            elif percent >= 100:
                tally.full += 1
                tally.good.append(score)
    return list(found.values())


def _quotes(score: CriterionScore) -> bool:
    return bool(score.evidence.all())


def _quoted_first(scores: list[CriterionScore]) -> tuple[CriterionScore, ...]:
    """The newest few, those with quotations before those without."""
    return tuple(sorted(scores, key=lambda score: not _quotes(score))[:MOST_QUOTED])


def _to_work_on(row: _Tally) -> Proposal:
    note = ngettext(
        "Below the pass mark in %(low)d of the last %(seen)d grade.",
        "Below the pass mark in %(low)d of the last %(seen)d grades.",
        row.seen,
    ) % {"low": len(row.low), "seen": row.seen}
    if row.critical:
        note += " " + ngettext(
            "%(n)d was a critical failure.", "%(n)d were critical failures.", row.critical
        ) % {"n": row.critical}
    return Proposal(
        source=f"low:{row.criterion.pk}",
        kind=AgendaItem.Kind.TO_WORK_ON,
        title=row.criterion.title,
        note=note,
        criterion=row.criterion,
        scores=_quoted_first(row.low),
        is_recurring=len(row.low) > 1,
    )


def _strength(row: _Tally) -> Proposal:
    return Proposal(
        source=f"strong:{row.criterion.pk}",
        kind=AgendaItem.Kind.STRENGTH,
        title=row.criterion.title,
        note=ngettext(
            "Fully met in %(full)d of the last %(seen)d grade.",
            "Fully met in %(full)d of the last %(seen)d grades.",
            row.seen,
        )
        % {"full": row.full, "seen": row.seen},
        criterion=row.criterion,
        scores=_quoted_first(row.good),
    )


def _overdue_training(agent: User, coach: User, *, on: dt.date) -> list[Proposal]:
    rows = ModuleAssignment.objects.visible_to(coach).filter(user=agent).overdue(on=on).in_order()
    return [
        Proposal(
            source=f"module:{row.module_id}",
            kind=AgendaItem.Kind.TRAINING,
            title=_("Training: %(module)s") % {"module": row.module.title},
            note=_("It was due on %(day)s.") % {"day": date_format(row.due_on or on)},
            link=row.module.url or "",
        )
        for row in rows.select_related("module")
    ]


def _open_items(agent: User, coach: User, *, on: dt.date) -> list[Proposal]:
    rows = ActionItem.objects.visible_to(coach).filter(agent=agent).open()
    return [
        Proposal(
            source=f"item:{row.pk}",
            kind=AgendaItem.Kind.ACTION,
            title=_("Agreed: %(text)s") % {"text": row.text},
            note=(
                _("%(owner)s, was due on %(day)s.")
                if row.is_overdue(on=on)
                else _("%(owner)s, due on %(day)s.")
            )
            % {"owner": row.owner, "day": date_format(row.due_on)},
        )
        for row in rows.select_related("owner")
    ]


def _decided_disputes(agent: User, coach: User, *, at: dt.datetime) -> list[Proposal]:
    since = at - dt.timedelta(days=RECENT_DAYS)
    rows = Dispute.objects.visible_to(coach).decided().filter(decided_at__range=(since, at))
    rows = rows.filter(scorecard__agent=agent, scorecard__is_held=False)
    return [
        Proposal(
            source=f"dispute:{row.pk}",
            kind=AgendaItem.Kind.DISPUTE,
            title=_("Dispute: %(outcome)s") % {"outcome": row.get_state_display()},
            note=_("About %(interaction)s, decided on %(day)s.")
            % {
                "interaction": row.scorecard.interaction,
                "day": date_format(timezone.localtime(row.decided_at)),
            },
            link=row.get_absolute_url(),
        )
        for row in rows.select_related("scorecard__interaction")
    ]
