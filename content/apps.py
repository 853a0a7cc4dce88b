from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = _("Manual and modules")

    def ready(self) -> None:
        from content.permissions import GRANTS, grant_pages_after_migrate
        from people.roles import grant_after_migrate

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        post_migrate.connect(grant_pages_after_migrate, sender=self)
