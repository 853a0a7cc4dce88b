"""The chain on one person's page: missed criterion with its evidence -> procedure and the edition in
force -> module -> completion -> later scores.

What both the agent and the reader may see, and nothing else: the agent reads the same numbers.
"""

import datetime as dt
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum, prefetch_related_objects
from django.utils import timezone

from coaching.agenda import Quote, quotes_of
from coaching.figures import SUMS, Figure, comparable_with_each, figure_from
from coaching.models import AssignedFor, RuleFiring
from content.models import Edition, ModulePage, Skill
from people.models import User
from scorecards.loading import judged_of, load_versions, rules_of
from scorecards.models import Criterion, CriterionScore, Rollup, RubricVersion, Scorecard
from training.models import Acknowledgement, ModuleAssignment

# A criterion through the versions of its rubric: the rubric and the key.
Criterial = tuple[int, str]

# Of each criterion the newest few misses are shown with their evidence.
MOST_SHOWN = 3
# More would be a list of everything that was ever said.
MOST_SCORECARDS = 60


@dataclass(frozen=True, slots=True)
class Miss:
    """One grade under the pass mark, or critical, with the quotations that it rests on."""

    scorecard: Scorecard
    score: CriterionScore
    is_critical: bool

    @property
    def quotes(self) -> list[Quote]:
        return quotes_of(self.score)


@dataclass(frozen=True, slots=True)
class ProcedureLink:
    """`then` was in force at the newest miss, `now` is; `signed_at` is when the person signed for `now`,
    or for the last edition that asked before it."""

    page: object
    then: Edition | None
    now: Edition | None
    signed_at: dt.datetime | None
    is_asked: bool
    anchor: str = ""

    @property
    def signed_earlier(self) -> bool:
        """Whether what was signed is an edition before `now`, which asks for no new signature."""
        if self.is_asked or self.signed_at is None or self.now is None:
            return False
        return self.signed_at < self.now.published_at

    @property
    def has_changed(self) -> bool:
        return self.then is not None and self.now is not None and self.then.pk != self.now.pk


@dataclass(frozen=True, slots=True)
class ModuleLink:
    """An assignment of a module, and what asked for it: a rule about this criterion, a person for a grade
    of it (`for_this`), or something else that teaches the same skill, since the first miss."""

    assignment: ModuleAssignment
    by_rule: bool
    for_this: bool = False


@dataclass(slots=True)
class Chain:
    """One criterion that was missed. `later` are the grades of the months after the module was completed;
    None while none was. `modules` that teach the skill may be assigned where `assigned` is empty;
    `without` are rules that fired and had nothing to assign. `is_cut` where older conversations of the
    period were left out."""

    criterion: Criterion
    rubric: int
    misses: list[Miss] = field(default_factory=list)
    seen: int = 0
    procedure: ProcedureLink | None = None
    assigned: list[ModuleLink] = field(default_factory=list)
    modules: list[ModulePage] = field(default_factory=list)
    without: list[RuleFiring] = field(default_factory=list)
    is_cut: bool = False
    before: Figure | None = None
    later: Figure | None = None

    @property
    def skill(self) -> Skill:
        return self.criterion.skill

    @property
    def most(self) -> int:
        return MOST_SCORECARDS

    @property
    def missed(self) -> int:
        return len(self.misses)

    @property
    def shown(self) -> list[Miss]:
        return self.misses[:MOST_SHOWN]

    @property
    def completed_at(self) -> dt.datetime | None:
        done = [link.assignment.completed_at for link in self.assigned]
        return max((at for at in done if at), default=None)


def chains_for(
    agent: User, *, viewer: User, since: dt.date, most: int | None = None
) -> list[Chain]:
    """The criteria that `agent` missed in conversations since then, the most often missed first; `most`
    of them. About twenty queries, whatever the number of grades."""
    everything = _missed(agent, viewer, since)
    chains = everything[:most]
    if not chains:
        return []
    _add_evidence(chains)
    _add_procedures(chains, agent)
    _add_modules(chains, agent, among=everything)
    _add_figures(chains, agent)
    return chains


