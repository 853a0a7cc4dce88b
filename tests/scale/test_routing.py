"""Reports read from a replica; whatever writes, and whoever just wrote, has the primary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from config.routing import REPORTS, ReplicaRouter, reading_from
from config.settings.databases import with_tuned_options
from config.settings.shared import shared_cache
from interactions.models import Interaction
from people.models import AuditEvent, User
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.scale.standby import Standby

LIST = reverse("interactions:interaction_list")
EXPORT = reverse("interactions:interaction_export")

# What a replica may have is what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Replica:
    """`replica()` brings the second database to where the primary is, and there it stays. It takes no
    writing, and is what reports then read."""

    catch_up: Callable[[], None]
    leave: Callable[[], None]

    def __call__(self) -> None:
        self.catch_up()


@pytest.fixture(scope="module")
def standby(django_db_setup, django_db_blocker) -> Iterator[Standby]:
    with django_db_blocker.unblock():
        standby = Standby()
        yield standby
        standby.remove()


@pytest.fixture
def replica(settings, tmp_path, request) -> Iterator[Replica]:
    """A copy of the file on SQLite; a server that follows ours on PostgreSQL."""
    settings.REPLICAS = ["replica1"]
    if connection.vendor == "sqlite":
        file = tmp_path / "replica.sqlite3"
        entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}

        def copy() -> None:
            connection.ensure_connection()
            file.write_bytes(connection.connection.serialize())

        def lose() -> None:
            connections["replica1"].close()
            connections["replica1"].settings_dict["NAME"] = "/nowhere/replica.sqlite3"

        replica = Replica(copy, lose)
    else:
        standby = request.getfixturevalue("standby")
        if not standby.runs:
            standby.start()
        entry = standby.entry
        replica = Replica(standby.catch_up, standby.stop)
    replica()
    entry = with_tuned_options(entry, pool_size=2, pool_timeout=2, read_only=True)
    connections.databases["replica1"] = connections.configure_settings(
        {"default": connections.databases["default"], "replica1": entry}
    )["replica1"]
    wrapper = connections["replica1"]

    def ensure_connection() -> None:
        if wrapper.connection is None:
            with wrapper.wrap_database_errors:
                wrapper.connect()

    # Tests may open no database that is not theirs, and this one came only now.
    wrapper.ensure_connection = ensure_connection
    yield replica
    wrapper.close()
    if connection.vendor == "postgresql":
        wrapper.close_pool()
    del connections["replica1"]
    del connections.databases["replica1"]


@pytest.fixture
def reader(administrator) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def subjects(answer) -> set[str]:
    return {each.subject for each in answer.context["page"]}


def test_a_report_reads_the_replica_and_other_pages_the_primary(replica, reader):
    call = InteractionFactory(subject="Before")
    replica()
    Interaction.objects.update(subject="After")
    assert subjects(reader.get(LIST)) == {"Before"}
    page = reader.get(reverse("interactions:interaction_detail", args=[call.pk]))
    assert page.context["interaction"].subject == "After"


def test_who_just_wrote_reads_the_primary_for_a_while(replica, reader):
    InteractionFactory(subject="Before")
    replica()
    Interaction.objects.update(subject="After")
    answer = reader.post(reverse("interactions:customer_list"))
    cookie = answer.cookies["wrote"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (15, True, "Lax")
    assert subjects(reader.get(LIST)) == {"After"}
    del reader.cookies["wrote"]
    assert subjects(reader.get(LIST)) == {"Before"}


def test_a_list_taken_along_is_read_there_and_written_down_here(replica, reader):
    """Its rows are read while it is sent, when the view is long over."""
    InteractionFactory(subject="Before")
    replica()
    Interaction.objects.update(subject="After")
    answer = reader.post(EXPORT, {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "Before" in text
    assert "After" not in text
    assert "wrote" not in answer.cookies
    assert AuditEvent.objects.filter(action__startswith="export").exists()
    assert not AuditEvent.objects.using("replica1").filter(action__startswith="export").exists()


def test_nothing_can_be_written_to_a_replica(replica):
    with pytest.raises(DatabaseError, match=r"read-?only"):
        User.objects.using("replica1").update(first_name="X")
    UserFactory(email="there@example.org")
    replica()
    with reading_from("replica1"):
        user = UserFactory(first_name="New")
        assert user._state.db == "default"
        InteractionFactory(agent=user, subject="New")
        found = User.objects.get(email="there@example.org")
        assert found._state.db == "replica1"
        found.first_name = "Changed"
        found.save()
    assert User.objects.get(pk=found.pk).first_name == "Changed"
    assert User.objects.using("replica1").get(pk=found.pk).first_name != "Changed"


def test_within_a_transaction_everything_is_the_primarys(replica):
    with reading_from("replica1"), transaction.atomic():
        user = UserFactory()
        assert User.objects.get(pk=user.pk)._state.db == "default"


def test_a_replica_that_is_away_is_left_alone_and_the_primary_answers(replica, reader, caplog):
    InteractionFactory(subject="Before")
    replica()
    Interaction.objects.update(subject="After")
    replica.leave()
    assert subjects(reader.get(LIST)) == {"After"}
    assert "replica1 does not answer" in caplog.text
    caplog.clear()
    assert subjects(reader.get(LIST)) == {"After"}
    assert "replica1" not in caplog.text


def test_who_it_is_and_whether_they_may_is_never_a_replicas_to_say(replica, reader, administrator):
    replica()
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    assert reader.get(LIST).status_code == 302


def test_migrations_leave_replicas_alone():
    assert not ReplicaRouter().allow_migrate("replica1", "people")
    assert ReplicaRouter().allow_migrate("default", "people")


def test_every_report_is_an_address():
    known = get_resolver()
    for name in REPORTS:
        room, _colon, view = name.partition(":")
        assert view in known.namespace_dict[room][1].reverse_dict, name


def test_a_replica_is_named_by_its_address():
    url = {"ENGINE": "django.db.backends.postgresql", "NAME": "e", "HOST": "h"}
    options = with_tuned_options(url, pool_size=3, pool_timeout=2, read_only=True)["OPTIONS"]
    assert options["pool"] == {
        "min_size": 2,
        "max_size": 3,
        "timeout": 2,
        "reconnect_timeout": 2,
    }
    assert "default_transaction_read_only=on" in options["options"]


# The cache ----------------------------------------------------------------------------------------


@pytest.fixture
def database_cache(settings):
    entry = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}
    settings.CACHES = {"default": shared_cache(entry)}
    call_command("createcachetable", verbosity=0)
    yield caches["default"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE shared_cache")


def test_a_cache_in_the_database_counts(database_cache):
    assert database_cache.add("count", 0, 600)
    assert [database_cache.incr("count") for _each in range(3)] == [1, 2, 3]
    assert database_cache.incr("count", 10) == 13
    with pytest.raises(ValueError, match="not found"):
        database_cache.incr("other")


def test_the_cache_is_the_primarys_within_a_report(database_cache, replica):
    database_cache.set("a", 1)
    with reading_from("replica1"):
        assert database_cache.get("a") == 1
