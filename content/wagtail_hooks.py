"""What editors find in the Wagtail admin, and who is kept from which page."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import PageFilterSet
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from content import (  # noqa: F401 (hooks)
    hooks_finding,
    hooks_governance,
    hooks_markdown,
    hooks_procedures,
    hooks_translations,
    links,
)
from content.hooks_packages import PackageViewSet
from content.hooks_questions import QuestionViewSet
from content.hooks_refreshers import RefresherCardViewSet
from content.models import (
    LearningPath,
    ProcedurePage,
    ReplyTemplate,
    Skill,
)
from people.channels import Channel


class CachedPageLinkHandler(PageLinkHandler):
    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, str]]) -> list[str]:
        ids = [attrs.get("id", "") for attrs in attrs_list]
        tags = links.opening_tags(ids)
        return [tags.get(pk, "<a>") for pk in ids]


@hooks.register("register_rich_text_features", order=10)
def look_page_links_up_once(features: FeatureRegistry) -> None:
    features.register_link_type(CachedPageLinkHandler)


@hooks.register("insert_global_admin_css")
def style_the_admin() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("before_serve_page")
def hide_what_is_for_other_groups(page: Page, request: HttpRequest, *args: Any) -> None:
    """Answer "not found". Wagtail would ask to sign in, which somebody signed in cannot do."""
    if page.is_hidden_from(request.user):
        raise Http404


class SkillViewSet(SnippetViewSet):
    model = Skill
    icon = "pick"
    list_display = ["name", "key", "description", "position"]
    ordering = ["position", "name"]


class ReplyTemplateFilterSet(WagtailFilterSet):
    channel = ChoiceFilter(label=_("Channel"), choices=Channel.choices, method="filter_channel")

    class Meta:
        model = ReplyTemplate
        fields: list[str] = []

    def filter_channel(
        self, replies: QuerySet[ReplyTemplate], name: str, value: str
    ) -> QuerySet[ReplyTemplate]:
        return replies.suiting(Channel(value))  # type: ignore[attr-defined]


class ReplyTemplateViewSet(SnippetViewSet):
    model = ReplyTemplate
    icon = "mail"
    list_display = [
        "title",
        "key",
        Column("channels", label=_("Channels"), accessor=lambda reply: reply.channel_list),
    ]
    filterset_class = ReplyTemplateFilterSet


class LearningPathViewSet(SnippetViewSet):
    model = LearningPath
    icon = "list-ol"
    list_display = ["title", "key"]


class AuthoredViewSetGroup(SnippetViewSetGroup):
    items = (
        SkillViewSet,
        ReplyTemplateViewSet,
        QuestionViewSet,
        LearningPathViewSet,
        PackageViewSet,
        RefresherCardViewSet,
    )
    menu_label = _("Evenhand")
    menu_name = "evenhand"
    menu_icon = "folder-open-inverse"
    menu_order = 200


register_snippet(AuthoredViewSetGroup)


class ProcedureFilterSet(PageFilterSet):
    channel = ChoiceFilter(
        label=_("Channel"), choices=Channel.choices, field_name="channel_standards__channel"
    )
    skill = ModelChoiceFilter(label=_("Skill"), queryset=Skill.objects.all(), field_name="skills")

    class Meta:
        model = ProcedurePage
        fields: list[str] = []


class ProcedureListingViewSet(PageListingViewSet):
    model = ProcedurePage
    icon = "doc-full"
    menu_label = _("Procedures")
    menu_order = 190
    add_to_admin_menu = True
    filterset_class = ProcedureFilterSet


procedures = ProcedureListingViewSet("procedures")


@hooks.register("register_admin_viewset")
def list_procedures() -> ProcedureListingViewSet:
    return procedures
