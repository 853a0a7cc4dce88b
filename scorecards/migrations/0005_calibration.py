from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0004_feedback")]

    operations = []
