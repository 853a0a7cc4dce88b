from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    name = "coaching"
    verbose_name = _("Coaching")

    def ready(self) -> None:
        from coaching.permissions import GRANTS
        from people.roles import grant_after_migrate

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        from coaching import bells  # noqa: F401 (connects)
