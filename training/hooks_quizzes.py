"""The way from a question in the Wagtail admin to how it does."""

from collections.abc import Iterator

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from content.models import Question, QuizPage
from people.models import User


@hooks.register("register_snippet_listing_buttons")
def lead_to_the_items_of_a_question(
    snippet: Model, user: User, next_url: str | None = None
) -> Iterator[Button]:
    if isinstance(snippet, Question):
        address = reverse("training:question_items", args=[snippet.pk])
        yield Button(_("How it does"), address, icon_name="table", priority=70)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def lead_to_the_items_of_a_quiz(
    page: Page, user: User, next_url: str | None = None, view_name: str | None = None
) -> Iterator[Button]:
    if page.specific_class is QuizPage:
        address = reverse("training:quiz_items", args=[page.pk])
        yield Button(_("How its questions do"), address, icon_name="table", priority=70)
