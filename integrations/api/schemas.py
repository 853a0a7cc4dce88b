"""The shapes of answers. Times are ISO 8601 with a zone, percents 0-100; null is "not known"."""

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema


class Problem(Schema):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, Any]] | None = Field(
        None, description="Which fields were wrong, and what was expected."
    )


class Page(Schema):
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one."
    )


class RowResult(Schema):
    index: int = Field(description="Which row of the batch, counted from 0.")
    id: str = Field(description="The row's own id: external_id, e-mail address or name.")
    status: str = Field(description="created, updated, unchanged, deactivated or rejected")
    reason: str = Field("", description="Every fault of a rejected row.")
    changes: dict[str, list[Any]] = Field(
        default_factory=dict, description="Of a person: before and after, by field."
    )


class BatchResult(Schema):
    created: int
    updated: int
    unchanged: int
    rejected: int
    results: list[RowResult]


class TeamOfPerson(Schema):
    name: str
    kind: Literal["member", "manager"]
    starts_on: dt.date
    ends_on: dt.date | None


class Person(Schema):
    id: int
    email: str
    first_name: str
    last_name: str
    is_active: bool
    started_on: dt.date | None
    time_zone: str
    language: str
    roles: list[str]
    teams: list[TeamOfPerson] = Field(description="Those of today.")


class PeoplePage(Page):
    data: list[Person]


class MemberOfTeam(Schema):
    person: int
    email: str
    kind: Literal["member", "manager"]
    starts_on: dt.date
    ends_on: dt.date | None


class Team(Schema):
    id: int
    name: str
    channels: list[str] = Field(description="Empty means all.")
    members: list[MemberOfTeam] = Field(description="Those of today.")


class TeamsPage(Page):
    data: list[Team]


class CriterionScore(Schema):
    criterion: str = Field(
        description="The criterion's key, which stays the same in later versions."
    )
    title: str
    section: str
    skill: str | None
    level: str | None
    points: float | None
    is_not_applicable: bool
    count: int | None
    comment: str


class Scorecard(Schema):
    id: int
    url: str
    revision: int
    interaction: int
    source: str
    external_id: str
    channel: str
    occurred_at: dt.datetime
    agent: int | None
    reviewer: int
    rubric: str
    rubric_version: int
    submitted_at: dt.datetime
    month: dt.date
    percent: float | None
    outcome: str
    is_held: bool = Field(description="Held back from the agent.")
    acknowledged_at: dt.datetime | None
    inclusion_probability: float | None = Field(
        description="Null where it was picked by hand: it belongs to no average."
    )
    skills: dict[str, float | None] = Field(description="Percent by the key of the skill.")
    criteria: list[CriterionScore]


class ScorecardsPage(Page):
    data: list[Scorecard]


class Figure(Schema):
    value: float
    low: float | None
    high: float | None


class SkillFigures(Schema):
    skill: str = Field(description="The skill's key; empty for the whole scorecard.")
    name: str
    n: int = Field(description="Scorecards it is made of.")
    raw: Figure | None = Field(description="As graded; null with fewer than five scorecards.")
    adjusted: Figure | None = Field(
        description="Corrected for who graded; null where there are too few to say."
    )
    is_adjusted: bool = Field(
        description="False where the reviewers cannot be compared: adjusted then equals raw."
    )


class SkillsOfPerson(Schema):
    person: int
    email: str
    skills: list[SkillFigures]


class SkillsPage(Page):
    first_month: dt.date
    last_month: dt.date
    standard: str | None = Field(description="The rubric by which most was graded.")
    data: list[SkillsOfPerson]


class Assignment(Schema):
    id: int
    person: int
    module: int
    title: str
    round: int
    assigned_at: dt.datetime
    due_on: dt.date | None
    completed_at: dt.datetime | None
    is_overdue: bool


class AssignmentsPage(Page):
    data: list[Assignment]


class Completion(Schema):
    id: int
    person: int
    page: int
    title: str
    kind: str = Field(description="module, lesson, quiz, …")
    round: int
    completed_at: dt.datetime
    lapses_on: dt.date | None
    counts: bool = Field(description="False once it lapsed or a new round began.")


class CompletionsPage(Page):
    data: list[Completion]
