"""A module that a rule assigns stays: the rule would have nothing to assign."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page

from coaching.models import ModuleRule


def _say_if_a_rule_assigns(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    for page in pages:
        below = page.get_descendants(inclusive=True).values("pk")
        if ModuleRule.objects.filter(module__in=below).exists():
            messages.error(
                request,
                _(
                    "A rule assigns “%s” or a page below it, so it cannot be deleted. Let the rule "
                    "assign another module first, or unpublish the page: the rule assigns nothing "
                    "meanwhile."
                )
                % page.title,
            )
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("before_delete_page")
def keep_module_of_rule(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _say_if_a_rule_assigns(request, [page])


@hooks.register("before_bulk_action")
def keep_modules_of_rules(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    pages = [item for item in objects if isinstance(item, Page)]
    return _say_if_a_rule_assigns(request, pages) if action_type == "delete" else None
