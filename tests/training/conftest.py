"""One module as everybody here meets it: two lessons, then a quiz of two questions."""

from types import SimpleNamespace

import pytest

from tests.factories.content import LessonPageFactory, ModulePageFactory, QuizPageFactory


def build_module(title: str = "Listening", **fields) -> SimpleNamespace:
    module = ModulePageFactory(title=title, **fields)
    return SimpleNamespace(
        module=module,
        first=LessonPageFactory(parent=module, title=f"{title}: first lesson"),
        second=LessonPageFactory(parent=module, title=f"{title}: second lesson"),
        quiz=QuizPageFactory(parent=module, title=f"{title}: quiz"),
    )


@pytest.fixture
def make_module(db):
    return build_module


@pytest.fixture
def listening(db) -> SimpleNamespace:
    return build_module()