def _missed(agent: User, viewer: User, since: dt.date) -> list[Chain]:
    start = timezone.make_aware(dt.datetime.combine(since, dt.time()))
    rows = (
        Scorecard.objects.visible_to(viewer)
        .submitted()
        .filter(agent=agent, is_held=False, interaction__occurred_at__gte=start)
        .select_related("interaction")
        .prefetch_related("criterion_scores")
        .order_by("-interaction__occurred_at", "-pk")
    )
    newest = list(rows[: MOST_SCORECARDS + 1])
    scorecards, is_cut = newest[:MOST_SCORECARDS], len(newest) > MOST_SCORECARDS
    loaded = load_versions(card.version_id for card in scorecards)
    rules = {pk: rules_of(version) for pk, version in loaded.items()}
    criteria = {
        row.pk: row
        for version in loaded.values()
        for section in version.sections.all()
        for row in section.criteria.all()
    }
    levels = {level.pk: level for row in criteria.values() for level in row.levels.all()}
    found: dict[tuple[int, str], Chain] = {}
    for card in scorecards:
        version = loaded[card.version_id]
        for score in card.criterion_scores.all():
            score.level = levels[score.level_id] if score.level_id else None
        result = judged_of(card, rules[card.version_id])
        for score in card.criterion_scores.all():
            percent = result.criterion_percents.get(score.criterion_id)
            if percent is None:
                continue
            score.scorecard = card
            row = criteria[score.criterion_id]
            chain = found.setdefault(
                (version.rubric_id, row.key), Chain(row, version.rubric_id, is_cut=is_cut)
            )
            chain.seen += 1
            is_critical = score.criterion_id in result.critical_failures
            if is_critical or percent < version.pass_mark:
                chain.misses.append(Miss(card, score, is_critical))
    missed = [chain for chain in found.values() if chain.misses]
    return sorted(missed, key=lambda chain: (-chain.missed, chain.criterion.title))


def _add_evidence(chains: Iterable[Chain]) -> None:
    """Quotations and conversations of the misses that are shown. Two queries."""
    shown = [miss for chain in chains for miss in chain.shown]
    prefetch_related_objects([miss.score for miss in shown], "evidence")
    prefetch_related_objects([miss.scorecard.interaction for miss in shown], "transcript")


def _add_procedures(chains: Iterable[Chain], agent: User) -> None:
    """Three queries."""
    pages = {chain.criterion.procedure_id for chain in chains} - {None}
    editions: dict[int, list[Edition]] = {}
    for edition in Edition.objects.filter(page__in=pages).order_by("page", "number").defer("text"):
        editions.setdefault(edition.page_id, []).append(edition)
    asked = {
        row.page_id: row
        for row in Acknowledgement.objects.standing().filter(user=agent, page__in=pages)
    }
    criteria = Criterion.objects.filter(pk__in=[chain.criterion.pk for chain in chains])
    criteria = criteria.select_related("procedure").defer("procedure__steps", "procedure__notes")
    page_of = {row.pk: row.procedure for row in criteria}
    for chain in chains:
        page = page_of[chain.criterion.pk]
        if page is None or not page.live:
            continue
        when = chain.misses[0].scorecard.interaction.occurred_at
        theirs = editions.get(page.pk, [])
        then = [edition for edition in theirs if edition.published_at <= when]
        row = asked.get(page.pk)
        chain.procedure = ProcedureLink(
            page,
            then[-1] if then else None,
            theirs[-1] if theirs else None,
            row.signed_at if row else None,
            is_asked=row is not None and row.signed_at is None,
            anchor=chain.criterion.procedure_anchor,
        )


