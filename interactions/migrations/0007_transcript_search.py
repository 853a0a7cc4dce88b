"""The index of what was said, and filters that people keep."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from interactions import search_index


def create_index(apps, schema_editor):
    search_index.create(schema_editor.connection)


def remove_index(apps, schema_editor):
    search_index.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0006_import_mappings"),
        ("people", "0002_content_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("query", models.TextField(max_length=4000, verbose_name="filter")),
                (
                    "saved_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="saved"),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="saved_filters",
                        to="people.team",
                        verbose_name="shared with",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"), name="interactions_savedfilter_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["tier"], name="interaction_tier_1433f9_idx"),
        ),
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(fields=["language"], name="interaction_languag_f6bf0a_idx"),
        ),
        # Last: PostgreSQL does not alter a table that has rows waiting for their triggers.
        migrations.RunPython(create_index, remove_index),
    ]
