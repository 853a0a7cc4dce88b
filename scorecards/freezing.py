"""What makes the database itself refuse a change to a published rubric version.

Eleven triggers stand on the version and on its sections, criteria and levels. One change remains
possible: a published version may be retired.

A migration that changes one of these tables starts with `RunPython(thaw_before, freeze_after)` and ends
with `RunPython(freeze_after, thaw_before)`: SQLite rebuilds a table under another name, and drops its
triggers without a word. `flush` thaws as well (`management/commands/flush.py`), because SQLite empties a
table with DELETE. PostgreSQL's TRUNCATE asks no row trigger; it is the table owner's own tool.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_VERSION = "scorecards_rubricversion"
_SECTION = "scorecards_section"
_CRITERION = "scorecards_criterion"
_LEVEL = "scorecards_level"
_MESSAGE = "A published rubric version does not change; make a new version."

# Whether the row `{row}` of a table lies in a version that was published.
_LIES_IN_FROZEN = {
    _SECTION: f"EXISTS (SELECT 1 FROM {_VERSION} v "  # noqa: S608 (names are constants)
    "WHERE v.id = {row}.version_id AND v.state <> 'draft')",
    _CRITERION: f"EXISTS (SELECT 1 FROM {_SECTION} s JOIN {_VERSION} v ON v.id = s.version_id "  # noqa: S608
    "WHERE s.id = {row}.section_id AND v.state <> 'draft')",
    _LEVEL: f"EXISTS (SELECT 1 FROM {_CRITERION} c JOIN {_SECTION} s ON s.id = c.section_id "  # noqa: S608
    f"JOIN {_VERSION} v ON v.id = s.version_id "
    "WHERE c.id = {row}.criterion_id AND v.state <> 'draft')",
}


def freeze(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers. They compare the columns which the tables have now."""
    with connection.cursor() as cursor:
        for name, table, event, condition in _triggers(connection):
            if connection.vendor == "postgresql":
                row = "OLD" if event == "DELETE" else "NEW"
                cursor.execute(
                    f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                    f"IF {condition} THEN RAISE EXCEPTION '{_MESSAGE}' "
                    f"USING ERRCODE = 'restrict_violation'; END IF; RETURN {row}; END $$"
                )
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION {name}()"
                )
            else:
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
                    f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
                )


def thaw(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name, table, _event, _condition in _triggers(connection):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


@contextmanager
def thawed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    thaw(connection)
    try:
        yield
    finally:
        freeze(connection)


def freeze_after(apps: Any, schema_editor: Any) -> None:
    freeze(schema_editor.connection)


def thaw_before(apps: Any, schema_editor: Any) -> None:
    thaw(schema_editor.connection)


def trigger_names() -> set[str]:
    return {
        f"scorecards_frozen_{table.removeprefix('scorecards_')}_{event.lower()}"
        for table in (_VERSION, *_LIES_IN_FROZEN)
        for event in ("INSERT", "UPDATE", "DELETE")
    } - {"scorecards_frozen_rubricversion_insert"}


def _triggers(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str, str]]:
    """Name, table, event, and the condition under which the event is refused."""
    retired = (
        "OLD.state = 'published' AND NEW.state = 'retired' AND "
        f"{_same(connection, _VERSION, but='state')}"
    )
    name = "scorecards_frozen_rubricversion"
    yield f"{name}_update", _VERSION, "UPDATE", f"OLD.state <> 'draft' AND NOT ({retired})"
    yield f"{name}_delete", _VERSION, "DELETE", "OLD.state <> 'draft'"
    for table, lies_in_frozen in _LIES_IN_FROZEN.items():
        name = f"scorecards_frozen_{table.removeprefix('scorecards_')}"
        before, after = lies_in_frozen.format(row="OLD"), lies_in_frozen.format(row="NEW")
        changed = f"({before} OR {after})"
        yield f"{name}_insert", table, "INSERT", after
        yield f"{name}_update", table, "UPDATE", changed
        yield f"{name}_delete", table, "DELETE", before


def _same(connection: BaseDatabaseWrapper, table: str, *, but: str) -> str:
    equals = "IS NOT DISTINCT FROM" if connection.vendor == "postgresql" else "IS"
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    return " AND ".join(
        f"NEW.{column.name} {equals} OLD.{column.name}" for column in columns if column.name != but
    )
