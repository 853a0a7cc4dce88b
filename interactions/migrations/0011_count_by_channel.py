from django.conf import settings
from django.db import migrations, models

from people.migration_operations import AddIndexWhileInUse, RemoveIndexWhileInUse


class Migration(migrations.Migration):
    # PostgreSQL builds the index beside those who write, and lets go of the one before.
    atomic = False

    dependencies = [
        ('interactions', '0010_index_of_draws'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWhileInUse(
            model_name='interaction',
            index=models.Index(fields=['agent', '-occurred_at', 'channel'], name='interaction_agent_i_9e7a53_idx'),
        ),
        RemoveIndexWhileInUse(
            model_name='interaction',
            name='interaction_agent_i_c6f7d1_idx',
        ),
    ]
