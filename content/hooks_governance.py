"""Trust in the Wagtail admin: the review report, contingency notes and their switch, approval; and what
these add to the pages of the manual."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin import messages as messages_with_buttons
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.reports import PageReportView
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, EditView, SnippetViewSet

from content.approval import needs_approval
from content.forms_governance import SwitchOnForm
from content.governance import NotAllowed, can_review, notes_on, switch_off, switch_on
from content.models import (
    ContingencyNote,
    Governance,
    ManualIndexPage,
    ManualSectionPage,
    ProcedurePage,
)
from content.models.governance import is_ones_own_work
from people.models import User

LASTS = dt.timedelta(days=1)


# --- The pages -------------------------------------------------------------------------------------
@hooks.register("evenhand_page_context")
def add_trust(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`contingency_notes` that stand on a page of the manual; and `governance`, `is_review_overdue` and
    `can_mark_reviewed` where it has an owner. Three queries, one more while a note is on."""
    if not isinstance(page, ManualIndexPage | ManualSectionPage | ProcedurePage):
        return {}
    now, today = timezone.now(), timezone.localdate()
    of_page = page if isinstance(page, ProcedurePage) else None
    reader = request.user if request is not None else AnonymousUser()
    notes = notes_on(of_page, at=now, reader=reader)
    if isinstance(page, ManualSectionPage):
        notes = [note for note in notes if not note.chosen_pages]
    context: dict[str, Any] = {"contingency_notes": notes}
    if isinstance(page, ManualIndexPage):
        return context
    governance = _governance_of(page)
    user = getattr(request, "user", None)
    is_preview = getattr(request, "is_preview", False)
    return context | {
        "governance": governance,
        "is_review_overdue": governance is not None and governance.is_overdue(on=today),
        "can_mark_reviewed": bool(
            user is not None
            and user.is_authenticated
            and page.live
            and not is_preview
            and can_review(user, governance)
        ),
    }


def _governance_of(page: Page) -> Governance | None:
    """No query where it came with the page (`served_with`), else one."""
    if page.page_ptr_id and "governance" in page._state.fields_cache:
        governance: Governance | None = page._state.fields_cache["governance"]
        return governance
    return Governance.objects.filter(page_id=page.pk).select_related("owner").first()


# --- The report ------------------------------------------------------------------------------------
class ReviewFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("Review"),
        choices=[
            ("overdue", gettext_lazy("Overdue")),
            ("soon", gettext_lazy("Due within 30 days")),
            ("none", gettext_lazy("No date")),
        ],
        method="filter_state",
    )
    owner = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Owner"),
        field_name="governance__owner",
        queryset=User.objects.filter(governed_pages__isnull=False).distinct(),
        null_label=gettext_lazy("Nobody"),
    )

    class Meta:
        model = Page
        fields: list[str] = []

    def filter_state(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        today = timezone.localdate()
        if value == "overdue":
            return pages.filter(governance__review_by__lt=today)
        if value == "soon":
            until = today + dt.timedelta(days=30)
            return pages.filter(governance__review_by__range=(today, until))
        return pages.filter(governance__review_by__isnull=True)


def _review_state(page: Page) -> str:
    review_by = page.review_by
    if review_by is None:
        return _("No date")
    late = (timezone.localdate() - review_by).days
    if late > 0:
        return _("Overdue by %d days") % late
    return _("Due in %d days") % -late


def _day(day: dt.date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _owner_name(page: Page) -> str:
    governance = getattr(page, "governance", None)
    return str(governance.owner) if governance and governance.owner else ""


class ReviewReportView(PageReportView):
    """Every published page of the manual with its owner and when its review is due."""

    results_template_name = "wagtailadmin/reports/base_report_results.html"
    page_title = gettext_lazy("Owners and reviews")
    header_icon = "date"
    filterset_class = ReviewFilterSet
    index_url_name = "manual_reviews"
    index_results_url_name = "manual_reviews_results"
    default_ordering = "review_by"
    is_searchable = False
    any_permission_required = ["add", "change", "publish"]
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Title"),
            sort_key="title",
            get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
        ),
        Column("owner_name", label=gettext_lazy("Owner"), accessor=_owner_name),
        Column(
            "reviewed_on",
            label=gettext_lazy("Reviewed"),
            sort_key="governance__reviewed_on",
            accessor=lambda page: _day(page.reviewed_on),
        ),
        Column(
            "review_by",
            label=gettext_lazy("Review by"),
            sort_key="review_by",
            accessor=lambda page: _day(page.review_by),
        ),
        Column("review_state", label=gettext_lazy("State"), accessor=_review_state),
    ]
    list_export = ["title", "full_url", "owner_name", "reviewed_on", "review_by", "review_state"]
    export_filename = "manual-reviews"
    export_headings = {
        "full_url": gettext_lazy("Address"),
        "owner_name": gettext_lazy("Owner"),
        "reviewed_on": gettext_lazy("Reviewed"),
        "review_by": gettext_lazy("Review by"),
        "review_state": gettext_lazy("State"),
    }

    def get_base_queryset(self) -> QuerySet[Page]:
        pages: QuerySet[Page] = (
            Page.objects.type(ProcedurePage, ManualSectionPage)
            .live()
            .annotate(
                review_by=F("governance__review_by"), reviewed_on=F("governance__reviewed_on")
            )
            .select_related("governance__owner", "content_type")
        )
        return pages

    def get_queryset(self) -> QuerySet[Page]:
        self.queryset = self.get_base_queryset()
        return super().get_queryset()

    def order_queryset(self, queryset: QuerySet[Page]) -> QuerySet[Page]:
        """Pages without a date come last, whichever way round."""
        ordering = self.ordering[0] if isinstance(self.ordering, list | tuple) else self.ordering
        name = ordering.lstrip("-")
        if name == "title":
            return queryset.order_by(ordering, "pk")
        column = F(name)
        order = column.desc(nulls_last=True) if ordering[0] == "-" else column.asc(nulls_last=True)
        return queryset.order_by(order, "title", "pk")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        for page in object_list:
            page.owner_name, page.review_state = _owner_name(page), _review_state(page)
        return object_list


