"""A house to move into: the site with an empty manual and catalogue, and the four skills."""

from django.db import migrations

SKILLS = [
    ("respect", "Respect", "Courteous, attentive and never talking down."),
    ("empathy", "Empathy", "Sees how the customer is affected and takes ownership."),
    ("protocol", "Protocol adherence", "Does what the procedure asks, in a sensible order."),
    ("accuracy", "Accuracy", "Says what is true and solves what was asked."),
]


def build(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Locale = apps.get_model("wagtailcore", "Locale")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Skill = apps.get_model("content", "Skill")

    for position, (key, name, description) in enumerate(SKILLS):
        Skill.objects.get_or_create(
            key=key, defaults={"name": name, "description": description, "position": position}
        )

    # Wagtail comes with a welcome page of its own below the root; ours takes its place.
    Site.objects.all().delete()
    Page.objects.filter(depth=2, slug="home").delete()
    locale = Locale.objects.first()
    root = Page.objects.get(depth=1)

    def add(model_name, parent_path, depth, step, title, slug, url_path, children, **fields):
        model = apps.get_model("content", model_name)
        content_type, _created = ContentType.objects.get_or_create(
            app_label="content", model=model_name.lower()
        )
        return model.objects.create(
            title=title,
            draft_title=title,
            slug=slug,
            content_type=content_type,
            path=f"{parent_path}{step:04d}",
            depth=depth,
            numchild=children,
            url_path=url_path,
            locale=locale,
            **fields,
        )

    home = add("HomePage", root.path, 2, 1, "Evenhand", "home", "/home/", 2)
    add(
        "ManualIndexPage",
        home.path,
        3,
        1,
        "Manual",
        "manual",
        "/home/manual/",
        0,
        introduction="What good service is here, situation by situation.",
    )
    add(
        "TrainingIndexPage",
        home.path,
        3,
        2,
        "Modules",
        "learn",
        "/home/learn/",
        0,
        introduction="Everything there is to learn, whether it was assigned to you or not.",
    )
    Page.objects.filter(pk=root.pk).update(numchild=1)
    Site.objects.create(
        hostname="localhost", port=80, root_page_id=home.pk, is_default_site=True,
        site_name="Evenhand",
    )
    # Evenhand's roles are the groups; Wagtail's second default group would only confuse.
    apps.get_model("auth", "Group").objects.filter(name="Moderators").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailimages", "0002_initial_data"),
        ("wagtaildocs", "0002_initial_data"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
