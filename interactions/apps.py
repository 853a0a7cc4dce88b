from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        from interactions.permissions import GRANTS
        from people.roles import grant_after_migrate

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
