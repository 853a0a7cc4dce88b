from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        from wagtail.models import Page
        from wagtail.signals import page_unpublished, post_page_move

        from people.roles import grant_after_migrate
        from training.permissions import GRANTS
        from training.signals import finish_module_without_step

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        page_unpublished.connect(finish_module_without_step)
        post_page_move.connect(finish_module_without_step)
        # A page's own row goes last, after those of its type.
        post_delete.connect(finish_module_without_step, sender=Page)
