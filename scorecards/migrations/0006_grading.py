from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0005_calibration")]

    operations = [
        migrations.AddField(
            model_name="scorecard",
            name="was_visible",
            field=models.JSONField(
                blank=True, default=list, verbose_name="visible while grading"
            ),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="active_seconds",
            field=models.PositiveIntegerField(default=0, verbose_name="time spent (s)"),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="active_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last worked on"),
        ),
        migrations.AddField(
            model_name="criterionscore",
            name="saved_in",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
