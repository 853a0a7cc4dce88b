from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0003_picks")]

    operations = []
