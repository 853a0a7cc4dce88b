"""What training adds to the pages of practice, and the ways from the page editor to its screens."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from content.models import PracticePage, SamplePage
from people.models import User
from training.models import PracticeRun, PracticeSetup, SampleGrading, SampleSetup
from training.permissions import can_set_up_practice

# How many earlier results the page of an exercise lists.
LISTED = 10


@hooks.register("evenhand_page_context")
def add_practice_state(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`practice_state` for a role play or a sample: `open`, `results` (the last ones), `best`, whether
    the reader `sees_results` of others and `can_set_up`; and `rubric`, or whether it `is_ready`. Three
    queries at most. Nothing without a reader, and nothing in a preview."""
    user = getattr(request, "user", None)
    if not isinstance(page, PracticePage | SamplePage) or user is None:
        return {}
    if not user.is_authenticated or getattr(request, "is_preview", False):
        return {}
    state = _role_play(user, page) if isinstance(page, PracticePage) else _sample(user, page)
    return {"practice_state": state}


def _role_play(user: User, page: PracticePage) -> dict[str, Any]:
    runs = list(PracticeRun.objects.filter(user=user, page=page).without_words())
    finished = [run for run in runs if run.is_finished]
    setup = PracticeSetup.objects.filter(page=page).select_related("rubric").first()
    graded = [run.percent for run in finished if run.percent is not None]
    return {
        "open": next((run for run in runs if not run.is_finished), None),
        "results": finished[:LISTED],
        "best": max(graded, default=None),
        "rubric": setup.rubric if setup else None,
        "sees_results": user.has_perm("people.develop_team"),
        "can_set_up": can_set_up_practice(user),
    }


def _sample(user: User, page: SamplePage) -> dict[str, Any]:
    gradings = list(SampleGrading.objects.filter(user=user, page=page))
    done = [each for each in gradings if each.is_submitted]
    return {
        "open": next((each for each in gradings if not each.is_submitted), None),
        "results": done[:LISTED],
        "best": max((each.same_percent or 0 for each in done), default=None),
        "sees_results": user.has_perm("people.develop_team"),
        "can_set_up": can_set_up_practice(user),
        "is_ready": SampleSetup.objects.filter(page=page, keys__isnull=False).exists(),
    }


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def lead_to_practice(
    page: Page, user: User, next_url: str | None = None, view_name: str | None = None
) -> Iterator[Button]:
    kind = page.specific_class
    if kind is PracticePage:
        tree = reverse("training:practice_tree", args=[page.pk])
        yield Button(_("Scenario as a tree"), tree, icon_name="list-ul", priority=70)
        trial = reverse("training:practice_try", args=[page.pk])
        yield Button(_("Play it without recording"), trial, icon_name="view", priority=71)
    if kind is PracticePage and can_set_up_practice(user):
        setup = reverse("training:practice_setup", args=[page.pk])
        yield Button(_("Rubric it is graded by"), setup, icon_name="cog", priority=72)
    if kind is SamplePage and can_set_up_practice(user):
        setup = reverse("training:sample_setup", args=[page.pk])
        yield Button(_("Samples and their keys"), setup, icon_name="cog", priority=72)
