"""A backup: one folder with the database, the files, and a manifest that says what has to be in it.

The database comes first, as it was at one moment; then the files. A file without its row is harmless, a
row without its file is not. All is written below a name that ends with `.part` and renamed last: a backup
that broke off is never taken for a whole one.
"""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

FORMAT = 1
MANIFEST = "manifest.json"
PART = ".part"
PAGES_AT_ONCE = 2000
DATABASE_FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# The folders of files, by the storage that each belongs to.
CONNECTION_OPTIONS = (
    "host", "hostaddr", "port", "user", "dbname", "service", "passfile", "connect_timeout",
    "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl",
)  # fmt: skip
FOLDERS = {"media": "default", "private": "private"}


class BackupError(Exception):
    """The message is for who typed the command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """What one moment of a database held."""

    tables: dict[str, int]
    migrations: list[str]


def take_backup(target: Path) -> dict[str, Any]:
    """Write the backup into the folder `target`, which must not be there yet; return its manifest."""
    if target.exists():
        raise BackupError(f"{target} is there already. Name a folder that is not.")
    for root in filter(None, map(_root, FOLDERS)):
        if target.is_relative_to(root.resolve()):
            raise BackupError(f"{target} lies in {root}, which is backed up. Name another folder.")
    part = target.with_name(target.name + PART)
    try:
        part.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(
            f"{part} is there: another backup is being written, or one broke off. Remove the folder "
            "when none is being written."
        ) from None
    try:
        manifest = _write(part)
        os.replace(part, target)
        _sync(target.parent)
    except (OSError, sqlite3.Error, DatabaseError) as problem:
        raise BackupError(f"No backup was made: {problem}") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def problems_of(folder: Path) -> list[str]:
    """What is wrong with a backup, each in a sentence; empty when it is whole."""
    try:
        manifest = read_manifest(folder)
    except BackupError as problem:
        return [str(problem)]
    problems = []
    listed = {each["path"]: each for each in manifest["files"]}
    for path, expected in sorted(listed.items()):
        file = folder / path
        if not file.is_file():
            problems.append(f"{path} is missing.")
        elif file.stat().st_size != expected["bytes"]:
            problems.append(
                f"{path} has {file.stat().st_size} bytes and had {expected['bytes']} when it was made."
            )
        elif _digest(file) != expected["sha256"]:
            problems.append(f"{path} was changed after it was made.")
    found = {path.relative_to(folder).as_posix() for path in _files_below(folder)}
    problems += [
        f"{path} does not belong to the backup." for path in sorted(found - {MANIFEST, *listed})
    ]
    database = folder / DATABASE_FILES[manifest["vendor"]]
    if not database.is_file():
        return problems
    if manifest["vendor"] == "sqlite":
        return problems + problems_of_sqlite(database, manifest["tables"])
    return problems + _problems_of_dump(database)


def problems_of_sqlite(database: Path, expected: dict[str, int]) -> list[str]:
    """What is wrong with a copy of an SQLite database that has to hold `expected` rows per table."""
    # Only this file: a `-wal` beside it would belong to another one.
    source = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    with contextlib.closing(source):
        try:
            problems = [
                f"The database is damaged: {line}"
                for (line,) in source.execute("PRAGMA integrity_check(5)")
                if line != "ok"
            ]
            for table, _row, parent, _key in source.execute("PRAGMA foreign_key_check"):
                problems.append(f"A row of {table} names one of {parent} that is not there.")
            counted = _contents_of_sqlite(source).tables
        except sqlite3.DatabaseError as problem:
            return [f"The database is damaged: {problem}"]
    for table in sorted(expected.keys() | counted.keys()):
        if expected.get(table) != counted.get(table):
            problems.append(
                f"{table} has {counted.get(table, 'no')} rows and had "
                f"{expected.get(table, 'no')} when it was made."
            )
    return problems


def restore_backup(folder: Path, *, replace: bool) -> dict[str, Any]:
    """Put the backup in `folder` into the configured database and folders; return its manifest.

    The files come first and the database last and at once: one that breaks off leaves the old database.
    """
    if problems := problems_of(folder):
        raise BackupError("The backup is not whole, nothing was restored:\n" + "\n".join(problems))
    manifest = read_manifest(folder)
    _require_fitting(manifest)
    if not replace:
        _require_empty(manifest)
    try:
        for name in manifest["folders"]:
            _put_back(folder / name, _root(name))
        connection.close()
        database = folder / DATABASE_FILES[manifest["vendor"]]
        if manifest["vendor"] == "sqlite":
            _restore_sqlite(database)
        else:
            _restore_postgresql(database)
    except (OSError, sqlite3.Error) as problem:
        raise BackupError(
            f"The database was left as it was, files may have been added: {problem}"
        ) from problem
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    if folder.name.endswith(PART):
        raise BackupError(f"{folder} is a backup that broke off or is being written.")
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        is_known = manifest["format"] == FORMAT and manifest["vendor"] in DATABASE_FILES
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST}.") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {problem}") from problem
    if not is_known:
        raise BackupError(f"{folder} was made in a way that this version does not know.")
    return dict(manifest)


# Writing ------------------------------------------------------------------------------------------


def _write(part: Path) -> dict[str, Any]:
    if connection.vendor not in DATABASE_FILES:
        raise BackupError(f"There is no backup of {connection.vendor}.")
    taken_at = dt.datetime.now(dt.UTC)
    database = part / DATABASE_FILES[connection.vendor]
    copy_database = _copy_sqlite if connection.vendor == "sqlite" else _dump_postgresql
    contents = copy_database(database)
    files = [_entry(part, database)]
    folders = []
    for name in FOLDERS:
        root = _root(name)
        if root is None:
            continue
        folders.append(name)
        (part / name).mkdir()
        for file in _files_below(root):
            copy = part / name / file.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            # Deleted since its folder was listed: then no row needs it for long, either.
            with contextlib.suppress(FileNotFoundError):
                shutil.copy2(file, copy)
                files.append(_entry(part, copy))
    manifest = {
        "format": FORMAT,
        "taken_at": taken_at.isoformat(timespec="seconds"),
        "version": _version(),
        "django": django.get_version(),
        "vendor": connection.vendor,
        "database_version": _database_version(),
        "migrations": contents.migrations,
        "tables": contents.tables,
        "folders": folders,
        "files": files,
    }
    path = part / MANIFEST
    path.write_text(json.dumps(manifest, indent=1) + "\n")
    _sync(path)
    return manifest


def _copy_sqlite(target: Path) -> Contents:
    """Copy the database while others write to it: the reading transaction keeps the moment, and the
    steps leave room in between. Without it each write of another process would begin the copy anew."""
    with (
        contextlib.closing(_open_sqlite(_sqlite_file())) as source,
        contextlib.closing(_open_sqlite(target)) as copy,
    ):
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, sleep=0)
        source.execute("ROLLBACK")
        # The copy is one file, without a `-wal` that could be left behind.
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        contents = _contents_of_sqlite(copy)
    _sync(target)
    return contents


def _contents_of_sqlite(database: sqlite3.Connection) -> Contents:
    names = [
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        )
    ]
    tables = {
        name: database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608
        for name in names
    }
    rows = database.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return Contents(tables, [f"{app}.{name}" for app, name in rows])


def _dump_postgresql(target: Path) -> Contents:
    """Let `pg_dump` write what the counts were made of: both read by the same snapshot."""
    import psycopg

    with psycopg.connect(_conninfo(), password=_password()) as own:
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (snapshot,) = _one(own.execute("SELECT pg_export_snapshot()"))
        names = own.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        ).fetchall()
        tables = {}
        for (name,) in names:
            count = f"SELECT count(*) FROM {_quoted(name)}"  # noqa: S608
            (tables[name],) = _one(own.execute(count.encode()))
        rows = own.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        _run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
            f"--file={target}", f"--dbname={_conninfo()}",
        )  # fmt: skip
    _sync(target)
    return Contents(tables, [f"{app}.{name}" for app, name in rows])


def _one(cursor: Any) -> tuple[Any, ...]:
    return tuple(cursor.fetchone())


# Reading ------------------------------------------------------------------------------------------


def _problems_of_dump(dump: Path) -> list[str]:
    try:
        # Reads all of it, not just its list of contents.
        _run("pg_restore", f"--file={os.devnull}", str(dump))
    except BackupError as problem:
        return [str(problem)]
    return []


def _require_fitting(manifest: dict[str, Any]) -> None:
    if manifest["vendor"] != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest['vendor']} and DATABASE_URL names {connection.vendor}."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    labels = {name.split(".")[0] for name in known}
    if unknown := [
        name
        for name in manifest["migrations"]
        if name not in known and name.split(".")[0] in labels and not _is_replaced(name)
    ]:
        raise BackupError(
            f"The backup is of a newer version ({manifest['version']}; {', '.join(unknown[:3])}). "
            "Install that one, or a newer one, and restore then."
        )


def _is_replaced(name: str) -> bool:
    app, migration = name.split(".", 1)
    return any(
        (app, migration) in each.replaces for each in MigrationLoader(None).disk_migrations.values()
    )


def _require_empty(manifest: dict[str, Any]) -> None:
    full = []
    if connection.introspection.table_names():
        full.append("the database")
    for name in manifest["folders"]:
        root = _root(name)
        if root is not None and next(_files_below(root), None) is not None:
            full.append(str(root))
    if full:
        raise BackupError(
            f"Not empty: {', '.join(full)}. Nothing was restored. With --replace the database is "
            "replaced, and the files are put beside those that are there."
        )


def _put_back(source: Path, root: Path | None) -> None:
    if root is None:
        raise BackupError("The backup holds files, and S3_BUCKET is set. Unset it to restore them.")
    root.mkdir(parents=True, exist_ok=True)
    for file in _files_below(source):
        target = root / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.restoring")
        try:
            shutil.copy2(file, part)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)


def _restore_sqlite(source: Path) -> None:
    """One transaction of SQLite's own: killed in the middle, the old database is still there."""
    target = _sqlite_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    uri = f"{source.resolve().as_uri()}?mode=ro&immutable=1"
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True)) as backup,
        contextlib.closing(_open_sqlite(target)) as database,
    ):
        backup.backup(database)


