from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        from interactions.permissions import GRANTS
        from people.roles import grant_after_migrate

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        post_migrate.connect(_restore_search_triggers, sender=self)


def _restore_search_triggers(using: str, **kwargs: Any) -> None:
    from interactions.search_index import restore_triggers

    restore_triggers(connections[using])
