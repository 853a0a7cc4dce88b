from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ScorecardsConfig(AppConfig):
    name = "scorecards"
    verbose_name = _("Scorecards")

    def ready(self) -> None:
        from people.roles import grant_after_migrate
        from scorecards.permissions import GRANTS

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        from scorecards import bells  # noqa: F401 (connects)