def _restore_postgresql(dump: Path) -> None:
    """The old schema goes and the new one comes in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
        _run(
            "psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1",
            f"--output={os.devnull}", f"--dbname={_conninfo()}",
            "--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public",
            f"--file={script}",
        )  # fmt: skip


# Small ones ---------------------------------------------------------------------------------------


def _root(name: str) -> Path | None:
    """The folder of these files, or none where they lie in a bucket."""
    storage: Storage = storages[FOLDERS[name]]
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def _files_below(root: Path) -> Iterator[Path]:
    for folder, _folders, names in os.walk(root):
        for name in names:
            yield Path(folder) / name


def _sqlite_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open_sqlite(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=60, isolation_level=None)


def _conninfo() -> str:
    from psycopg.conninfo import make_conninfo

    connection.ensure_connection()
    known = connection.connection.info.get_parameters()
    # The programs may be of another version than the driver, and know fewer options.
    return make_conninfo(**{name: known[name] for name in CONNECTION_OPTIONS if name in known})


def _password() -> str | None:
    return connection.settings_dict.get("PASSWORD") or None


def _environment() -> dict[str, str]:
    """The password goes by the environment: a command's words are read by everybody on the machine."""
    password = _password()
    return {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)


def _program(name: str) -> str:
    if found := shutil.which(name):
        return found
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    for path in sorted(installed, key=lambda path: float(path.parts[-3]), reverse=True):
        return str(path)
    raise BackupError(
        f"{name} is not installed. It comes with PostgreSQL's client (Debian: postgresql-client), in "
        "a version that is not older than the server's."
    )


def _run(program: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603 (our own words)
        [_program(program), *words], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} refused: {done.stderr.strip()[-2000:]}")


def _entry(part: Path, file: Path) -> dict[str, Any]:
    return {
        "path": file.relative_to(part).as_posix(),
        "bytes": file.stat().st_size,
        "sha256": _digest(file),
    }


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _version() -> str:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def _database_version() -> str:
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    return ".".join(map(str, connection.get_database_version()))
