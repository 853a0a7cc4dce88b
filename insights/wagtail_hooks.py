"""Page health inside the Wagtail admin: in the menu of reports, and beside the page one edits."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page

from content.models import ProcedurePage
from insights.page_health import add_texts, page_health
from insights.service.filters import filters_for
from insights.service.on_page import kept_here

PANEL_SECONDS = 600

hooks.register("interaction_filters", filters_for)


@hooks.register("register_reports_menu_item")
def add_page_health() -> MenuItem:
    return MenuItem(
        _("Page health"), reverse("insights:page_health"), icon_name="info-circle", order=60
    )


@hooks.register("evenhand_page_context")
def tell_how_standards_are_kept(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`standards_kept` for a procedure, as `insights.service.on_page.kept_here` gives it. One query for
    who may see it, none for everybody else."""
    user: Any = getattr(request, "user", None)
    if not isinstance(page, ProcedurePage) or user is None or not user.is_authenticated:
        return {}
    return {"standards_kept": kept_here(page, reader=user, at=timezone.now())}


@hooks.register("evenhand_page_panel")
def tell_page_health(page: Page, request: HttpRequest | None) -> str:
    """How one published page does, as of the last ten minutes at most: the verdict is tested against all
    other pages, and a form that saves itself asks for it again and again."""
    user: Any = getattr(request, "user", None)
    if user is None or not page.live:
        return ""
    key = f"page-health-panel-{page.pk}-{page.live_revision_id}-{user.pk}"
    told: str = cache.get_or_set(key, lambda: _panel(page, user), PANEL_SECONDS) or ""
    return mark_safe(told)  # noqa: S308 (what the template rendered)


def _panel(page: Page, user: Any) -> str:
    row = next(
        (row for row in page_health(user, at=timezone.now()) if row.page.pk == page.pk), None
    )
    if row is None:
        return ""
    add_texts([row])
    context = {"row": row, "today": timezone.localdate()}
    return render_to_string("insights/admin/page_health_panel.html", context)
