from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interactions", "0003_add_import_progress_at")]

    operations = []
