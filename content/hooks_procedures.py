"""What editors of procedures find in the Wagtail admin: choosing where answers lead, and being told of
steps nobody comes to, of loops, and of what cannot be published."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from content.forms import published_targets
from content.models import ProcedurePage
from content.steps import problems, remarks, steps_in


@hooks.register("insert_editor_js")
def choose_where_answers_lead() -> SafeString:
    return format_html('<script type="module" src="{}"></script>', static("js/procedure_editor.js"))


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def remark_on_the_steps(request: HttpRequest, page: Page) -> None:
    """Said after a save by hand; one in the background answers in JSON, without messages."""
    if not isinstance(page, ProcedurePage) or "application/json" in request.headers.get(
        "accept", ""
    ):
        return
    levels = list(page.escalation_levels.all())
    for remark in remarks(steps_in(page.steps), levels, page.channels):
        messages.warning(request, remark)


@hooks.register("before_bulk_action")
def refuse_to_publish_what_leads_nowhere(
    request: HttpRequest, action_type: str, objects: Sequence[Any], action: Any
) -> HttpResponse | None:
    """Publishing many at once passes by the form that would refuse."""
    if action_type != "publish" or request.method != "POST":
        return None
    refused = []
    for page in objects:
        draft = page.get_latest_revision_as_object() if isinstance(page, Page) else None
        if isinstance(draft, ProcedurePage):
            whole = steps_in(draft.steps)
            levels = list(draft.escalation_levels.all())
            published = published_targets(whole, model=ProcedurePage) | {page.pk}
            if any(problems(whole, levels, published)):
                refused.append(draft.title)
    if not refused:
        return None
    messages.error(
        request,
        _("Not published: answers lead nowhere in %(titles)s. Open and publish each to see which.")
        % {"titles": ", ".join(refused)},
    )
    return redirect("wagtailadmin_explore_root")
