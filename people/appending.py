"""What makes the database itself refuse to change or delete a line of the audit log.

Two triggers stand on each of the two tables, on PostgreSQL a third against TRUNCATE. A migration that
alters one of them lifts the triggers first and makes them again afterwards, because SQLite rebuilds a
table under another name and drops its triggers without a word. `flush` lifts them as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("people_auditevent", "people_auditseal")
MESSAGE = "The audit log is only ever added to."


def protect(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION people_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
            )
        for name, table, event in _triggers(connection):
            if connection.vendor == "postgresql":
                each = "STATEMENT" if event == "TRUNCATE" else "ROW"
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION people_append_only()"
                )
            else:
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )


def lift(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name, table, _event in _triggers(connection):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS people_append_only()")


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    lift(connection)
    try:
        yield
    finally:
        protect(connection)


def protect_after(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection)


def lift_before(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection)


def _triggers(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str]]:
    """Name, table and event."""
    events = ("UPDATE", "DELETE", *(("TRUNCATE",) if connection.vendor == "postgresql" else ()))
    for table in TABLES:
        for event in events:
            yield f"{table}_never_{event.lower()}", table, event
