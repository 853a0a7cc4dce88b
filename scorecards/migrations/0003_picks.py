from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0002_rubric_policies")]

    operations = []
