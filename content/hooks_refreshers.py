"""Refresher cards in the Wagtail admin, and the way to those that a change of the manual retired."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page
from wagtail.snippets.views.snippets import SnippetViewSet

from content.models import RefresherCard, Skill


class RefresherCardFilterSet(WagtailFilterSet):
    state = ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[
            ("used", _("In use")),
            ("waiting", _("To look through")),
            ("retired", _("Retired or replaced")),
            ("off", _("Switched off")),
        ],
    )
    skill = ModelChoiceFilter(label=_("Skill"), queryset=Skill.objects.all())

    class Meta:
        model = RefresherCard
        fields: list[str] = []

    def in_state(
        self, cards: QuerySet[RefresherCard], name: str, value: str
    ) -> QuerySet[RefresherCard]:
        if value == "waiting":
            return cards.to_look_through()  # type: ignore[attr-defined]
        if value == "retired":
            return cards.filter(settled_at__isnull=False)
        return cards.filter(retired_at__isnull=True, is_active=value == "used")


class RefresherCardViewSet(SnippetViewSet):
    model = RefresherCard
    icon = "rotate"
    list_display = [
        "question",
        "procedure",
        "skill",
        Column("state", label=_("State"), accessor=lambda card: card.state),
    ]
    filterset_class = RefresherCardFilterSet
    search_fields = ["question", "answer"]
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefresherCard]:
        return RefresherCard.objects.select_related("procedure", "skill").defer(
            "procedure__steps", "procedure__notes"
        )


class CardsToLookThrough(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("content.change_refreshercard")


@hooks.register("register_reports_menu_item")
def lead_to_retired_cards() -> MenuItem:
    return CardsToLookThrough(
        _("Cards to look through"),
        reverse_lazy("content:retired_cards"),
        name="retired-cards",
        icon_name="rotate",
        order=820,
    )


def _keep(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    for page in pages:
        below = Page.objects.descendant_of(page, inclusive=True).values("pk")
        if RefresherCard.objects.filter(procedure__in=below).exists():
            messages.error(
                request,
                gettext(
                    "Refresher cards rest on “%s” or a page below it, so it cannot be deleted. "
                    "Unpublish it instead: its cards pause meanwhile."
                )
                % page.title,
            )
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("before_delete_page")
def keep_asked_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _keep(request, [page])


@hooks.register("before_bulk_action")
def keep_asked_pages(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    pages = [item for item in objects if isinstance(item, Page)]
    return _keep(request, pages) if action_type == "delete" else None
