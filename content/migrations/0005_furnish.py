"""For new databases, whose tables come from the squashed migration: the site, the skills, the search index.

A database that went the long way has all of it already.
"""

from importlib import import_module

from django.db import migrations

site = import_module("content.migrations.0002_site")
index = import_module("content.migrations.0003_stem_search_index")


def furnish(apps, schema_editor):
    if apps.get_model("content", "HomePage").objects.exists():
        return
    site.build(apps, schema_editor)
    index.stem(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0004_manual_and_training"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailimages", "0002_initial_data"),
        ("wagtaildocs", "0002_initial_data"),
        ("wagtailsearch", "0010_add_text_fields"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
