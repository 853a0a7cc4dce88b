"""What grades say about how a rubric is understood: against a key, and against one another.

Levels count from the lowest, 0. "Not applicable" is no level: it enters no coefficient and is listed
as a difference beside those who chose one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Prefetch

from measurement.agreement import (
    Agreement,
    Figure,
    assess,
    icc_figures,
    signed_difference,
)
from people.models import User
from scorecards.grading import GradedCriterion, Quotation
from scorecards.loading import load_version
from scorecards.models import (
    CalibrationDecision,
    CalibrationItem,
    CalibrationSession,
    Criterion,
    CriterionScore,
    ExpertGrade,
    ExpertKey,
    RubricNote,
    RubricVersion,
    Scorecard,
)

# Grades of one criterion: the level's place, None for not applicable; by unit, then by reviewer.
Places = Mapping[int, Mapping[int, int | None]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One criterion of one grade beside the key's answer. `difference` is in levels, above zero where
    the reviewer was milder; None where one of both is no level."""

    row: GradedCriterion
    expert: ExpertGrade | None
    difference: int | None

    @property
    def strictness(self) -> int:
        """Levels below the key's."""
        return max(0, -(self.difference or 0))

    @property
    def is_same(self) -> bool:
        if self.expert is None or self.row.score is None:
            return False
        return (
            self.row.score.level_id == self.expert.level_id
            and self.row.score.is_not_applicable == self.expert.is_not_applicable
        )


@dataclass(frozen=True, slots=True)
class KeyResult:
    """A grade against its key. `is_comparable` is False where the rubric changed in between."""

    rows: Sequence[Compared]
    is_comparable: bool

    @property
    def compared(self) -> Sequence[Compared]:
        return [row for row in self.rows if row.expert is not None]

    @property
    def same_count(self) -> int:
        return sum(row.is_same for row in self.compared)


@dataclass(frozen=True, slots=True)
class Vote:
    """What one participant said about one criterion of one interaction."""

    reviewer: User
    score: CriterionScore
    quotations: Sequence[Quotation]
    difference: int | None

    @property
    def strictness(self) -> int:
        """Levels below the key's."""
        return max(0, -(self.difference or 0))


@dataclass(frozen=True, slots=True)
class Disagreement:
    item: CalibrationItem
    votes: Sequence[Vote]
    expert: ExpertGrade | None


@dataclass(frozen=True, slots=True)
class CriterionReport:
    """`figures` are of this session, `pooled` of all revealed sessions by the same rubric version."""

    criterion: Criterion
    figures: Agreement
    pooled: Agreement
    from_key: Figure | None
    disagreements: Sequence[Disagreement]
    compared_count: int
    not_applicable_count: int
    decision: CalibrationDecision | None
    notes: Sequence[RubricNote] = field(default_factory=list)

    @property
    def agreed_count(self) -> int:
        return self.compared_count - len(self.disagreements)

    @property
    def different_share(self) -> float:
        """0 to 1; below zero where nothing could be compared."""
        return len(self.disagreements) / self.compared_count if self.compared_count else -1.0


@dataclass(frozen=True, slots=True)
class Report:
    session: CalibrationSession
    version: RubricVersion
    criteria: Sequence[CriterionReport]
    # ICC(2,1) and ICC(2,k) of the percents; None unless everybody has one for every interaction.
    totals: tuple[Figure, Figure] | None
    grade_count: int
    pooled_session_count: int


def compare_with_key(
    scorecard: Scorecard, key: ExpertKey, rows: Iterable[GradedCriterion]
) -> KeyResult:
    """`rows` as `load_sheet` gives them. One query."""
    if scorecard.version_id != key.version_id:
        return KeyResult([], is_comparable=False)
    experts = {grade.criterion_id: grade for grade in key.grades.select_related("level")}
    compared = []
    for row in rows:
        expert = experts.get(row.criterion.pk)
        places = {level.pk: place for place, level in enumerate(row.criterion.levels.all())}
        compared.append(Compared(row, expert, _difference(row.score, expert, places)))
    return KeyResult(compared, is_comparable=True)


