"""What somebody must not know yet."""

from typing import Any

from django.db import models
from wagtail import hooks

from people.models import User


def ids_withheld_from(user: User) -> list[models.QuerySet[Any, Any]]:
    return [ids_for(user) for ids_for in hooks.get_hooks("rating_withheld_from")]
