"""What the database refuses for a published version, past every action."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from scorecards.freezing import freeze, thaw, thawed, trigger_names
from scorecards.models import Criterion, Level, RubricVersion, Section
from tests.factories.content import ProcedurePageFactory, SkillFactory
from tests.factories.scorecards import RubricVersionFactory


def installed() -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'scorecards_frozen%%'")
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master "
                "WHERE type = 'trigger' AND name LIKE 'scorecards_frozen%%'"
            )
        return {name for (name,) in cursor.fetchall()}


def test_all_triggers_stand_after_all_migrations(db):
    """A later migration that rebuilds a table on SQLite would lose them without a word."""
    assert installed() == trigger_names()
    assert len(installed()) == 11


def test_thaw_and_freeze_undo_one_another(db):
    thaw(connection)
    assert installed() == set()
    freeze(connection)
    assert installed() == trigger_names()


@pytest.fixture(params=["published", "retired"])
def frozen(request, version) -> RubricVersion:
    if request.param == "retired":
        RubricVersion.objects.update(state="retired")
        version.refresh_from_db()
    return version


def attempts(version):
    section = version.sections.first()
    criterion = section.criteria.first()
    level = criterion.levels.first()
    skill = SkillFactory()
    return {
        "version update": lambda: RubricVersion.objects.update(pass_mark=1),
        "version back to draft": lambda: RubricVersion.objects.update(state="draft"),
        "version delete": lambda: RubricVersion.objects.all()._raw_delete("default"),
        "version cascade": lambda: version.delete(),
        "section update": lambda: Section.objects.update(weight=3),
        "section delete": lambda: Section.objects.all()._raw_delete("default"),
        "section insert": lambda: Section.objects.create(version=version, key="new", title="New"),
        "criterion update": lambda: Criterion.objects.filter(pk=criterion.pk).update(title="X"),
        "criterion delete": lambda: Criterion.objects.all()._raw_delete("default"),
        "criterion insert": lambda: Criterion.objects.create(
            section=section, key="new", title="New", skill=skill
        ),
        "level update": lambda: Level.objects.filter(pk=level.pk).update(points=9),
        "level delete": lambda: Level.objects.all()._raw_delete("default"),
        "level insert": lambda: Level.objects.create(
            criterion=criterion, label="New", descriptor="", points=1, position=10
        ),
    }


@pytest.mark.parametrize(
    "attempt",
    [
        "version update",
        "version back to draft",
        "version delete",
        "version cascade",
        "section update",
        "section delete",
        "section insert",
        "criterion update",
        "criterion delete",
        "criterion insert",
        "level update",
        "level delete",
        "level insert",
    ],
)
def test_the_database_refuses_every_change_to_a_frozen_version(frozen, attempt):
    act = attempts(frozen)[attempt]

    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        act()


def test_a_published_version_may_be_retired_and_nothing_else_with_it(version):
    with pytest.raises(IntegrityError), transaction.atomic():
        RubricVersion.objects.update(state="retired", pass_mark=1)

    assert RubricVersion.objects.update(state="retired") == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        RubricVersion.objects.update(state="published")


def test_nothing_moves_from_a_draft_into_a_frozen_version(version):
    draft = RubricVersion.objects.create(rubric=version.rubric, number=2)
    section = Section.objects.create(version=draft, key="extra", title="Extra")

    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(version=version)


def test_a_draft_changes_freely(version):
    draft = RubricVersion.objects.create(rubric=version.rubric, number=2)
    section = Section.objects.create(version=draft, key="extra", title="Extra")

    Section.objects.filter(pk=section.pk).update(weight=9)
    draft.pass_mark = 50
    draft.save()
    draft.delete()

    assert RubricVersion.objects.get() == version


def test_a_published_criterion_keeps_its_procedure(db):
    page = ProcedurePageFactory()
    version = RubricVersionFactory(structure=False)
    with thawed(connection):
        section = Section.objects.create(version=version, key="one", title="One")
        criterion = Criterion.objects.create(
            section=section, key="one", title="One", skill=SkillFactory(), procedure=page
        )

    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.update(procedure=None)
    with pytest.raises(ProtectedError):
        page.delete()

    criterion.refresh_from_db()
    assert criterion.procedure == page


@pytest.mark.django_db(transaction=True)
def test_flush_empties_published_rubrics_and_leaves_the_triggers():
    RubricVersionFactory()

    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)

    assert not RubricVersion.objects.exists()
    assert installed() == trigger_names()
