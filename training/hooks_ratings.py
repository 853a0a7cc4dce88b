"""What training adds to modules and lessons: what people think of one, where they are in the other."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from content.models import LessonPage, ModulePage
from people.models import User
from training.permissions import can_see_ratings
from training.places import reading_of
from training.progress import completions_in, parent_path
from training.ratings import may_rate, rating_of


@hooks.register("evenhand_page_context")
def add_rating(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`may_rate` and `own_rating` on a module, `sees_ratings` for its authors. Three queries."""
    user = _reader(request)
    if user is None or not isinstance(page, ModulePage) or not page.live:
        return {}
    own = rating_of(user, page) if (allowed := may_rate(user, page)) else None
    return {"may_rate": allowed, "own_rating": own, "sees_ratings": can_see_ratings(user)}


@hooks.register("evenhand_page_context")
def add_place(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`reading` (training.places.Reading) on a lesson, and `read_at` when it was read to its end. Two
    queries, of which the page makes one anyway."""
    user = _reader(request)
    if user is None or not isinstance(page, LessonPage) or not page.live:
        return {}
    done = completions_in(user, parent_path(page.path))
    return {
        "reading": reading_of(user, page),
        "read_at": next((each.completed_at for each in done if each.page_id == page.pk), None),
    }


def _reader(request: HttpRequest | None) -> User | None:
    """Who reads; nobody in a preview, which shows the page and not its reader."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "is_preview", False):
        return None
    return user


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def lead_to_the_ratings_of_a_module(
    page: Page, user: User, next_url: str | None = None, view_name: str | None = None
) -> Iterator[Button]:
    if page.specific_class is ModulePage:
        address = reverse("training:module_ratings", args=[page.pk])
        yield Button(_("What trainees think"), address, icon_name="comment", priority=75)
