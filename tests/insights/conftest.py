import datetime as dt

import pytest

from content.models import Skill
from insights.skills import Window
from scorecards.models import RubricVersion
from tests.factories.scorecards import RubricVersionFactory


@pytest.fixture
def version(db) -> RubricVersion:
    return RubricVersionFactory(structure=False)


@pytest.fixture
def respect(db) -> Skill:
    return Skill.objects.get(key="respect")


@pytest.fixture
def months(today) -> list[dt.date]:
    """The six months up to the current one, which is the last."""
    return Window.of(6, until=today).months


@pytest.fixture
def this_month(months) -> dt.date:
    return months[-1]
