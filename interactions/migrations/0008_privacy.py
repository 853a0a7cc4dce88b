"""What is masked, how long words are kept, and what was removed."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

CHANNELS = [
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("chat", "Chat"),
    ("social", "Social media"),
]


def own_id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def removal(words):
    return models.DateTimeField(blank=True, null=True, verbose_name=words)


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0007_transcript_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("interaction", "words_removed_at", removal("words removed")),
        migrations.AddField("interaction", "recording_removed_at", removal("recording removed")),
        migrations.AddField("interaction", "customer_removed_at", removal("customer removed")),
        migrations.AddField(
            "interaction",
            "is_erased",
            models.BooleanField(default=False, verbose_name="erased on request"),
        ),
        migrations.CreateModel(
            name="RedactionRule",
            fields=[
                ("id", own_id()),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("is_on", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "channel",
                    models.CharField(
                        blank=True, choices=CHANNELS, max_length=10, verbose_name="channel"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=60, verbose_name="source")),
                (
                    "kinds",
                    models.JSONField(blank=True, default=list, verbose_name="what is masked"),
                ),
                ("words", models.TextField(blank=True, verbose_name="words of your own")),
                (
                    "masks_names",
                    models.BooleanField(default=False, verbose_name="the customer’s name as well"),
                ),
                (
                    "keeps_original",
                    models.BooleanField(default=False, verbose_name="keep the original, encrypted"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last changed"
                    ),
                ),
            ],
            options={
                "verbose_name": "redaction rule",
                "verbose_name_plural": "redaction rules",
                "ordering": ["name"],
                "permissions": [
                    (
                        "manage_privacy",
                        "Can say what is masked, how long words are kept, and erase them",
                    ),
                    (
                        "read_originals",
                        "Can read what was masked, with a reason that is recorded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[
                (
                    "interaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="redaction",
                        serialize=False,
                        to="interactions.interaction",
                    ),
                ),
                ("counts", models.JSONField(default=dict, verbose_name="masked")),
                ("original", models.BinaryField(null=True)),
                (
                    "masked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="masked on"
                    ),
                ),
            ],
            options={"verbose_name": "redaction", "verbose_name_plural": "redactions"},
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", own_id()),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("is_on", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "channel",
                    models.CharField(
                        blank=True, choices=CHANNELS, max_length=10, verbose_name="channel"
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=80, verbose_name="label")),
                (
                    "value",
                    models.CharField(blank=True, max_length=200, verbose_name="value of the label"),
                ),
                (
                    "days",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="days"),
                ),
                ("parts", models.JSONField(default=list, verbose_name="what is removed")),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last changed"
                    ),
                ),
            ],
            options={
                "verbose_name": "retention rule",
                "verbose_name_plural": "retention rules",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__isnull", True), ("days__gte", 1), _connector="OR"
                        ),
                        name="interactions_retention_a_day_at_least",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", own_id()),
                (
                    "started_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="started"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                ("counts", models.JSONField(default=dict)),
                (
                    "recording_count",
                    models.PositiveIntegerField(default=0, verbose_name="recordings"),
                ),
                (
                    "words_count",
                    models.PositiveIntegerField(default=0, verbose_name="conversations"),
                ),
                (
                    "customer_count",
                    models.PositiveIntegerField(default=0, verbose_name="customers’ names"),
                ),
            ],
            options={
                "verbose_name": "retention run",
                "verbose_name_plural": "retention runs",
                "ordering": ["-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", own_id()),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "erased_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="erased"),
                ),
                ("counts", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-erased_at", "-pk"],
            },
        ),
        # Customers are listed by their latest contact.
        migrations.AlterField(
            model_name="interaction",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="interactions",
                to="interactions.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(
                fields=["customer", "-occurred_at"], name="interaction_custome_94688d_idx"
            ),
        ),
    ]