def _add_modules(chains: Iterable[Chain], agent: User, *, among: Iterable[Chain]) -> None:
    """What was assigned for this criterion, by a rule or by hand, whenever that was; what else teaches
    the skill and was assigned since the first miss; and what is there to be assigned. Five queries."""
    teaching: dict[int, list[ModulePage]] = {}
    skills = {chain.criterion.skill_id for chain in chains}
    modules = ModulePage.objects.live().filter(skills__in=skills).distinct().order_by("title")
    for module in modules.prefetch_related("skills"):
        for skill in module.skills.all():
            teaching.setdefault(skill.pk, []).append(module)
    firings = list(
        RuleFiring.objects.filter(agent=agent).select_related("rule__module").order_by("fired_at")
    )
    of_rule: dict[int, set[Criterial]] = {}
    for firing in firings:
        if firing.assignment_id is not None:
            keys = of_rule.setdefault(firing.assignment_id, set())
            keys.add((firing.rule.rubric_id, firing.rule.criterion_key))
    of_hand = _assigned_for(agent)
    rows = list(
        ModuleAssignment.objects.filter(user=agent)
        .select_related("module", "assigned_by")
        .order_by("assigned_at", "pk")
    )
    missed = {(chain.rubric, chain.criterion.key) for chain in among}
    for chain in chains:
        first = min(miss.scorecard.interaction.occurred_at for miss in chain.misses)
        this = (chain.rubric, chain.criterion.key)
        chain.modules = teaching.get(chain.criterion.skill_id, [])
        for row in rows:
            by_rule, by_hand = of_rule.get(row.pk, set()), of_hand.get(row.pk, set())
            asked_for = (by_rule | by_hand) & missed
            is_taught = row.module in chain.modules and row.assigned_at >= first
            if this in asked_for or (is_taught and not asked_for):
                link = ModuleLink(row, by_rule=this in by_rule, for_this=this in by_hand)
                chain.assigned.append(link)
        chain.without = [
            firing
            for firing in firings
            if firing.assignment_id is None
            and firing.fired_at >= first
            and (firing.rule.rubric_id, firing.rule.criterion_key) == this
        ]


def _assigned_for(agent: User) -> dict[int, set[Criterial]]:
    """For which criteria the assignments of `agent` were given by hand. One query."""
    found: dict[int, set[Criterial]] = {}
    rows = AssignedFor.objects.filter(assignment__user=agent).values_list(
        "assignment", "score__criterion__section__version__rubric", "score__criterion__key"
    )
    for assignment, rubric, key in rows:
        found.setdefault(assignment, set()).add((rubric, key))
    return found


def _add_figures(chains: Collection[Chain], agent: User) -> None:
    """Means of whole months: those before the module was assigned, and those after it was completed.
    Three queries."""
    versions = {chain.criterion.pk: chain.misses[0].scorecard.version_id for chain in chains}
    rows = RubricVersion.objects.filter(pk__in=versions.values())
    joined = comparable_with_each(rows)
    wanted = {version for each in joined.values() for version in each}
    same: dict[tuple[int, str], int] = {}
    for pk, version, key in Criterion.objects.filter(
        section__version__in=wanted, key__in={chain.criterion.key for chain in chains}
    ).values_list("pk", "section__version", "key"):
        same[version, key] = pk
    sums = {f"all_{name}": Sum(name) for name in SUMS}
    cells: list[Any] = list(
        Rollup.objects.filter(
            agent=agent,
            subject=Rollup.Subject.CRITERION,
            subject_id__in=same.values(),
            is_held=False,
        )
        .order_by()
        .values("subject_id", "month")
        .annotate(**sums)
    )
    for chain in chains:
        if not chain.assigned or chain.completed_at is None:
            continue
        ids = {
            same.get((version, chain.criterion.key))
            for version in joined[versions[chain.criterion.pk]]
        }
        assigned = timezone.localdate(chain.assigned[0].assignment.assigned_at).replace(day=1)
        done = timezone.localdate(chain.completed_at).replace(day=1)
        mine = [cell for cell in cells if cell["subject_id"] in ids]
        chain.before = _figure(cell for cell in mine if cell["month"] < assigned)
        chain.later = _figure(cell for cell in mine if cell["month"] > done)


def _figure(cells: Iterable[dict]) -> Figure:
    rows = list(cells)
    return figure_from([math.fsum(row[f"all_{name}"] or 0 for row in rows) for name in SUMS])
