"""What a source and the messages say about the service in a contact, and when a customer came back.

Rows from before are filled by `manage.py recompute_service_facts`.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0008_privacy")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="since",
            field=models.DateField(blank=True, null=True, verbose_name="customer since"),
        ),
        migrations.AddField(
            model_name="customer",
            name="left_on",
            field=models.DateField(blank=True, null=True, verbose_name="left on"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="first_asked_seconds",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="first question after (s)"
            ),
        ),
        migrations.AddField(
            model_name="interaction",
            name="resolved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="resolved"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="transfers",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="transfers"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="reopened",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="times reopened"
            ),
        ),
        migrations.AddField(
            model_name="interaction",
            name="handling_seconds",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="handling time (s)"
            ),
        ),
        migrations.AddField(
            model_name="interaction",
            name="resolution_seconds",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="resolution (s)"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="gap_count",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="waits"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="longest_gap_seconds",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="longest wait (s)"
            ),
        ),
        migrations.AddField(
            model_name="interaction",
            name="median_gap_seconds",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="usual wait (s)"),
        ),
        migrations.AddField(
            model_name="interaction",
            name="days_since_last",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="interaction",
            name="days_to_next",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", False)),
                fields=["source"],
                name="interactions_resolved_sources",
            ),
        ),
    ]
