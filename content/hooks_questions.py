"""The bank of questions in the Wagtail admin: its listing, and what authors are warned about."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_filters import ModelMultipleChoiceFilter
from taggit.models import Tag
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from content import question_views
from content.models import Question, QuizPage
from content.models.questions import tags_of_questions


class QuestionFilterSet(WagtailFilterSet):
    tags = ModelMultipleChoiceFilter(
        label=_("Tag"),
        field_name="tags",
        queryset=Tag.objects.filter(tags_of_questions()).order_by("name"),
    )

    class Meta:
        model = Question
        fields = ["kind", "skill"]


class QuestionIndexView(IndexView):
    @cached_property
    def header_more_buttons(self) -> list[Button]:
        query = self.request.GET.urlencode()
        address = reverse("content_gift_export")
        buttons = [
            *super().header_more_buttons,
            Button(
                _("Export as GIFT"),
                url=f"{address}?{query}" if query else address,
                icon_name="download",
                priority=60,
            ),
        ]
        if self.request.user.has_perm("content.add_question"):
            buttons.append(
                Button(
                    _("Import GIFT"),
                    url=reverse("content_gift_import"),
                    icon_name="upload",
                    priority=50,
                )
            )
        return buttons


class QuestionViewSet(SnippetViewSet):
    model = Question
    icon = "help"
    list_display = ["text", "title", "key", "kind", "skill"]
    filterset_class = QuestionFilterSet
    index_view_class = QuestionIndexView


@hooks.register("register_admin_urls")
def exchange_questions() -> list[URLPattern]:
    return [
        path("questions/gift/import/", question_views.gift_import, name="content_gift_import"),
        path("questions/gift/export/", question_views.gift_export, name="content_gift_export"),
    ]


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def warn_of_an_easy_key(request: HttpRequest, instance: Any) -> None:
    if isinstance(instance, Question) and (warning := instance.warning):
        messages.warning(request, warning)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def warn_of_short_draws(request: HttpRequest, page: Page) -> None:
    """Say which tags have fewer questions than a quiz wants to draw."""
    specific = page.specific_deferred if isinstance(page, Page) else page
    if not isinstance(specific, QuizPage):
        return
    latest = specific.get_latest_revision_as_object()
    for draw, there in latest.short_draws:
        messages.warning(
            request,
            ngettext(
                "“%(tag)s” has only %(there)d question to draw, and %(count)d are wanted. The quiz "
                "asks what there is; add questions with this tag or lower the number.",
                "“%(tag)s” has only %(there)d questions to draw, and %(count)d are wanted. The quiz "
                "asks what there is; add questions with this tag or lower the number.",
                there,
            )
            % {"tag": draw.tag.name, "there": there, "count": draw.count},
        )
