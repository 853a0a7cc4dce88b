"""Connection options per database engine. The figures behind them are in docs/architecture.md."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

# IMMEDIATE makes a writer wait for its turn instead of failing half-way through; WAL lets readers go
# on meanwhile. `busy_timeout` must stay out: it would override `timeout`.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL;"
        "PRAGMA mmap_size=134217728;"
        "PRAGMA cache_size=-20000;"
        "PRAGMA journal_size_limit=67108864;"
        "PRAGMA temp_store=MEMORY"
    ),
}
POSTGRESQL_POOL = {"min_size": 2, "max_size": 8, "timeout": 10}
# Compiling a query costs PostgreSQL seconds where running it takes milliseconds: what is claimable asks
# a dozen small questions of each row, which looks expensive to its planner and is not.
POSTGRESQL_OPTIONS: dict[str, Any] = {"pool": POSTGRESQL_POOL, "options": "-c jit=off"}


def with_tuned_options(database: dict[str, Any]) -> dict[str, Any]:
    """Return the `DATABASES` entry with the options of its engine; options that the URL itself names
    win, and unknown engines stay as they are."""
    if "ENGINE" not in database:
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood. It looks like postgres://user:password@host/name or "
            "sqlite:////absolute/path/to/file."
        )
    given = database.get("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        return {**database, "OPTIONS": {**SQLITE_OPTIONS, **given}, "CONN_MAX_AGE": 600}
    if database["ENGINE"].endswith("postgresql"):
        # A pool keeps the connections, so Django itself must not: CONN_MAX_AGE stays 0.
        return {**database, "OPTIONS": {**POSTGRESQL_OPTIONS, **given}, "CONN_MAX_AGE": 0}
    return database
