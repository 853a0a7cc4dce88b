"""What rooms below ask or tell us: whether a procedure may go, from whom a customer's rating is
withheld, of which conversations an agent became known, and which of them are graded."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page

from scorecards.actions.adopt import adopt_agents, graded_with_agent
from scorecards.bells import ids_disputed, ids_graded_now
from scorecards.interaction_filters import filters_for
from scorecards.journeys import grades_of_interactions
from scorecards.models import Criterion
from scorecards.models.verdicts import grades_of
from scorecards.withholding import rating_withheld_from

hooks.register("rating_withheld_from", rating_withheld_from)
hooks.register("agents_matched", adopt_agents)
hooks.register("interaction_filters", filters_for)
hooks.register("agent_is_fixed", graded_with_agent)
hooks.register("grades_of_interaction", grades_of)
hooks.register("grades_of_interactions", grades_of_interactions)
hooks.register("words_needed", ids_graded_now)
hooks.register("words_needed", ids_disputed)


def _say_if_rested_on(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    for page in pages:
        below = Page.objects.descendant_of(page, inclusive=True).values("pk")
        criterion = (
            Criterion.objects.filter(procedure__in=below).select_related("procedure").first()
        )
        if criterion is not None and criterion.procedure is not None:
            messages.error(
                request,
                _(
                    "“%(page)s” cannot be deleted: the criterion “%(criterion)s” of a rubric rests on "
                    "it, and scorecards were graded by that. Unpublish it instead."
                )
                % {"page": criterion.procedure.title, "criterion": criterion.title},
            )
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("before_delete_page")
def keep_procedure(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _say_if_rested_on(request, [page])


@hooks.register("before_bulk_action")
def keep_procedures(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    pages = [item for item in objects if isinstance(item, Page)]
    return _say_if_rested_on(request, pages) if action_type == "delete" else None