def report_of(session: CalibrationSession) -> Report:
    """Everything the report shows, in a constant number of queries. Whether its grades may be shown
    already (`session.is_revealed`) is for the caller to look at."""
    version = load_version(session.version_id)
    items = list(
        session.items.select_related("interaction__transcript", "key").order_by("position", "pk")
    )
    scorecards = list(_graded(session))
    experts = _experts(items)
    pooled, session_count = _pooled(session)
    decisions = {row.criterion_id: row for row in session.decisions.select_related("decided_by")}
    notes: dict[str, list[RubricNote]] = defaultdict(list)
    for note in session.notes.select_related("written_by"):
        notes[note.criterion_key].append(note)
    scores = {
        card.pk: {row.criterion_id: row for row in card.criterion_scores.all()}
        for card in scorecards
    }
    removed = _removed_from(items, scorecards)
    criteria = []
    for section in version.sections.all():
        for criterion in section.criteria.all():
            places = {level.pk: place for place, level in enumerate(criterion.levels.all())}
            votes: dict[int, list[Vote]] = defaultdict(list)
            for card in scorecards:
                row = scores[card.pk].get(criterion.pk)
                if row is None or not row.is_answered:
                    continue
                item_id = card.assignment.calibration_pick.item_id
                expert = experts.get((item_id, criterion.pk))
                quotations = [
                    Quotation(evidence, evidence.quote, evidence.pk in removed)
                    for evidence in row.evidence.all()
                ]
                votes[item_id].append(
                    Vote(card.reviewer, row, quotations, _difference(row, expert, places))
                )
            criteria.append(
                CriterionReport(
                    criterion=criterion,
                    figures=assess(_counts(_places_of(votes, places), len(places))),
                    pooled=assess(_counts(pooled[criterion.pk], len(places))),
                    from_key=_from_key(votes, experts, criterion, items),
                    disagreements=[
                        Disagreement(item, votes[item.pk], experts.get((item.pk, criterion.pk)))
                        for item in items
                        if _is_disputed(votes[item.pk], experts.get((item.pk, criterion.pk)))
                    ],
                    compared_count=sum(
                        len(votes[item.pk]) + ((item.pk, criterion.pk) in experts) > 1
                        for item in items
                        if votes[item.pk]
                    ),
                    not_applicable_count=sum(
                        vote.score.is_not_applicable for rows in votes.values() for vote in rows
                    ),
                    decision=decisions.get(criterion.pk),
                    notes=notes[criterion.key],
                )
            )
    return Report(
        session=session,
        version=version,
        criteria=criteria,
        totals=_totals(scorecards, items),
        grade_count=len(scorecards),
        pooled_session_count=session_count,
    )


def _graded(session: CalibrationSession) -> Iterable[Scorecard]:
    scores = CriterionScore.objects.select_related("level").prefetch_related("evidence")
    return (
        Scorecard.objects.submitted()
        .filter(assignment__calibration_pick__item__session=session)
        .select_related("reviewer", "assignment__calibration_pick")
        .prefetch_related(Prefetch("criterion_scores", scores))
        .order_by("reviewer__first_name", "reviewer__last_name", "pk")
    )


def _experts(items: Sequence[CalibrationItem]) -> dict[tuple[int, int], ExpertGrade]:
    """The keys' answers by item and criterion. One query."""
    by_key = {item.key_id: item.pk for item in items if item.key_id}
    rows = ExpertGrade.objects.filter(key__in=by_key).select_related("level")
    return {(by_key[row.key_id], row.criterion_id): row for row in rows}


def _pooled(session: CalibrationSession) -> tuple[dict[int, dict[int, dict[int, int | None]]], int]:
    """The places of all levels chosen in revealed sessions by the same version, by criterion, item and
    reviewer, and how many sessions there are. Three queries."""
    sessions = CalibrationSession.objects.revealed().filter(version=session.version_id)
    places: dict[int, int] = {}
    for pks in _levels_by_criterion(session.version_id).values():
        places |= {pk: place for place, pk in enumerate(pks)}
    rows = CriterionScore.objects.filter(
        scorecard__state=Scorecard.State.SUBMITTED,
        scorecard__is_current=True,
        scorecard__assignment__calibration_pick__item__session__in=sessions,
    ).values_list(
        "criterion",
        "scorecard__assignment__calibration_pick__item",
        "scorecard__reviewer",
        "level",
    )
    found: dict[int, dict[int, dict[int, int | None]]] = defaultdict(lambda: defaultdict(dict))
    for criterion, item, reviewer, level in rows:
        if level is not None:
            found[criterion][item][reviewer] = places[level]
    return found, sessions.count()


