from django.conf import settings
from django.db import migrations, models

from people.migration_operations import AddIndexWhileInUse


class Migration(migrations.Migration):
    # PostgreSQL builds the indexes beside those who write.
    atomic = False

    dependencies = [
        ('interactions', '0009_service_facts'),
        ('scorecards', '0006_newest_scorecards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWhileInUse(
            model_name='rollup',
            index=models.Index(fields=['subject', 'month'], name='scorecards__subject_582943_idx'),
        ),
        AddIndexWhileInUse(
            model_name='scorecard',
            index=models.Index(condition=models.Q(('acknowledged_at', None), ('is_current', True), ('is_held', False)), fields=['agent', 'state'], name='scorecards_scorecard_unread'),
        ),
        AddIndexWhileInUse(
            model_name='scorecard',
            index=models.Index(condition=models.Q(('is_current', True), ('is_held', True)), fields=['agent', 'state'], name='scorecards_scorecard_held'),
        ),
        AddIndexWhileInUse(
            model_name='scorecard',
            index=models.Index(fields=['cause'], name='scorecards__cause_69ba8e_idx'),
        ),
    ]
