"""A migration that would hold up a full database is refused; how it is done instead is not."""

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from config.migration_check import problems

pytest.importorskip("django_migration_linter")
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="judges PostgreSQL's SQL: make test-postgres"
)


def judged(*operations, atomic: bool = True) -> list[str]:
    """What is found in a migration of interactions, behind all that there are."""
    loader = MigrationLoader(connection, replace_migrations=False)
    (leaf,) = loader.graph.leaf_nodes("interactions")
    migration = migrations.Migration("9999_new", "interactions")
    migration.operations = list(operations)
    migration.dependencies = [leaf]
    migration.atomic = atomic
    key = ("interactions", "9999_new")
    loader.graph.add_node(key, migration)
    loader.graph.add_dependency(migration, key, leaf)
    return problems(loader.collect_sql([(migration, False)]))


def added(field: models.Field) -> migrations.AddField:
    return migrations.AddField("interaction", "shade", field)


@pytest.mark.django_db
def test_a_column_that_may_be_empty_or_has_a_default_in_the_database_is_fine():
    assert judged(added(models.IntegerField(null=True))) == []
    assert judged(added(models.IntegerField(db_default=0))) == []


@pytest.mark.django_db
def test_a_column_that_old_processes_cannot_fill_is_refused():
    found = judged(added(models.IntegerField(default=0)))
    assert found == ["NOT NULL constraint on columns"]


@pytest.mark.django_db
def test_not_null_on_a_column_that_is_there_is_refused():
    field = models.CharField(max_length=200, null=False)
    found = judged(
        added(models.CharField(max_length=200, null=True)),
        migrations.AlterField("interaction", "shade", field),
    )
    assert "NOT NULL constraint on columns" in found


# What is made beside the work is made outside of a transaction.
@pytest.mark.django_db(transaction=True)
def test_an_index_has_to_be_made_beside_the_work():
    index = models.Index(fields=["subject"], name="new_subject")
    assert "CREATE INDEX locks table" in judged(migrations.AddIndex("interaction", index))
    assert judged(AddIndexConcurrently("interaction", index), atomic=False) == []


@pytest.mark.django_db
def test_an_index_behind_that_of_a_new_table_is_seen():
    fresh = migrations.CreateModel(
        "Fresh", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]
    )
    on_fresh = migrations.AddIndex("fresh", models.Index(fields=["name"], name="fresh_name"))
    on_old = migrations.AddIndex("interaction", models.Index(fields=["subject"], name="old_one"))
    assert judged(fresh, on_fresh) == []
    assert "CREATE INDEX locks table" in judged(fresh, on_fresh, on_old)


@pytest.mark.django_db
def test_a_constraint_is_added_first_and_validated_later():
    rule = models.CheckConstraint(condition=~models.Q(subject="?"), name="no_question")
    assert judged(migrations.AddConstraint("interaction", rule)) == [
        "CHECK constraint reads the whole table under a lock"
    ]
    assert judged(AddConstraintNotValid("interaction", rule)) == []
    validate = ValidateConstraint("interaction", "no_question")
    assert judged(AddConstraintNotValid("interaction", rule), validate)[:1] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "operation",
    [
        migrations.RenameField("interaction", "subject", "topic"),
        migrations.RemoveField("interaction", "subject"),
        migrations.AlterField("interaction", "external_id", models.TextField()),
        migrations.AddConstraint(
            "interaction", models.UniqueConstraint(fields=["subject"], name="one_subject")
        ),
    ],
)
def test_what_old_processes_would_trip_over_or_wait_for_is_refused(operation):
    assert judged(operation) != []
