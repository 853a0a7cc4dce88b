"""A finished role play by a rubric: what the scenario decides, what the trainee says, and the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from content.scenarios import Scenario
from scorecards.loading import rules_of
from scorecards.models import Criterion, Level, RubricVersion, Section
from scorecards.scoring import NOT_APPLICABLE, Answer, Result, score
from training.models import PracticeRun
from training.role_play import Move, Shown, shown_by_criterion


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion: its level (None with `is_not_applicable`, or without an answer), why, and the
    trainee's own words. `shown` has what the choices showed, if they decide it."""

    criterion: Criterion
    shown: Sequence[Shown] = ()
    level: Level | None = None
    is_not_applicable: bool = False
    why: str = ""
    quotes: Sequence[Move] = ()
    is_shown: bool = True
    problem: str = ""

    @property
    def is_decided(self) -> bool:
        return bool(self.shown)

    @property
    def is_answered(self) -> bool:
        return self.level is not None or self.is_not_applicable

    @property
    def name(self) -> str:
        """Before the names of its fields."""
        return f"c{self.criterion.pk}"

    @property
    def quoted(self) -> set[int]:
        return {move.number for move in self.quotes}


@dataclass(frozen=True, slots=True)
class JudgedSection:
    section: Section
    rows: Sequence[Judged]
    percent: object = None

    @property
    def shown(self) -> Sequence[Judged]:
        return [row for row in self.rows if row.is_shown]


@dataclass(frozen=True, slots=True)
class Assessment:
    sections: Sequence[JudgedSection]
    result: Result

    @property
    def rows(self) -> list[Judged]:
        return [row for section in self.sections for row in section.rows]

    @property
    def missing(self) -> list[Judged]:
        """Criteria that count and have no answer yet."""
        return [row for row in self.rows if row.is_shown and not row.is_answered]

    @property
    def uncommented(self) -> list[Judged]:
        return [
            row
            for row in self.rows
            if row.is_shown
            and not row.is_decided
            and row.level is not None
            and row.level.requires_comment
            and not row.why.strip()
        ]


@dataclass(frozen=True, slots=True)
class Said:
    """What the trainee says about one criterion. `level` is a level's id."""

    level: int | None = None
    is_not_applicable: bool = False
    why: str = ""
    quotes: Sequence[int] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "is_not_applicable": self.is_not_applicable,
            "why": self.why,
            "quotes": list(self.quotes),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Said":
        return cls(
            stored.get("level"),
            bool(stored.get("is_not_applicable")),
            stored.get("why", ""),
            tuple(stored.get("quotes", ())),
        )


def assess(
    run: PracticeRun, version: RubricVersion, moves: Sequence[Move], said: Mapping[int, Said]
) -> Assessment:
    """`version` loaded with its structure; `said` by criterion id. What the choices show decides; what
    they leave open, `said` does. No query."""
    marks = shown_by_criterion(moves)
    by_number = {move.number: move for move in moves}
    rules = rules_of(version)
    possible = {row.id for row in rules.conditions if row.fits(channel=run.channel, flow="")}
    judged = {
        criterion.pk: _judge(criterion, marks, said.get(criterion.pk), by_number)
        for section in version.sections.all()
        for criterion in section.criteria.all()
        if criterion.pk in possible
    }
    positions = {
        pk: None if row.level is None else row.level.position
        for pk, row in judged.items()
        if row.is_answered
    }
    shown = rules.shown(channel=run.channel, flow="", positions=positions)
    answers = {
        pk: NOT_APPLICABLE
        if row.level is None
        else Answer(row.level.points, is_critical_failure=row.level.is_critical_failure)
        for pk, row in judged.items()
        if row.is_answered and pk in shown
    }
    result = score(rules.spec_for(shown), answers)
    sections = []
    for section in version.sections.all():
        rows = [
            _with_shown(judged[criterion.pk], criterion.pk in shown)
            for criterion in section.criteria.all()
            if criterion.pk in judged
        ]
        if rows:
            percent = result.section_percents.get(section.pk)
            sections.append(JudgedSection(section, rows, percent))
    return Assessment(sections, result)


def _judge(
    criterion: Criterion,
    marks: Mapping[str, Sequence[Shown]],
    said: Said | None,
    moves: Mapping[int, Move],
) -> Judged:
    levels = list(criterion.levels.all())
    shown = [row for row in marks.get(criterion.key, ()) if 1 <= row.mark.level <= len(levels)]
    if shown:
        first = shown[0]
        quotes = [row.move for row in shown if row.mark.level == first.mark.level]
        level = levels[first.mark.level - 1]
        return Judged(criterion, shown, level, why=first.mark.why, quotes=quotes)
    if said is None:
        return Judged(criterion)
    return Judged(
        criterion,
        level=next((level for level in levels if level.pk == said.level), None),
        is_not_applicable=said.is_not_applicable and criterion.allows_not_applicable,
        why=said.why,
        quotes=[moves[number] for number in said.quotes if number in moves],
    )


def _with_shown(row: Judged, is_shown: bool) -> Judged:
    return Judged(
        row.criterion,
        row.shown,
        row.level,
        row.is_not_applicable,
        row.why,
        row.quotes,
        is_shown,
    )


def mapping_problems(scenario: Scenario, version: RubricVersion) -> list[tuple[str, str, int, int]]:
    """What the scenario says about criteria or levels that `version` does not have: scene, key, level,
    and how many levels there are (0: no such criterion). No query after `with_structure`."""
    counts = {
        criterion.key: len(criterion.levels.all())
        for section in version.sections.all()
        for criterion in section.criteria.all()
    }
    return [
        (scene.name, mark.criterion, mark.level, counts.get(mark.criterion, 0))
        for scene in scenario.scenes
        for choice in scene.choices
        for mark in choice.marks
        if not 1 <= mark.level <= counts.get(mark.criterion, 0)
    ]
