"""The index of what was said: made by a migration and kept by triggers, so that no way of writing a
transcript can pass it by.

SQLite has an FTS5 table over `Transcript.text` that holds no text of its own. On PostgreSQL a column that
Django does not know of, so that reading a transcript does not read it, holds the words in the language of
the interaction.
"""

# ruff: noqa: S608 (the names in this SQL are its own; whatever was typed is a parameter)

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TRANSCRIPTS = "interactions_transcript"
INDEX = "interactions_transcript_fts"

# The configurations that every supported PostgreSQL brings. A language that is none of them is indexed
# word for word; where no language is known, as English.
CONFIGURATIONS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# What a tsvector holds is limited to a megabyte; of a longer transcript the beginning is found.
INDEXED_CHARACTERS = 250_000

_DELETE = (
    f"INSERT INTO {INDEX}({INDEX}, rowid, text) VALUES ('delete', old.interaction_id, old.text)"
)
_INSERT = f"INSERT INTO {INDEX}(rowid, text) VALUES (new.interaction_id, new.text)"
_TRIGGERS = {
    "insert": f"AFTER INSERT ON {TRANSCRIPTS} BEGIN {_INSERT}; END",
    "delete": f"AFTER DELETE ON {TRANSCRIPTS} BEGIN {_DELETE}; END",
    "update": (
        f"AFTER UPDATE OF interaction_id, text ON {TRANSCRIPTS} "
        "WHEN old.text IS NOT new.text OR old.interaction_id IS NOT new.interaction_id "
        f"BEGIN {_DELETE}; {_INSERT}; END"
    ),
}


def configuration(language: str) -> str:
    """The name of PostgreSQL's configuration for a language tag such as "de-CH"."""
    if not language:
        return "english"
    return CONFIGURATIONS.get(language.lower().replace("_", "-").split("-")[0], "simple")


def create(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE VIRTUAL TABLE {INDEX} USING fts5(text, content='{TRANSCRIPTS}', "
                "content_rowid='interaction_id', tokenize='porter unicode61 remove_diacritics 2')"
            )
            _create_triggers(cursor)
        elif connection.vendor == "postgresql":
            for statement in _postgres():
                cursor.execute(statement)
    rebuild(connection)


def remove(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{name}")
            cursor.execute(f"DROP TABLE {INDEX}")
        elif connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER {TRANSCRIPTS}_search ON {TRANSCRIPTS}")
            cursor.execute("DROP FUNCTION interactions_index_transcript()")
            cursor.execute("DROP FUNCTION interactions_search_configuration(text)")
            cursor.execute(f"ALTER TABLE {TRANSCRIPTS} DROP COLUMN search")


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Index every transcript anew. Reads them all."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")
        elif connection.vendor == "postgresql":
            cursor.execute(f"UPDATE {TRANSCRIPTS} SET text = text")


def restore_triggers(connection: BaseDatabaseWrapper) -> None:
    """Where a migration changes the table of transcripts, Django on SQLite makes a new one in its place,
    and the triggers go with the old one. The rows, and with them the index, are the same."""
    if connection.vendor == "sqlite" and INDEX in connection.introspection.table_names():
        with connection.cursor() as cursor:
            _create_triggers(cursor)


def _create_triggers(cursor: Any) -> None:
    for name, rule in _TRIGGERS.items():
        cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {INDEX}_{name} {rule}")


def _postgres() -> list[str]:
    cases = " ".join(
        f"WHEN '{tag}' THEN '{name}'::regconfig" for tag, name in CONFIGURATIONS.items()
    )
    return [
        f"ALTER TABLE {TRANSCRIPTS} ADD COLUMN search tsvector",
        f"""CREATE FUNCTION interactions_search_configuration(language text) RETURNS regconfig
            LANGUAGE sql IMMUTABLE AS $$
              SELECT CASE lower(split_part(replace(language, '_', '-'), '-', 1))
                WHEN '' THEN 'english'::regconfig {cases} ELSE 'simple'::regconfig END
            $$""",
        f"""CREATE FUNCTION interactions_index_transcript() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              NEW.search := to_tsvector(
                interactions_search_configuration(coalesce(
                  (SELECT language FROM interactions_interaction WHERE id = NEW.interaction_id), '')),
                left(NEW.text, {INDEXED_CHARACTERS}));
              RETURN NEW;
            END $$""",
        f"""CREATE TRIGGER {TRANSCRIPTS}_search BEFORE INSERT OR UPDATE OF text ON {TRANSCRIPTS}
            FOR EACH ROW EXECUTE FUNCTION interactions_index_transcript()""",
        f"CREATE INDEX {TRANSCRIPTS}_search ON {TRANSCRIPTS} USING gin (search)",
    ]
