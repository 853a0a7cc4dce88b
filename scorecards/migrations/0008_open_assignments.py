from django.conf import settings
from django.db import migrations, models

from people.migration_operations import AddIndexWhileInUse, RemoveIndexWhileInUse


class Migration(migrations.Migration):
    # PostgreSQL builds the index beside those who write, and lets go of the one before.
    atomic = False

    dependencies = [
        ('interactions', '0010_index_of_draws'),
        ('scorecards', '0007_waiting_scorecards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexWhileInUse(
            model_name='reviewassignment',
            index=models.Index(fields=['state', 'reviewer', 'due_on'], name='scorecards__state_fde7ad_idx'),
        ),
        RemoveIndexWhileInUse(
            model_name='reviewassignment',
            name='scorecards__reviewe_cb8d6b_idx',
        ),
    ]
