"""Languages of the manual in the Wagtail admin: "Translate", and what is missing or older."""

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import PageReportView
from wagtail.contrib.simple_translation.forms import SubmitTranslationForm
from wagtail.contrib.simple_translation.views import SubmitPageTranslationView
from wagtail.models import Page

from content import languages
from content.models import Edition, ManualIndexPage, ManualSectionPage, ProcedurePage
from content.models.base import VisiblePageQuerySet

MISSING, DRAFT, OLDER, CURRENT = "missing", "draft", "older", "current"
STATES = {
    MISSING: gettext_lazy("Missing"),
    DRAFT: gettext_lazy("Draft"),
    OLDER: gettext_lazy("Older than its original"),
    CURRENT: gettext_lazy("Up to date"),
}


# --- Translating -----------------------------------------------------------------------------------
class TranslateForm(SubmitTranslationForm):
    """Offers every language: what is above a page is put in place with it."""

    def __init__(self, instance: Page, *args: Any, **kwargs: Any) -> None:
        super().__init__(instance, *args, **kwargs)
        self.fields["locales"].widget.disabled_values = []
        self.fields["locales"].help_text = ""
        self.show_submit = True


class TranslateView(SubmitPageTranslationView):
    """Wagtail's own, for pages of the manual, with the pages above as aliases where they are not
    translated yet."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = self.get_object()
        if isinstance(page, ManualIndexPage | ManualSectionPage | ProcedurePage):
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        messages.error(
            request,
            _("Only the manual is translated; modules and the rest stay in the source language."),
        )
        return redirect("wagtailadmin_explore", page.get_parent().pk)

    def get_form(self) -> TranslateForm:
        data = self.request.POST if self.request.method == "POST" else None
        return TranslateForm(self.object, data)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form = self.get_form()
        if form.is_valid():
            above = self.object.get_parent().specific
            for locale in form.cleaned_data["locales"]:
                if not above.has_translation(locale):
                    above.copy_for_translation(locale, copy_parents=True, alias=True)
        response: HttpResponse = super().post(request, **kwargs)
        return response


# --- The report ------------------------------------------------------------------------------------
def translations_of(code: str, *, live: bool = True) -> QuerySet[Page]:
    """The translations into `code` of the page of an outer query."""
    return Page.objects.filter(
        translation_key=OuterRef("translation_key"),
        locale__language_code=code,
        alias_of__isnull=True,
        live=live,
    )


def in_state(pages: QuerySet[Page], code: str, state: str) -> QuerySet[Page]:
    """Of the originals `pages` those whose translation into `code` is in that state."""
    live, draft = translations_of(code), translations_of(code, live=False)
    if state == MISSING:
        return pages.filter(~Exists(live), ~Exists(draft))
    if state == DRAFT:
        return pages.filter(Exists(draft))
    newest = Edition.objects.filter(page=OuterRef("pk")).order_by("-number").values("number")
    pages = pages.annotate(newest_edition=Subquery(newest[:1]))
    older_procedure = live.filter(procedurepage__translated_edition__lt=OuterRef("newest_edition"))
    older_section = live.filter(
        procedurepage__isnull=True, last_published_at__lt=OuterRef("last_published_at")
    )
    if state == OLDER:
        return pages.filter(Exists(older_procedure) | Exists(older_section))
    return pages.filter(Exists(live), ~Exists(older_procedure), ~Exists(older_section))


def other_languages() -> list[tuple[str, str]]:
    source = languages.source_language()
    return [(code, name) for code, name in languages.names().items() if code != source]


class TranslationFilterSet(WagtailFilterSet):
    language = django_filters.ChoiceFilter(
        label=gettext_lazy("Language"), choices=other_languages, method="leave"
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=list(STATES.items()), method="leave"
    )

    class Meta:
        model = Page
        fields: list[str] = []

    def leave(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        return pages

    def filter_queryset(self, queryset: QuerySet[Page]) -> QuerySet[Page]:
        """A state alone means: in any of the languages."""
        state = self.form.cleaned_data.get("state")
        if not state:
            return queryset
        chosen = self.form.cleaned_data.get("language")
        codes = [chosen] if chosen else [code for code, _name in other_languages()]
        found = [in_state(queryset, code, state).values("pk") for code in codes]
        matching = queryset.none()
        for rows in found:
            matching = matching | queryset.filter(pk__in=rows)
        return matching


class LanguageColumn(Column):
    """The state of each page in one language, with the way to it."""

    def __init__(self, code: str, label: str) -> None:
        super().__init__(f"language_{code.replace('-', '_')}", label=label)
        self.code = code

    def get_value(self, page: Page) -> SafeString:
        state, translation = page.states[self.code]
        if translation is None:
            url = reverse("simple_translation:submit_page_translation", args=[page.pk])
            return format_html('{}: <a href="{}">{}</a>', STATES[state], url, _("Translate"))
        links = [(reverse("wagtailadmin_pages:edit", args=[translation.pk]), _("Edit"))]
        if state == OLDER and page.older_edition.get(self.code):
            older, newer = page.older_edition[self.code]
            history = reverse("content:page_history", args=[page.pk])
            links.append((f"{history}?older={older}&newer={newer}", _("See what changed")))
        return format_html(
            "{}: {}",
            STATES[state],
            format_html_join(", ", '<a href="{}">{}</a>', links),
        )


def add_states(pages: list[Page]) -> None:
    """Put `states` on each of `pages`: by language the state and the translation. Two queries."""
    keys = [page.translation_key for page in pages]
    rows = (
        Page.objects.filter(translation_key__in=keys, alias_of__isnull=True)
        .exclude(pk__in=[page.pk for page in pages])
        .select_related("locale", "procedurepage")
        .defer("procedurepage__steps", "procedurepage__notes")
    )
    by_key: dict[tuple[Any, str], Page] = {
        (row.translation_key, row.locale.language_code): row for row in rows
    }
    newest: dict[int, int] = {}
    editions = Edition.objects.filter(page__in=[page.pk for page in pages]).order_by("number")
    for page_id, number in editions.values_list("page", "number"):
        newest[page_id] = number
    for page in pages:
        page.states, page.older_edition = {}, {}
        for code, _name in other_languages():
            row = by_key.get((page.translation_key, code))
            page.states[code] = (_state(page, row, newest.get(page.pk)), row)
            translated = row and _translated_edition(row)
            if translated:
                page.older_edition[code] = (translated, newest.get(page.pk))


def _translated_edition(row: Page) -> int | None:
    procedure = getattr(row, "procedurepage", None)
    number: int | None = procedure.translated_edition if procedure else None
    return number


def _state(page: Page, row: Page | None, newest: int | None) -> str:
    if row is None:
        return MISSING
    if not row.live:
        return DRAFT
    if getattr(row, "procedurepage", None):
        translated = _translated_edition(row)
        return OLDER if translated and newest and translated < newest else CURRENT
    here, there = row.last_published_at, page.last_published_at
    return OLDER if here and there and here < there else CURRENT


class TranslationReportView(PageReportView):
    """Every published page of the manual in the source language, with its state in each other one."""

    results_template_name = "wagtailadmin/reports/base_report_results.html"
    page_title = gettext_lazy("Translations")
    header_icon = "globe"
    filterset_class = TranslationFilterSet
    index_url_name = "manual_translations"
    index_results_url_name = "manual_translations_results"
    default_ordering = "title"
    is_searchable = False
    any_permission_required = ["add", "change", "publish"]
    export_filename = "manual-translations"

    @property
    def columns(self) -> list[Column]:
        title = TitleColumn(
            "title",
            label=_("Title"),
            sort_key="title",
            get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
        )
        return [title, *(LanguageColumn(code, name) for code, name in other_languages())]

    @property
    def list_export(self) -> list[str]:
        return ["title", *(f"state_{code}" for code, _name in other_languages())]

    @property
    def export_headings(self) -> dict[str, Any]:
        named = {f"state_{code}": name for code, name in other_languages()}
        return {"title": _("Title"), **named}

    def get_base_queryset(self) -> QuerySet[Page]:
        pages: QuerySet[Page] = (
            VisiblePageQuerySet(Page)
            .type(ProcedurePage, ManualSectionPage)
            .live()
            .filter(locale__language_code=languages.source_language())
            .select_related("content_type")
        )
        return pages

    def get_queryset(self) -> QuerySet[Page]:
        self.queryset = self.get_base_queryset()
        return super().get_queryset()

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        pages = list(object_list)
        add_states(pages)
        for page in pages:
            for code, (state, _translation) in page.states.items():
                setattr(page, f"state_{code}", str(STATES[state]))
        return pages


@hooks.register("register_admin_urls", order=-1)
def add_addresses() -> list[Any]:
    """Before Wagtail's own: the first address that fits is taken."""
    return [
        path("translation/submit/page/<int:page_id>/", TranslateView.as_view()),
        path(
            "reports/manual-translations/",
            TranslationReportView.as_view(),
            name="manual_translations",
        ),
        path(
            "reports/manual-translations/results/",
            TranslationReportView.as_view(results_only=True),
            name="manual_translations_results",
        ),
    ]


class TranslationsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return languages.is_multilingual()


@hooks.register("register_reports_menu_item")
def add_report() -> MenuItem:
    return TranslationsMenuItem(
        _("Translations"), reverse("manual_translations"), icon_name="globe", order=60
    )
