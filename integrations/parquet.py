"""Scorecards and criterion scores as Apache Parquet, for a warehouse. Needs the extra "parquet".

Rows are read in portions and written as row groups, so memory does not grow with the table. Off the
record there is nothing in it, and what is held back only for who may see it.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _

from people.models import User
from scorecards.models import CriterionScore, ReviewAssignment, Scorecard

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 20_000
PORTION = 2_000
Row = tuple[Any, ...]

# Columns in their order: name and kind ("int", "text", "float", "bool", "moment" or "day").
SCORECARDS = (
    ("id", "int"),
    ("revision", "int"),
    ("interaction", "int"),
    ("source", "text"),
    ("external_id", "text"),
    ("channel", "text"),
    ("occurred_at", "moment"),
    ("agent", "int"),
    ("reviewer", "int"),
    ("rubric", "text"),
    ("rubric_version", "int"),
    ("submitted_at", "moment"),
    ("month", "day"),
    ("percent", "float"),
    ("outcome", "text"),
    ("is_held", "bool"),
    ("inclusion_probability", "float"),
)
CRITERION_SCORES = (
    ("scorecard", "int"),
    ("criterion", "text"),
    ("section", "text"),
    ("skill", "text"),
    ("level", "text"),
    ("points", "float"),
    ("is_not_applicable", "bool"),
    ("count", "int"),
)


class NotInstalled(Exception):
    """The message says what to install."""


def write(file: IO[bytes], table: str, *, user: User) -> int:
    """Write one of `TABLES` as `user` sees it; return how many rows. One query."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise NotInstalled(
            _("Parquet needs pyarrow, which is not installed: pip install “evenhand[parquet]”.")
        ) from None
    columns, rows_of = TABLES[table]
    kinds = {
        "int": pa.int64(),
        "text": pa.string(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "moment": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns])
    rows = rows_of(user)
    count = 0
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            arrays = [
                pa.array(values, kinds[kind])
                for (_name, kind), values in zip(columns, zip(*group, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(group)
    return count


def _visible(user: User) -> Any:
    rows = Scorecard.objects.visible_to(user).submitted()
    return rows.exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)


def _scorecards(user: User) -> Iterator[Row]:
    rows = (
        _visible(user)
        .order_by("pk")
        .values_list(
            "pk",
            "revision",
            "interaction",
            "interaction__source",
            "interaction__external_id",
            "interaction__channel",
            "interaction__occurred_at",
            "agent",
            "reviewer",
            "version__rubric__key",
            "version__number",
            "submitted_at",
            "month",
            "percent",
            "outcome",
            "is_held",
            "assignment__inclusion_probability",
        )
    )
    for row in rows.iterator(chunk_size=PORTION):
        yield (*row[:13], _float(row[13]), *row[14:])


def _criterion_scores(user: User) -> Iterator[Row]:
    rows = (
        CriterionScore.objects.filter(scorecard__in=_visible(user).order_by().values("pk"))
        .order_by("scorecard", "pk")
        .values_list(
            "scorecard",
            "criterion__key",
            "criterion__section__key",
            "criterion__skill__key",
            "level__label",
            "level__points",
            "is_not_applicable",
            "count",
        )
    )
    for row in rows.iterator(chunk_size=PORTION):
        yield (*row[:5], _float(row[5]), *row[6:])


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


TABLES: dict[str, tuple[tuple[tuple[str, str], ...], Callable[[User], Iterator[Row]]]] = {
    "scorecards": (SCORECARDS, _scorecards),
    "criterion_scores": (CRITERION_SCORES, _criterion_scores),
}
