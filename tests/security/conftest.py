from collections.abc import Iterator

import pytest

from tests.access.house import kept, seeded

__all__ = ["kept"]


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, kept) -> Iterator[None]:
    """The house of the access table, for the tests of one file: those of others make their own people."""
    with django_db_blocker.unblock(), seeded(kept):
        yield
