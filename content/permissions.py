"""What each role may do with the manual, the modules and the rest of the Wagtail admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from people.roles import Role

_AUTHORED = ("skill", "replytemplate", "question", "learningpath", "package", "contingencynote")
_EVERYTHING_AUTHORED = tuple(
    f"content.{verb}_{model}" for verb in ("add", "change", "delete", "view") for model in _AUTHORED
)
# A card is switched off and not deleted: what people have answered points at it.
_REFRESHERS = tuple(f"content.{verb}_refreshercard" for verb in ("add", "change", "view"))

_TRANSLATE = "simple_translation.submit_translation"

GRANTS = {
    Role.EDITOR: ("wagtailadmin.access_admin", _TRANSLATE, *_EVERYTHING_AUTHORED, *_REFRESHERS),
    Role.ADMINISTRATOR: (
        "wagtailadmin.access_admin",
        _TRANSLATE,
        *_EVERYTHING_AUTHORED,
        *_REFRESHERS,
    ),
}

_PAGE_PERMISSIONS = (
    "add_page",
    "change_page",
    "publish_page",
    "bulk_delete_page",
    "lock_page",
    "unlock_page",
)
_COLLECTION_PERMISSIONS = (
    ("wagtailimages", "add_image"),
    ("wagtailimages", "change_image"),
    ("wagtailimages", "choose_image"),
    ("wagtaildocs", "add_document"),
    ("wagtaildocs", "change_document"),
    ("wagtaildocs", "choose_document"),
)


def grant_pages_after_migrate(plan: Sequence[Any] | None = None, **kwargs: Any) -> None:
    """Let editors and administrators write and publish the whole page tree and its files.

    Wagtail keeps these grants in tables of its own, per page and collection.
    """
    if plan is not None and not plan:
        return
    root, collection = Page.get_first_root_node(), Collection.get_first_root_node()
    if root is None or collection is None:
        return
    for role in (Role.EDITOR, Role.ADMINISTRATOR):
        group, _created = Group.objects.get_or_create(name=role.value)
        for codename in _PAGE_PERMISSIONS:
            permission = Permission.objects.get(
                content_type__app_label="wagtailcore", codename=codename
            )
            GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)
        for app_label, codename in _COLLECTION_PERMISSIONS:
            permission = Permission.objects.get(
                content_type__app_label=app_label, codename=codename
            )
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=collection, permission=permission
            )
