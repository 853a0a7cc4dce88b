import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """Plans that there are go on as they were, without the new signs; new plans begin with them."""

    dependencies = [
        ("interactions", "0005_survey_answers"),
        ("scorecards", "0006_grading"),
    ]

    operations = [
        migrations.AddField(
            model_name="samplingplan",
            name="changed_procedure_days",
            field=models.PositiveSmallIntegerField(
                default=14,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(365),
                ],
                verbose_name="a changed procedure is new for (days)",
            ),
        ),
        migrations.AddField(
            model_name="samplingplan",
            name="weight_changed_procedure",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(10)],
                verbose_name="changed procedure",
            ),
        ),
        migrations.AddField(
            model_name="samplingplan",
            name="weight_low_rating",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(10)],
                verbose_name="low customer rating",
            ),
        ),
        migrations.AlterField(
            model_name="samplingplan",
            name="weight_changed_procedure",
            field=models.PositiveSmallIntegerField(
                default=1,
                validators=[django.core.validators.MaxValueValidator(10)],
                verbose_name="changed procedure",
            ),
        ),
        migrations.AlterField(
            model_name="samplingplan",
            name="weight_low_rating",
            field=models.PositiveSmallIntegerField(
                default=2,
                validators=[django.core.validators.MaxValueValidator(10)],
                verbose_name="low customer rating",
            ),
        ),
    ]
