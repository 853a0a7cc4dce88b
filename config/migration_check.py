"""`python -m config.migration_check`: no new migration may hold up a full database for long.

Run by `make check` on the SQL that PostgreSQL would get. What had landed before the rule is in `KNOWN`,
with the reason why it may stay; CONTRIBUTING.md says how a change is made that keeps to it.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterable
from typing import Final

# What had landed while no database existed anywhere but those that are made anew. All that is added here
# is a removal, with the version since which nothing reads what it takes away.
_BEFORE = "landed before the first release, when every database was a new one"
KNOWN: Final = {
    ("content", "0004_manual_and_training"): _BEFORE,
    ("content", "0006_procedure_topics"): _BEFORE,
    ("integrations", "0002_data_dump"): _BEFORE,
    ("interactions", "0002_initial"): _BEFORE,
    ("interactions", "0003_add_import_progress_at"): _BEFORE,
    ("interactions", "0005_surveys"): _BEFORE,
    ("interactions", "0006_import_mappings"): _BEFORE,
    ("interactions", "0007_transcript_search"): _BEFORE,
    ("interactions", "0008_privacy"): _BEFORE,
    ("interactions", "0009_service_facts"): _BEFORE,
    ("people", "0002_content_language"): _BEFORE,
    ("people", "0003_opening_hours"): _BEFORE,
    ("scorecards", "0002_grading"): _BEFORE,
    ("scorecards", "0003_practice"): _BEFORE,
    ("scorecards", "0004_verdict_reviews"): _BEFORE,
    ("training", "0002_manual_and_training"): _BEFORE,
}
_TABLE = re.compile(r'(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX .*? ON|DROP TABLE) "([^"]+)"')
_CREATED = re.compile(r'CREATE TABLE "([^"]+)"')
_CHECK = re.compile(r"ADD CONSTRAINT .* CHECK \(")


def problems(sql: Iterable[str]) -> list[str]:
    """What in the statements of one migration would hold up who works on a full table; each once.

    The rules are django-migration-linter's for PostgreSQL. Tables that the same migration makes are
    empty. The linter stops at the first index and the first constraint of a migration, so each statement
    is also judged alone; constraints that read the whole table under a lock it does not know.
    """
    from django_migration_linter.sql_analyser import analyse_sql_statements
    from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

    statements = [" ".join(line.split()) for line in sql]
    created = {match[1] for match in map(_CREATED.match, statements) if match}
    old = [
        each
        for each in statements
        if not each.startswith(("--", "CREATE TABLE"))
        and not ((match := _TABLE.search(each)) and match[1] in created)
    ]
    found: dict[str, None] = {}
    for some in (old, *([each] for each in old)):
        errors, _ignored, warnings = analyse_sql_statements(PostgresqlAnalyser, some, None)
        found |= dict.fromkeys(issue.message for issue in (*errors, *warnings))
    if any(_CHECK.search(each) and not each.endswith("NOT VALID;") for each in old):
        found["CHECK constraint reads the whole table under a lock"] = None
    return list(found)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    # Nothing is signed here; a clean checkout has no key.
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    import django

    django.setup()
    from django.apps import apps
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    own = {
        each.label
        for each in apps.get_app_configs()
        if each.path.startswith(str(settings.BASE_DIR))
    }
    own -= {each.label for each in apps.get_app_configs() if "site-packages" in each.path}
    loader = MigrationLoader(connection, replace_migrations=False)
    refused = 0
    for key in sorted(loader.disk_migrations):
        if key[0] not in own or key in KNOWN:
            continue
        migration = loader.disk_migrations[key]
        for problem in problems(loader.collect_sql([(migration, False)])):
            refused += 1
            sys.stdout.write(f"{key[0]} {key[1]}: {problem}\n")
    if unknown := KNOWN.keys() - loader.disk_migrations.keys():
        sys.exit(f"There are no such migrations any more: {sorted(unknown)}")
    if refused:
        sys.exit("These would hold up a full database; CONTRIBUTING.md says how to do it instead.")


if __name__ == "__main__":
    main()
