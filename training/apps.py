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
        self._listen_for_signatures()
        self._listen_for_new_hires()
        from training import signals_practice  # noqa: F401 (connects)

    def _listen_for_signatures(self) -> None:
        from django.db.models.signals import m2m_changed, post_save
        from wagtail.signals import page_unpublished

        from content.models import ProcedurePage
        from content.signals import edition_published
        from people.models import Membership, Team, User
        from training import signals_acknowledgements as bells

        edition_published.connect(bells.ask_for_edition)
        page_unpublished.connect(bells.ask_after_unpublishing, sender=ProcedurePage)
        post_save.connect(bells.ask_member, sender=Membership)
        post_delete.connect(bells.ask_member, sender=Membership)
        post_save.connect(bells.ask_team, sender=Team)
        post_save.connect(bells.ask_user, sender=User)
        m2m_changed.connect(bells.ask_role, sender=User.groups.through)

    def _listen_for_new_hires(self) -> None:
        from django.db.models.signals import m2m_changed, post_save

        from people.models import Membership, User
        from training import signals_paths as bells

        post_save.connect(bells.ask_member, sender=Membership)
        m2m_changed.connect(bells.ask_role, sender=User.groups.through)