def _levels_by_criterion(version_id: int) -> dict[int, list[int]]:
    rows = Criterion.objects.filter(section__version=version_id).values_list("pk", "levels")
    found: dict[int, list[int]] = defaultdict(list)
    for criterion, level in rows.order_by("levels__position", "levels__pk"):
        if level is not None:
            found[criterion].append(level)
    return found


def _places_of(
    votes: Mapping[int, Sequence[Vote]], places: Mapping[int, int]
) -> dict[int, dict[int, int | None]]:
    return {
        item: {
            vote.reviewer.pk: None if vote.score.level_id is None else places[vote.score.level_id]
            for vote in rows
        }
        for item, rows in votes.items()
    }


def _counts(chosen: Places, levels: int) -> np.ndarray:
    """The count table of `measurement.agreement`, one row per unit."""
    table = np.zeros((len(chosen), levels))
    for unit, by_reviewer in enumerate(chosen.values()):
        for place, count in Counter(by_reviewer.values()).items():
            if place is not None:
                table[unit, place] = count
    return table


def _difference(
    row: CriterionScore | None, expert: ExpertGrade | None, places: Mapping[int, int]
) -> int | None:
    if row is None or expert is None or row.level_id is None or expert.level_id is None:
        return None
    return places[row.level_id] - places[expert.level_id]


def _from_key(
    votes: Mapping[int, Sequence[Vote]],
    experts: Mapping[tuple[int, int], ExpertGrade],
    criterion: Criterion,
    items: Sequence[CalibrationItem],
) -> Figure | None:
    """None without any key."""
    if not any((item.pk, criterion.pk) in experts for item in items):
        return None
    reviewers = sorted({vote.reviewer.pk for rows in votes.values() for vote in rows})
    table = np.full((max(len(reviewers), 1), len(items)), np.nan)
    for unit, item in enumerate(items):
        for vote in votes.get(item.pk, ()):
            if vote.difference is not None:
                table[reviewers.index(vote.reviewer.pk), unit] = vote.difference
    return signed_difference(table)


def _is_disputed(votes: Sequence[Vote], expert: ExpertGrade | None) -> bool:
    said: set[tuple[int | None, bool]] = {
        (vote.score.level_id, vote.score.is_not_applicable) for vote in votes
    }
    if votes and expert is not None:
        said.add((expert.level_id, expert.is_not_applicable))
    return len(said) > 1


def _removed_from(items: Sequence[CalibrationItem], scorecards: Sequence[Scorecard]) -> set[int]:
    """Ids of evidence whose words no longer stand in the conversation."""
    texts = {
        item.pk: {turn.id: turn.text for turn in item.interaction.transcript.turns}
        for item in items
        if hasattr(item.interaction, "transcript")
    }
    return {
        evidence.pk
        for card in scorecards
        for row in card.criterion_scores.all()
        for evidence in row.evidence.all()
        if texts.get(card.assignment.calibration_pick.item_id, {}).get(evidence.message_id, "")[
            evidence.start : evidence.end
        ]
        != evidence.quote
    }


def _totals(
    scorecards: Sequence[Scorecard], items: Sequence[CalibrationItem]
) -> tuple[Figure, Figure] | None:
    percents = {
        (card.assignment.calibration_pick.item_id, card.reviewer_id): card.percent
        for card in scorecards
    }
    reviewers = sorted({reviewer for _item, reviewer in percents})
    rows = [[percents.get((item.pk, reviewer)) for reviewer in reviewers] for item in items]
    if len(reviewers) < 2 or any(value is None for row in rows for value in row):
        return None
    return icc_figures([[float(value) for value in row if value is not None] for row in rows])