@hooks.register("register_admin_urls")
def add_addresses() -> list[Any]:
    return [
        path("reports/manual-reviews/", ReviewReportView.as_view(), name="manual_reviews"),
        path(
            "reports/manual-reviews/results/",
            ReviewReportView.as_view(results_only=True),
            name="manual_reviews_results",
        ),
        path("contingency/<int:pk>/switch/", switch_note, name="switch_note"),
    ]


@hooks.register("register_reports_menu_item")
def add_report() -> MenuItem:
    return MenuItem(_("Owners and reviews"), reverse("manual_reviews"), icon_name="date", order=50)


class OverduePanel(Component):
    """On the editor's start page in the admin: what is overdue, the editor's own first."""

    name = "overdue-reviews"
    template_name = "content/admin/overdue_panel.html"
    order = 150
    SHOWN = 5

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        overdue = Governance.objects.overdue(on=timezone.localdate()).select_related("page")
        user = parent_context["request"].user if parent_context else None
        mine = overdue.filter(owner=user).order_by("review_by")
        return {
            "mine": list(mine[: self.SHOWN]),
            "mine_count": mine.count(),
            "count": overdue.count(),
        }


@hooks.register("construct_homepage_panels")
def show_overdue(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(OverduePanel())


@hooks.register("register_log_actions")
def name_review(actions: Any) -> None:
    @actions.register_action("evenhand.reviewed")
    class ReviewedFormatter(LogFormatter):
        label = gettext_lazy("Mark as reviewed")

        def format_message(self, log_entry: Any) -> str:
            return _("Reviewed: nothing changed")


# --- Contingency notes -----------------------------------------------------------------------------
def _switch_words(note: ContingencyNote) -> str:
    return _("Switch off…") if note.is_on(at=timezone.now()) else _("Switch on…")


def _switch_url(note: ContingencyNote) -> str:
    return reverse("switch_note", args=[note.pk])


class OffersSwitch:
    """Whoever has just written a note mostly wants it to stand at once."""

    def get_success_buttons(self) -> list[Any]:
        button = messages_with_buttons.button(_switch_url(self.object), _switch_words(self.object))  # type: ignore[attr-defined]
        return [button, *super().get_success_buttons()]  # type: ignore[misc]


class NoteCreateView(OffersSwitch, CreateView):
    pass


class NoteEditView(OffersSwitch, EditView):
    pass


class ContingencyNoteViewSet(SnippetViewSet):
    model = ContingencyNote
    add_view_class = NoteCreateView
    edit_view_class = NoteEditView
    icon = "warning"
    menu_label = gettext_lazy("Contingency notes")
    menu_name = "contingency"
    menu_order = 195
    add_to_admin_menu = True
    list_display = [
        "title",
        Column("kind", label=gettext_lazy("Kind"), accessor=lambda note: note.get_kind_display()),
        Column("state", label=gettext_lazy("State")),
        TitleColumn(
            "switch",
            label=gettext_lazy("Switch"),
            accessor=_switch_words,
            get_url=_switch_url,
        ),
    ]
    list_filter = ["kind"]
    search_fields = ["title", "text"]


register_snippet(ContingencyNoteViewSet)


@hooks.register("register_snippet_listing_buttons")
def offer_switch(snippet: Any, user: User, next_url: str | None = None) -> Iterator[Button]:
    if isinstance(snippet, ContingencyNote) and user.has_perm("content.change_contingencynote"):
        is_on = snippet.is_on(at=timezone.now())
        yield Button(
            _switch_words(snippet),
            _switch_url(snippet),
            icon_name="cross" if is_on else "tick",
            priority=5,
        )


@require_http_methods(["GET", "HEAD", "POST"])
def switch_note(request: Any, pk: int) -> HttpResponse:
    """Switch a note on from one moment to another, or off. The dates are filled in already."""
    if not request.user.has_perm("content.change_contingencynote"):
        raise PermissionDenied
    note = get_object_or_404(ContingencyNote, pk=pk)
    now = timezone.now()
    if request.method == "POST" and "off" in request.POST:
        switch_off(note, by=request.user)
        messages.success(request, _("“%s” is off. Nobody sees it any more.") % note.title)
        return redirect("wagtailsnippets_content_contingencynote:list")
    is_standing = note.is_on(at=now) or note.is_planned(at=now)
    start = note.starts_at if is_standing else now
    initial = {"starts_at": start, "ends_at": note.ends_at if is_standing else now + LASTS}
    form = SwitchOnForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            switch_on(note, by=request.user, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("“%s” is switched on and goes by itself when its time is over.") % note.title
            messages.success(request, said)
            return redirect("wagtailsnippets_content_contingencynote:list")
    context = {
        "note": note,
        "form": form,
        "is_on": note.is_on(at=now),
        "is_standing": is_standing,
        "page_title": note.title,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "content/admin/switch_note.html", context, status=status)


# --- Approval --------------------------------------------------------------------------------------
@hooks.register("construct_page_action_menu")
def leave_publishing_to_approval(items: list[Any], request: Any, context: Any) -> None:
    page = context.get("page") or context.get("parent_page")
    if page is not None and needs_approval(page.specific):
        items[:] = [item for item in items if item.name != "action-publish"]


@hooks.register("before_publish_page")
def refuse_without_approval(request: HttpRequest, page: Page) -> HttpResponse | None:
    """The draft was saved already; only its publication is refused."""
    if not needs_approval(page.specific):
        return None
    messages.error(
        request,
        _("“%s” is saved as a draft. It goes live when a second person has approved it: submit it.")
        % page.title,
    )
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("after_edit_page")
def say_who_approves_instead(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Who changed the words while approving them has saved a draft; see `SecondPersonTask.on_action`."""
    is_approval = (
        request.POST.get("action-workflow-action")
        and request.POST.get("workflow-action-name") == "approve"
    )
    if not is_approval or not is_ones_own_work(page.current_workflow_state, request.user):
        return None
    messages.warning(
        request,
        _(
            "Not published: you changed “%s” yourself, so somebody else has to approve it. "
            "Request changes, and who submitted it can submit your words for you to approve."
        )
        % page.title,
    )
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def refuse_bulk_publishing(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    """Wagtail publishes in bulk what stands in the drafts, past the form that asks for approval and for
    the change note."""
    if action_type != "publish":
        return None
    for page in (item.specific for item in objects if isinstance(item, Page)):
        if needs_approval(page):
            return _send_back(
                request, page, _("“%s” goes live when a second person has approved it: submit it.")
            )
        if isinstance(page, ProcedurePage) and page.live and page.has_unpublished_changes:
            draft = page.get_latest_revision_as_object()
            if not draft.change_kind or not draft.change_note.strip():
                return _send_back(
                    request, page, _("“%s” needs a change note before its draft can be published.")
                )
    return None


def _send_back(request: HttpRequest, page: Page, sentence: str) -> HttpResponse:
    messages.error(request, sentence % page.title)
    return redirect("wagtailadmin_pages:edit", page.pk)
