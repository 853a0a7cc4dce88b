from django.conf import settings
from django.db import migrations, models

from people.migration_operations import AddIndexWhileInUse


class Migration(migrations.Migration):
    # PostgreSQL builds the index beside those who write.
    atomic = False

    dependencies = [
        ('interactions', '0009_service_facts'),
        ('scorecards', '0005_service_results'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWhileInUse(
            model_name='scorecard',
            index=models.Index(fields=['-submitted_at', '-id'], name='scorecards__submitt_3f0b6a_idx'),
        ),
    ]
