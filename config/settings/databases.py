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
# Connections of one process; PostgreSQL needs `max_connections` for all processes together.
POOL_SIZE = 8
POOL_TIMEOUT = 5  # seconds that a request waits for a connection, also for a server that is away
# Compiling a query costs PostgreSQL seconds where running it takes milliseconds: what is claimable asks
# a dozen small questions of each row, which looks expensive to its planner and is not.
POSTGRESQL_OPTIONS: dict[str, Any] = {"options": "-c jit=off"}
# Said by the server itself, so that not even a mistake of ours writes to a replica.
POSTGRESQL_READ_ONLY = "-c jit=off -c default_transaction_read_only=on"


def with_tuned_options(
    database: dict[str, Any],
    *,
    pool_size: int = POOL_SIZE,
    pool_timeout: float = POOL_TIMEOUT,
    read_only: bool = False,
) -> dict[str, Any]:
    """Return the `DATABASES` entry with the options of its engine; options that the URL itself names
    win, and unknown engines stay as they are.

    Each process of PostgreSQL's clients keeps up to `pool_size` connections.
    """
    if "ENGINE" not in database:
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood. It looks like postgres://user:password@host/name or "
            "sqlite:////absolute/path/to/file."
        )
    given = database.get("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        options = {**SQLITE_OPTIONS, **given}
        if read_only:
            options["init_command"] = "PRAGMA query_only=ON"
        return {**database, "OPTIONS": options, "CONN_MAX_AGE": 600}
    if database["ENGINE"].endswith("postgresql"):
        # A pool keeps the connections, so Django itself must not: CONN_MAX_AGE stays 0.
        pool = {
            "min_size": min(2, pool_size),
            "max_size": pool_size,
            "timeout": pool_timeout,
            # The pauses of who tries to connect double, and everybody waits for that one: after a minute
            # without the server another minute. Given up, the next request tries at once.
            "reconnect_timeout": pool_timeout,
        }
        options = {"pool": pool, **POSTGRESQL_OPTIONS, **given}
        if read_only:
            options["options"] = POSTGRESQL_READ_ONLY
        # A connection is asked whether it lives before it is handed out: after a restart of the server
        # none of the pool does.
        return {
            **database, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True,
        }  # fmt: skip
    return database
