"""Panels of the Wagtail admin that the rooms above fill."""

from typing import Any

from wagtail import hooks
from wagtail.admin.panels import Panel


class RoomsPanel(Panel):
    """What other rooms know of a page, shown to who edits it.

    `insights` registers `fn(page, request) -> str` under the hook "evenhand_page_panel"; without any
    word from there the panel is not shown.
    """

    class BoundPanel(Panel.BoundPanel):
        template_name = "content/admin/rooms_panel.html"

        def is_shown(self) -> bool:
            return bool(super().is_shown() and self.instance.pk and self.texts)

        @property
        def texts(self) -> list[str]:
            if not hasattr(self, "_texts"):
                told = (
                    tell(self.instance, self.request)
                    for tell in hooks.get_hooks("evenhand_page_panel")
                )
                self._texts = [text for text in told if text]
            return self._texts

        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            return {**super().get_context_data(parent_context), "texts": self.texts}
