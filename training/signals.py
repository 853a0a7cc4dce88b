"""What training hears from the page tree. Each receiver only calls an action."""

from typing import Any

from wagtail.models import Page

from content.models import ModulePage
from training import actions
from training.progress import parent_path


def finish_module_without_step(
    instance: Page, parent_page_before: Page | None = None, **kwargs: Any
) -> None:
    """A page was unpublished, deleted or moved away: if it was a step, somebody may lack no other."""
    path = parent_page_before.path if parent_page_before else parent_path(instance.path)
    module = ModulePage.objects.filter(path=path).first()
    if module is not None:
        actions.finish_module_for_everybody(module)
