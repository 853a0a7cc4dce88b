"""What training adds to a procedure: the request to sign for it, and that signed pages are kept."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page

from content.models import ProcedurePage
from training.models import Acknowledgement
from training.signatures import request_of


@hooks.register("evenhand_page_context")
def add_request_to_sign(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`request_to_sign` (training.signatures.Request) where the reader is asked. One query, four where
    they are. A preview asks nobody."""
    user = getattr(request, "user", None)
    if not isinstance(page, ProcedurePage) or not page.live:
        return {}
    if user is None or not user.is_authenticated or getattr(request, "is_preview", False):
        return {}
    return {"request_to_sign": request_of(user, page, on=timezone.localdate())}


def _keep(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    for page in pages:
        below = Page.objects.descendant_of(page, inclusive=True).values("pk")
        on_record = Q(page__in=below) | Q(signed_translation__page__in=below)
        if Acknowledgement.objects.filter(on_record).exists():
            messages.error(
                request,
                _(
                    "People were asked to sign for “%s” or a page below it, so it cannot be deleted: "
                    "who signed what has to stay on record. Unpublish it instead."
                )
                % page.title,
            )
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("before_delete_page")
def keep_signed_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _keep(request, [page])


@hooks.register("before_bulk_action")
def keep_signed_pages(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    pages = [item for item in objects if isinstance(item, Page)]
    return _keep(request, pages) if action_type == "delete" else None
