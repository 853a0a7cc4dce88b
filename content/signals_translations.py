"""What happens by itself about the languages of the manual. Each receiver only calls what does it."""

import logging
from collections.abc import Sequence
from typing import Any

from wagtail.models import WorkflowPage

from content import languages

log = logging.getLogger(__name__)


def note_translated_edition(instance: Any, **kwargs: Any) -> None:
    """A translation went live without a word on what it translates: it is taken for up to date."""
    original = instance.original
    if original is instance or instance.translated_edition:
        return
    newest = original.editions.order_by("-number").values_list("number", flat=True).first()
    type(instance).objects.filter(pk=instance.pk).update(translated_edition=newest)


def approve_translations_too(
    instance: Any, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """The front of the manual was put into another language: the workflow on it holds there too."""
    if not created or raw or instance.original is instance:
        return
    standing = WorkflowPage.objects.filter(page_id=instance.original.pk).first()
    if standing is not None:
        WorkflowPage.objects.get_or_create(
            page_id=instance.pk, defaults={"workflow": standing.workflow}
        )


def sync_locales_after_migrate(plan: Sequence[Any] | None = None, **kwargs: Any) -> None:
    """A language that cannot go stays, and is spoken of; `manage.py sync_languages` says it again."""
    if plan is not None and not plan:
        return
    try:
        languages.sync_locales()
    except languages.LanguageInUse as refusal:
        log.warning("%s", refusal)
