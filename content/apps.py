from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = _("Manual and modules")

    def ready(self) -> None:
        from wagtail.admin.views.account import AvatarSettingsPanel, NameEmailSettingsPanel
        from wagtail.signals import page_published

        from content.approval import start_approval_after_migrate
        from content.models import (
            ManualIndexPage,
            ManualSectionPage,
            Package,
            ProcedurePage,
            ReplyTemplate,
        )
        from content.permissions import GRANTS, grant_pages_after_migrate
        from content.shown import note_what_a_page_shows
        from content.signals import edition_published, keep_edition, start_governance
        from content.signals_packages import remove_files
        from content.signals_refreshers import retire_cards
        from content.signals_translations import (
            approve_translations_too,
            note_translated_edition,
            sync_locales_after_migrate,
        )
        from content.words import learn_page, learn_template, learn_what_is_unknown
        from people.roles import grant_after_migrate

        # Our screens show initials; a portrait would be a file that no form of ours looks at.
        AvatarSettingsPanel.is_active = lambda panel: False
        # Names sign grades and approvals, and are an administrator's to change.
        NameEmailSettingsPanel.is_active = lambda panel: False
        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)
        post_migrate.connect(grant_pages_after_migrate, sender=self)
        post_migrate.connect(start_approval_after_migrate, sender=self)
        for model in (ManualSectionPage, ProcedurePage):
            post_save.connect(start_governance, sender=model)
            post_save.connect(learn_page, sender=model)
        post_save.connect(learn_template, sender=ReplyTemplate)
        post_migrate.connect(learn_what_is_unknown, sender=self)
        post_delete.connect(remove_files, sender=Package)
        page_published.connect(note_what_a_page_shows)
        page_published.connect(keep_edition, sender=ProcedurePage)
        page_published.connect(note_translated_edition, sender=ProcedurePage)
        post_save.connect(approve_translations_too, sender=ManualIndexPage)
        post_migrate.connect(sync_locales_after_migrate, sender=self)
        edition_published.connect(retire_cards)
