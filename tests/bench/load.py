"""Many rows into one table as fast as the database takes them: COPY on PostgreSQL, the driver's own
`executemany` on SQLite. What a column is not given gets the default of its field."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def stamp(moment: dt.datetime) -> str:
    """A moment in UTC as both databases read it: SQLite keeps it as text without a zone."""
    text = moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ")
    return text if connection.vendor == "sqlite" else f"{text}+00"


class Table:
    """`ids` counts on from the highest key there is; `finish` moves PostgreSQL's sequence behind it."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self.model = model
        fields = {field.attname: field for field in model._meta.concrete_fields}
        missing = [name for name in fields if name not in columns]
        self._constants = tuple(_default(fields[name]) for name in missing)
        self._names = [fields[name].column for name in (*columns, *missing)]
        self.next_id = (model.objects.aggregate(last=models.Max("pk"))["last"] or 0) + 1
        self.quoted = connection.ops.quote_name(model._meta.db_table)
        self.count = 0

    def ids(self, count: int) -> range:
        first, self.next_id = self.next_id, self.next_id + count
        return range(first, self.next_id)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(connection.ops.quote_name(name) for name in self._names)
        constants = self._constants
        whole = [row + constants for row in rows]
        self.count += len(whole)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.quoted} ({names}) FROM STDIN") as copy:
                    for row in whole:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(self._names))
                cursor.connection.executemany(
                    f"INSERT INTO {self.quoted} ({names}) VALUES ({marks})",  # noqa: S608 (names of models)
                    whole,
                )

    def finish(self) -> None:
        from django.core.management.color import no_style

        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [self.model]):
                cursor.execute(statement)


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default()
    if isinstance(value, dt.datetime):
        return stamp(value)
    return json.dumps(value) if isinstance(value, (dict, list)) else value
