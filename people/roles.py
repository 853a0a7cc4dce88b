"""The five roles: Django groups, whose permissions each app grants in its own `permissions.py`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A role's value is the name of its group; people may hold several."""

    AGENT = "Agents", _("Agent")
    REVIEWER = "Reviewers", _("Reviewer")
    MANAGER = "Managers", _("Manager")
    EDITOR = "Editors", _("Editor")
    ADMINISTRATOR = "Administrators", _("Administrator")


Grants = Mapping[Role, Sequence[str]]


def grant(grants: Grants) -> None:
    """Give each role its permissions, written "app_label.codename"; what it already has stays.

    Raises `LookupError` for a permission that does not exist, so that a typo cannot pass as
    "nobody may do this".
    """
    for role, names in grants.items():
        group, _created = Group.objects.get_or_create(name=role.value)
        permissions = []
        for name in names:
            app_label, codename = name.split(".")
            permission = Permission.objects.filter(
                content_type__app_label=app_label, codename=codename
            ).first()
            if permission is None:
                raise LookupError(f"There is no permission {name} to grant to {role.value}.")
            permissions.append(permission)
        group.permissions.add(*permissions)


def grant_after_migrate(grants: Grants) -> Callable[..., None]:
    """Return a `post_migrate` receiver which grants `grants`, for an app's `AppConfig.ready`.

    Django makes each app's permissions in that app's own turn; those of the apps named in `grants`
    are made here first, so that the order of INSTALLED_APPS does not matter.
    """
    labels = sorted({name.split(".")[0] for names in grants.values() for name in names})

    def receiver(using: str, plan: Sequence[Any] | None = None, **kwargs: Any) -> None:
        if plan is not None and not plan:
            return  # `migrate` found nothing to do, so the grants of last time stand.
        for label in labels:
            create_permissions(apps.get_app_config(label), verbosity=0, using=using)
        grant(grants)

    return receiver
