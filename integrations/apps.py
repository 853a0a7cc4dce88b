"""How other systems talk with this one: the API, webhooks, directory sync."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from integrations import bells  # noqa: F401 (connects)
        from integrations.permissions import GRANTS
        from people.roles import grant_after_migrate

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
