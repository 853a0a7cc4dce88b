"""Keeping the rollups true: in the transaction of each change of a grade, or from scratch."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from scorecards.models import Rollup, Scorecard
from scorecards.scoring import Result

# How a cell is found, and what is added up in it, in the order of the statement below.
_KEY = (
    "agent_id",
    "reviewer_id",
    "version_id",
    "channel",
    "month",
    "subject",
    "subject_id",
    "is_held",
)
_SUMS = (
    "n",
    "sum_y",
    "sum_yy",
    "sum_w",
    "sum_wy",
    "sum_wyy",
    "sum_ww",
    "sum_wwy",
    "sum_wwyy",
)
# SQLite takes at most 32,766 parameters in one statement.
_ROWS_PER_STATEMENT = 500


def add_to_rollups(scorecard: Scorecard, result: Result) -> None:
    """Add a submitted scorecard to its cells: the whole, each skill, each criterion. One query.

    Needs `scorecard.assignment` and `scorecard.interaction` loaded. What has no agent, no inclusion
    probability or no percent belongs to no average and is left out. The upsert adds inside of the
    database, so that two submissions at once cannot lose one another's sums.
    """
    _upsert(_rows(scorecard, result))


def remove_from_rollups(scorecard: Scorecard, result: Result) -> None:
    """Take out of its cells what `add_to_rollups` added for the same scorecard and result, and drop
    the cells that are empty then. Two queries."""
    rows = [
        (*row[: len(_KEY)], *(-value for value in row[len(_KEY) :]))
        for row in _rows(scorecard, result)
    ]
    _upsert(rows)
    Rollup.objects.filter(
        n=0,
        agent=scorecard.agent_id,
        reviewer=scorecard.reviewer_id,
        version=scorecard.version_id,
        month=scorecard.month,  # type: ignore[misc] # submitted, so it has one
    ).delete()


def rebuild_rollups() -> int:
    """Make all rollups again from the submitted scorecards; return how many rows there are.

    Streams the scorecards; readers see the old rows until the new ones are whole.
    """
    from scorecards.loading import results_of

    scorecards = (
        Scorecard.objects.submitted()
        .select_related("assignment", "interaction")
        .filter(agent__isnull=False, assignment__inclusion_probability__isnull=False)
        .order_by("pk")
    )
    with transaction.atomic():
        Rollup.objects.all().delete()
        for scorecard, result in results_of(scorecards):
            _upsert(_rows(scorecard, result))
    return Rollup.objects.count()


def _rows(scorecard: Scorecard, result: Result) -> Iterator[tuple[Any, ...]]:
    probability = scorecard.assignment.inclusion_probability
    if scorecard.agent_id is None or probability is None or result.percent is None:
        return
    w = 1 / probability
    key = (
        scorecard.agent_id,
        scorecard.reviewer_id,
        scorecard.version_id,
        scorecard.interaction.channel,
        scorecard.month,
    )
    for subject, subject_id, percent in _percents(result):
        y = float(percent)
        sums = (1, y, y * y, w, w * y, w * y * y, w * w, w * w * y, w * w * y * y)
        yield (*key, subject.value, subject_id, scorecard.is_held, *sums)


def _percents(result: Result) -> Iterator[tuple[Rollup.Subject, int, Decimal]]:
    assert result.percent is not None  # noqa: S101 (for the type checker; `_rows` has looked)
    yield Rollup.Subject.TOTAL, 0, result.percent
    for skill, percent in result.skill_percents.items():
        yield Rollup.Subject.SKILL, skill, percent
    for criterion, percent in result.criterion_percents.items():
        yield Rollup.Subject.CRITERION, criterion, percent


def _upsert(rows: Iterable[tuple[Any, ...]]) -> None:
    """Add each row's sums to its cell. SQLite and PostgreSQL share this statement."""
    pending = list(rows)
    table = connection.ops.quote_name(Rollup._meta.db_table)
    columns = ", ".join((*_KEY, *_SUMS))
    adds = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)
    placeholders = "(" + ", ".join(["%s"] * len(_KEY + _SUMS)) + ")"
    with connection.cursor() as cursor:
        for start in range(0, len(pending), _ROWS_PER_STATEMENT):
            chunk = pending[start : start + _ROWS_PER_STATEMENT]
            cursor.execute(
                f"INSERT INTO {table} ({columns}) VALUES {', '.join([placeholders] * len(chunk))} "  # noqa: S608 (names are constants)
                f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {adds}",
                [value for row in chunk for value in row],
            )
