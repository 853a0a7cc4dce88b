"""What training adds to the page of a package, and the way to what the record store refused."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page

from content.models import ScormPage
from training.actions import can_begin_anew
from training.models import PackageRun
from training.permissions import can_see_statements


@hooks.register("evenhand_page_context")
def add_package_state(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`package_state` for the page of a package: `run` (the last, or None), `parts` (item and state)
    and `can_begin_anew`. Three queries. Nothing without a reader, and nothing in a preview."""
    user = getattr(request, "user", None)
    if not isinstance(page, ScormPage) or user is None or not user.is_authenticated:
        return {}
    if getattr(request, "is_preview", False):
        return {}
    run = PackageRun.objects.filter(user=user, page=page).select_related("package").first()
    if run is None:
        return {"package_state": {"run": None, "can_begin_anew": False}}
    states = {state.identifier: state for state in run.parts.all()}
    return {
        "package_state": {
            "run": run,
            "parts": [(item, states[item.identifier]) for item in run.package.parts],
            "can_begin_anew": can_begin_anew(run),
        }
    }


class StatementsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_see_statements(request.user)  # type: ignore[arg-type]


@hooks.register("register_reports_menu_item")
def link_statements() -> MenuItem:
    return StatementsMenuItem(
        _("Record store (xAPI)"), reverse("training:statement_list"), icon_name="upload", order=900
    )
