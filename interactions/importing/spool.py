"""What must be brought together from all over a file, kept on disk meanwhile: memory stays constant.

Both are temporary SQLite files which the database unlinks as soon as it has opened them; nothing of them
outlives the process.
"""

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b

MAX_GROUP_BYTES = 16 * 1024 * 1024
_ROWS_AT_ONCE = 1000


def _temporary(schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"
        "PRAGMA temp_store=FILE;" + schema
    )
    connection.execute("BEGIN")
    return connection


class Spool:
    """Rows by key; given back key by key in the order in which the keys were first seen."""

    def __init__(self) -> None:
        self.connection = _temporary(
            "CREATE TABLE known (key TEXT PRIMARY KEY, first INTEGER) WITHOUT ROWID;"
            "CREATE TABLE rows (key TEXT, number INTEGER, data TEXT);"
            "CREATE INDEX rows_key ON rows (key);"
            "CREATE TABLE told (id TEXT PRIMARY KEY) WITHOUT ROWID;"
        )
        self.pending: list[tuple[str, int, str]] = []
        self.count = 0

    def add(self, key: str, number: int, data: str) -> None:
        self.pending.append((key, number, data))
        if len(self.pending) >= _ROWS_AT_ONCE:
            self._flush()

    def remember(self, identity: str) -> bool:
        """Whether `identity` is told for the first time."""
        added = self.connection.execute("INSERT OR IGNORE INTO told VALUES (?)", (identity,))
        return added.rowcount == 1

    def merge(self, key: str, into: str) -> None:
        """Give the rows of one key to another."""
        self._flush()
        self.connection.execute("UPDATE rows SET key = ? WHERE key = ?", (into, key))
        first = self.connection.execute("SELECT first FROM known WHERE key = ?", (key,)).fetchone()
        if first:
            self.connection.execute("DELETE FROM known WHERE key = ?", (key,))
            self.connection.execute(
                "INSERT INTO known VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
                " SET first = min(first, excluded.first)",
                (into, first[0]),
            )

    def groups(self) -> Iterator[tuple[list[tuple[int, str]], bool]]:
        """(rows as (number, data) in order, whether there were too many to hold) for each key."""
        for group, is_too_large, _key in self.named_groups():
            yield group, is_too_large

    def named_groups(self) -> Iterator[tuple[list[tuple[int, str]], bool, str]]:
        """As `groups`, each with its key."""
        self._flush()
        self.count = self.connection.execute("SELECT count(*) FROM known").fetchone()[0]
        found = self.connection.execute(
            "SELECT known.key, rows.number, rows.data FROM rows JOIN known USING (key)"
            " ORDER BY known.first, known.key, rows.number"
        )
        current: str | None = None
        group: list[tuple[int, str]] = []
        size, is_too_large = 0, False
        for key, number, data in found:
            if key != current and current is not None:
                yield group, is_too_large, current
                group, size, is_too_large = [], 0, False
            current = key
            size += len(data)
            if size > MAX_GROUP_BYTES and group:
                is_too_large = True
            else:
                group.append((number, data))
        if current is not None:
            yield group, is_too_large, current

    def close(self) -> None:
        self.connection.close()

    def _flush(self) -> None:
        self.connection.executemany(
            "INSERT OR IGNORE INTO known VALUES (?, ?)",
            [(key, number) for key, number, _data in self.pending],
        )
        self.connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", self.pending)
        self.pending.clear()


class SeenIds:
    """Which ids a file has had so far, on which line, and a digest of what was said there."""

    def __init__(self) -> None:
        self.connection = _temporary(
            "CREATE TABLE seen (id INTEGER PRIMARY KEY, line INTEGER, digest TEXT);"
        )

    def first_of(self, rows: list[tuple[tuple[str, str], int, str]]) -> dict[int, tuple[int, str]]:
        """Remember (key, line, digest) of each of `rows`, in order. Where a key was there before,
        the result has under the line of the repetition the first line and its digest. Two queries."""
        ids = [_number(key) for key, _line, _digest in rows]
        known: dict[int, tuple[int, str]] = {}
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ",".join("?" * len(some))
            for identity, line, digest in self.connection.execute(
                f"SELECT id, line, digest FROM seen WHERE id IN ({marks})",  # noqa: S608
                some,
            ):
                known[identity] = (line, digest)
        repeated: dict[int, tuple[int, str]] = {}
        new = []
        for identity, (_key, line, digest) in zip(ids, rows, strict=True):
            if identity in known:
                repeated[line] = known[identity]
            else:
                known[identity] = (line, digest)
                new.append((identity, line, digest))
        self.connection.executemany("INSERT INTO seen VALUES (?, ?, ?)", new)
        return repeated

    def close(self) -> None:
        self.connection.close()


def _number(key: tuple[str, str]) -> int:
    digest = blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
