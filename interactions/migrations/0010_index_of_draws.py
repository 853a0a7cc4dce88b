from django.conf import settings
from django.db import migrations, models

from people.migration_operations import AddIndexWhileInUse, RemoveIndexWhileInUse


class Migration(migrations.Migration):
    # PostgreSQL builds the index beside those who write, and lets go of the one before.
    atomic = False

    dependencies = [
        ('interactions', '0009_service_facts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWhileInUse(
            model_name='interaction',
            index=models.Index(fields=['-occurred_at', '-id', 'agent', 'message_count'], name='interaction_occurre_64c462_idx'),
        ),
        RemoveIndexWhileInUse(
            model_name='interaction',
            name='interaction_occurre_d09057_idx',
        ),
    ]
