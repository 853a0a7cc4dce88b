"""The house that the tables are about, and who walks through it."""

import datetime as dt
import fcntl
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.template.backends.django import Template
from django.test import Client
from django.utils import timezone

from config.demo import logins
from people.models import Membership, Team, User
from people.roles import Role
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory

CAST = """\
#   a nobody signed in      d deactivated            n new hire, in another team than Ines
#   i Ines                  t agent of Ines's team   o agent of another team
#   r Oskar, who grades     s another reviewer       m manager of Ines's team
#   f its former manager    x manager of another     e editor      w administrator
"""
on_one_database = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="who may what is the same on each database"
)


def build() -> None:
    """The demo organisation with what the journeys prepare."""
    from config.demo.seed import seed
    from tests.e2e.preparing import prepare

    with transaction.atomic():
        seed(today=timezone.localdate())
        prepare()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where the first process of the suite that builds the house leaves it for all."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "house"


@contextmanager
def seeded(kept: Path) -> Iterator[None]:
    """The house while it lasts; the database is then what it was.

    SQLite has it committed, and is given back its pages of before: to find statistics in a transaction
    is to change the schema in it, and each savepoint that is rolled back after that costs the next
    request a reading of all tables, triggers and indexes, which took longer than most of what is asked.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            build()
            yield
            transaction.set_rollback(True)
        return
    connection.ensure_connection()
    files = {"media": settings.MEDIA_ROOT, "private": settings.PRIVATE_ROOT}
    with TemporaryDirectory() as folder:
        before = Path(folder) / "database"
        keep(before)
        try:
            with kept.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if kept.exists():
                    become(kept / "database")
                    for name, here in files.items():
                        shutil.copytree(kept / name, here, dirs_exist_ok=True)
                else:
                    build()
                    half = kept.with_suffix(".half")
                    for name, here in files.items():
                        shutil.copytree(here, half / name)
                    keep(half / "database")
                    half.rename(kept)
            yield
        finally:
            become(before)


def keep(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)


def become(file: Path) -> None:
    """The tests' database is as that one from now on."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        copy.backup(connection.connection)
    cache.clear()
    ContentType.objects.clear_cache()


@pytest.fixture(scope="package")
def house(django_db_setup, django_db_blocker, kept) -> Iterator[None]:
    """The house for all tests of a folder that need nothing else."""
    with django_db_blocker.unblock(), seeded(kept):
        yield


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Each refusal is logged with its traceback, and there are thousands."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def unwritten_pages(monkeypatch) -> None:
    """Who may is decided before a page is written, and writing thousands of them takes minutes. They are
    not empty: Wagtail writes its messages in the same way, and one without words is none."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "Unwritten")


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@{logins.DOMAIN}")


def cast() -> dict[str, User | None]:
    ines, today = person("ines.calder"), timezone.localdate()
    of_ines = Membership.objects.get(user=ines, kind=Membership.Kind.MEMBER, ends_on=None).team
    elsewhere = TeamFactory(name="Elsewhere")

    def somebody(name: str, role: Role, team: Team | None = None, **membership: object) -> User:
        user = UserFactory(email=f"{name}@example.org", roles=[role])
        if team:
            membership = {"starts_on": today - dt.timedelta(days=400), **membership}
            MembershipFactory(user=user, team=team, **membership)
        return user

    manages = {"kind": Membership.Kind.MANAGER}
    deactivated = somebody("deactivated", Role.ADMINISTRATOR)
    return {
        "a": None,
        "d": deactivated,
        "n": person("nia.brook"),
        "i": ines,
        "t": somebody("teammate", Role.AGENT, of_ines),
        "o": somebody("elsewhere", Role.AGENT, elsewhere),
        "r": person("oskar.fenn"),
        "s": somebody("reviewer", Role.REVIEWER),
        "m": person("marthe.lindholm"),
        "f": somebody(
            "former", Role.MANAGER, of_ines, **manages, ends_on=today - dt.timedelta(days=1)
        ),
        "x": somebody("manager", Role.MANAGER, elsewhere, **manages),
        "e": person("edda.quill"),
        "w": person("anton.weir"),
    }


def browsers(**more: User) -> dict[str, Client]:
    """By letter, a browser in which each of the cast is signed in, and who joins them; one of them was
    signed in until just now."""
    clients = {}
    for letter, user in (cast() | more).items():
        clients[letter] = Client(raise_request_exception=False)
        if user is not None:
            clients[letter].force_login(user)
    User.objects.filter(email="deactivated@example.org").update(is_active=False)
    return clients
