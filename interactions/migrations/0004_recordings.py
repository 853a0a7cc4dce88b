import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import interactions.models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0003_add_import_progress_at")]

    operations = [
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "interaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="recording",
                        serialize=False,
                        to="interactions.interaction",
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        max_length=255,
                        storage=interactions.models.private_storage,
                        upload_to=interactions.models.recording_path,
                        verbose_name="file",
                    ),
                ),
                (
                    "layout",
                    models.CharField(
                        choices=[
                            ("mixed", "Both in one channel"),
                            ("agent_first", "Agent left, customer right"),
                            ("customer_first", "Customer left, agent right"),
                        ],
                        default="mixed",
                        max_length=20,
                        verbose_name="channels",
                    ),
                ),
                (
                    "duration_seconds",
                    models.FloatField(blank=True, null=True, verbose_name="duration (s)"),
                ),
                ("peaks", models.JSONField(blank=True, default=list, verbose_name="peaks")),
                (
                    "imported_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="imported"
                    ),
                ),
            ],
            options={
                "verbose_name": "recording",
                "verbose_name_plural": "recordings",
            },
        ),
    ]
