"""The cast. Each test of a view meets the same people, in the same two teams."""

import datetime as dt
import gc
from importlib import import_module
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import connection
from django.dispatch import receiver
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from wagtail.models import Locale, Page
from wagtail.signal_handlers import disable_reference_index_auto_update

from interactions.importing import privacy
from people.models import Membership, Team, User
from people.roles import Role
from scorecards import loading
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory

# How long an example took says how busy the machine was.
hypothesis_settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("untimed")

# As often as Python does by itself, and not as rarely as our processes: a file that a test leaves open is
# then told of in that test, and not in a later one.
gc.set_threshold(700, 10, 10)


# What the database has no say in; asked on SQLite, and not once more on PostgreSQL.
ASKED_ONCE = {
    Path(__file__).parent / each
    for each in ("access", "config/test_demo.py", "measurement", "security", "ui")
}


@pytest.fixture(autouse=True)
def reference_index_rests(request):
    """Wagtail notes at every save what refers to what, and refuses to delete what is referred to. That
    took a tenth of the suite: it rests where no test asks for it (`reference_index`, the journeys)."""
    if {"e2e", "reference_index"} & {marker.name for marker in request.node.iter_markers()}:
        yield
    else:
        with disable_reference_index_auto_update():
            yield


@receiver(setting_changed)
def addresses_follow_languages(setting: str, **kwargs: object) -> None:
    """The prefix of a language is part of the addresses that Django keeps, once worked out."""
    if setting == "WAGTAIL_CONTENT_LANGUAGES":
        clear_url_caches()


@pytest.fixture(autouse=True)
def nothing_cached():
    """What one test left in the cache is nothing that the next may find."""
    cache.clear()
    privacy.forget_rules()
    loading.forget_rules()


@pytest.fixture
def page_tree(transactional_db) -> None:
    """The pages that the migrations make, for a test that commits: one before it took them away."""
    if not Page.objects.filter(depth=3).exists():
        Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
        if not Page.objects.exists():
            Page.add_root(title="Root", slug="root")
        import_module("content.migrations.0002_site").build(apps, None)


@pytest.fixture
def nobody_works(settings) -> None:
    """Tasks are queued as in production, and no worker takes them."""
    queue = {"BACKEND": "django_tasks_db.DatabaseBackend"}
    settings.TASKS = {"default": queue, "bulk": queue}


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def team(db) -> Team:
    return TeamFactory(name="North")


@pytest.fixture
def other_team(db) -> Team:
    return TeamFactory(name="South")


@pytest.fixture
def agent(team) -> User:
    """Ada serves in North."""
    user = UserFactory(email="agent@example.org", first_name="Ada", roles=[Role.AGENT])
    MembershipFactory(user=user, team=team)
    return user


@pytest.fixture
def teammate(team) -> User:
    """Ben serves in North too, and must not see what is Ada's."""
    user = UserFactory(email="teammate@example.org", first_name="Ben", roles=[Role.AGENT])
    MembershipFactory(user=user, team=team)
    return user


@pytest.fixture
def reviewer(db) -> User:
    return UserFactory(email="reviewer@example.org", first_name="Rita", roles=[Role.REVIEWER])


@pytest.fixture
def second_reviewer(db) -> User:
    return UserFactory(email="second@example.org", first_name="Rolf", roles=[Role.REVIEWER])


@pytest.fixture
def manager(team) -> User:
    """Mona manages North."""
    user = UserFactory(email="manager@example.org", first_name="Mona", roles=[Role.MANAGER])
    MembershipFactory(user=user, team=team, kind=Membership.Kind.MANAGER)
    return user


@pytest.fixture
def other_manager(other_team) -> User:
    """Milo manages South, where nobody of the cast serves."""
    user = UserFactory(email="other-manager@example.org", first_name="Milo", roles=[Role.MANAGER])
    MembershipFactory(user=user, team=other_team, kind=Membership.Kind.MANAGER)
    return user


@pytest.fixture
def editor(db) -> User:
    return UserFactory(email="editor@example.org", first_name="Edda", roles=[Role.EDITOR])


@pytest.fixture
def administrator(db) -> User:
    return UserFactory(email="admin@example.org", first_name="Anton", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def as_user():
    """`as_user(person)` is a browser in which `person` is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        # Who signs in by the form stands in the list of windows, and is not entered by a first page.
        UserSession.objects.create(
            user=user, session_key=client.session.session_key, ip="127.0.0.1", user_agent="Tests"
        )
        return client

    return sign_in


@pytest.fixture
def count_queries(db):
    """`count_queries(fn)` is how many queries calling `fn` takes."""

    def count(call) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL without what it has no say in, unless somebody names such a room or file alone.
    What empties the database comes last of all, also after the tests of the demo, which ask for the
    database by a fixture of their own and so would be put behind it."""
    if connection.vendor == "postgresql":
        asked: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for each in items:
            once = ASKED_ONCE & {each.path, *each.path.parents}
            (left if once else asked).append(each)
        if asked:
            config.hook.pytest_deselected(items=left)
            items[:] = asked

    def empties(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("django_db")
        return mark is not None and bool(mark.kwargs.get("transaction"))

    items.sort(key=empties)
