"""Let SQLite's search index find "escalation" for "escalations", as PostgreSQL's does by itself.

The full-text table is Wagtail's; only its tokenizer changes. Its triggers hang on the table it
mirrors and name this one by name, so they go on working with the new one.
"""

from django.db import migrations

TABLE = "wagtailsearch_indexentry_fts"
STEMMING = ", tokenize='porter unicode61 remove_diacritics 2'"


def rebuild(schema_editor, options):
    connection = schema_editor.connection
    if connection.vendor != "sqlite" or TABLE not in connection.introspection.table_names():
        return
    schema_editor.execute(f"DROP TABLE {TABLE}")
    schema_editor.execute(
        f"CREATE VIRTUAL TABLE {TABLE} USING fts5(autocomplete, body, title{options})"
    )
    schema_editor.execute(
        f"INSERT INTO {TABLE}(rowid, autocomplete, body, title) "
        "SELECT id, autocomplete, body, title FROM wagtailsearch_indexentry"
    )


def stem(apps, schema_editor):
    rebuild(schema_editor, STEMMING)


def unstem(apps, schema_editor):
    rebuild(schema_editor, "")


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0002_site"),
        ("wagtailsearch", "0010_add_text_fields"),
    ]

    operations = [migrations.RunPython(stem, unstem)]
