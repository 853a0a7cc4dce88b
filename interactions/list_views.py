"""The list of interactions, as a file, and the filters that people keep of it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.filters import InteractionFilter
from interactions.forms_filters import SavedFilterForm
from interactions.models import Interaction, InteractionQuerySet, SavedFilter, SurveyAnswer
from interactions.permissions import can_import
from interactions.search import BestFirst, snippets
from people.audit import record
from people.channels import Channel
from people.requests import SignedInRequest
from ui.exports import csv_response, xlsx_response
from ui.pagination import paginate

TEMPLATE = "interactions/interaction_list.html"
# A sheet holds 1,048,576 rows; well below that a CSV file is the better one.
MOST_ROWS_OF_A_SHEET = 200_000
ROWS_AT_ONCE = 1000


@require_safe
def interaction_list(request: SignedInRequest) -> HttpResponse:
    """What one may see, narrowed down by `InteractionFilter`; what was said around the words that are
    looked for. Constant queries."""
    chosen = InteractionFilter(request.GET, queryset=_visible(request), user=request.user)
    return _list(request, chosen, SavedFilterForm(user=request.user))


@require_POST
def interaction_export(request: SignedInRequest) -> HttpResponseBase:
    """All that the list shows, filtered as `matching` says, as CSV or XLSX. The audit log keeps who took
    what along."""
    chosen = _matching(request)
    rows = chosen.qs
    count = rows.order_by().count()
    is_sheet = request.POST.get("format") == "xlsx"
    if is_sheet and count > MOST_ROWS_OF_A_SHEET:
        messages.warning(
            request,
            _(
                "%(count)d interactions are too many for a spreadsheet file, which takes %(limit)d. "
                "Narrow the list down, or take the CSV file."
            )
            % {"count": count, "limit": MOST_ROWS_OF_A_SHEET},
        )
        return redirect(f"{reverse('interactions:interaction_list')}?{chosen.address}")
    record(
        "export_interactions",
        by=request.user,
        of=request.user,
        after={"filter": chosen.address, "count": count, "format": "xlsx" if is_sheet else "csv"},
    )
    if is_sheet:
        return xlsx_response("interactions", _header(), _records(rows, is_sheet=True))
    return csv_response("interactions", _header(), _records(rows, is_sheet=False))


@require_POST
def filter_save(request: SignedInRequest) -> HttpResponse:
    """Keep what is in force under a name; one's own of the same name is replaced."""
    chosen = _matching(request)
    form = SavedFilterForm(request.POST, user=request.user)
    if not chosen.address:
        form.add_error(None, _("Narrow the list down first: there is nothing to keep."))
    if not form.is_valid():
        return _list(request, chosen, form, status=422)
    saved, is_new = SavedFilter.objects.update_or_create(
        owner=request.user,
        name=form.cleaned_data["name"],
        defaults={
            "query": chosen.address,
            "team": form.cleaned_data["team"],
            "saved_at": timezone.now(),
        },
    )
    text = _("“%s” is saved.") if is_new else _("“%s” is saved; the earlier one is replaced.")
    messages.success(request, text % saved)
    return _to(saved)


@require_http_methods(["GET", "HEAD", "POST"])
def filter_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Rename one's own, or share it with another team or with none."""
    saved = _own(request, pk)
    form = SavedFilterForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"name": saved.name, "team": saved.team_id},
        instance=saved,
    )
    if request.method == "POST" and form.is_valid():
        saved.name, saved.team = form.cleaned_data["name"], form.cleaned_data["team"]
        saved.save(update_fields=["name", "team"])
        messages.success(request, _("“%s” is saved.") % saved)
        return _to(saved)
    chosen = InteractionFilter(
        QueryDict(saved.query), queryset=Interaction.objects.none(), user=request.user
    )
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "saved": SavedFilter.objects.get(pk=pk), "filter": chosen}
    return render(request, "interactions/filter_edit.html", context, status=status)


@require_POST
def filter_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    saved = _own(request, pk)
    saved.delete()
    messages.success(request, _("The filter “%s” is deleted.") % saved)
    return redirect("interactions:interaction_list")


def _list(
    request: SignedInRequest, chosen: InteractionFilter, form: SavedFilterForm, *, status: int = 200
) -> HttpResponse:
    results = chosen.results
    page = paginate(request, results)
    said = snippets([row.pk for row in page], chosen.query)
    kept = list(SavedFilter.objects.visible_to(request.user).select_related("owner", "team"))
    current = request.GET.get("saved", "")
    context = {
        "page": page,
        "rows": [(row, said.get(row.pk, "")) for row in page],
        "filter": chosen,
        "total": page.paginator.count,
        "is_unranked": isinstance(results, BestFirst) and not results.is_ranked and bool(page),
        "is_capped": results.is_capped,
        "kept": kept,
        "current": next((each for each in kept if str(each.pk) == current), None),
        "save_form": form,
        "can_import": can_import(request.user),
    }
    return render(request, TEMPLATE, context, status=status)


def _visible(request: SignedInRequest) -> InteractionQuerySet:
    rows = Interaction.objects.visible_to(request.user)
    return rows.with_people().with_ratings(request.user)


def _matching(request: SignedInRequest) -> InteractionFilter:
    data = QueryDict(request.POST.get("matching", "")[:4000])
    return InteractionFilter(data, queryset=_visible(request), user=request.user)


def _own(request: SignedInRequest, pk: int) -> SavedFilter:
    saved = get_object_or_404(SavedFilter.objects.visible_to(request.user), pk=pk)
    if saved.owner_id != request.user.pk:
        raise PermissionDenied(_("Only who saved a filter can change it."))
    return saved


def _to(saved: SavedFilter) -> HttpResponse:
    return redirect(f"{reverse('interactions:interaction_list')}?{saved.query}&saved={saved.pk}")


def _header() -> list[str]:
    return [
        _("Source"),
        _("Id"),
        _("Subject"),
        _("Channel"),
        _("When (%s)") % timezone.get_current_timezone_name(),
        _("Agent"),
        _("Customer"),
        _("Customer’s tier"),
        _("Language"),
        _("Messages"),
        _("Duration (s)"),
        _("First response (s)"),
        *(str(kind.label) for kind in _rated()),
    ]


def _rated() -> list[SurveyAnswer.Kind]:
    return list(SurveyAnswer.SCALES)


def _records(rows: InteractionQuerySet, *, is_sheet: bool) -> Iterator[list[Any]]:
    """A record for each row, read in portions. Zone and words of who asks are settled before the answer
    is on its way, when both are another's again."""
    zone = timezone.get_current_timezone()
    channels = {channel.value: str(channel.label) for channel in Channel}
    kinds = _rated()

    def records() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
            given = {answer.kind: answer.value for answer in row.ratings}
            when: dt.datetime = row.occurred_at.astimezone(zone)
            yield [
                row.source,
                row.external_id,
                row.subject,
                channels[row.channel],
                # A cell of a sheet has no zone; the header names it.
                when.replace(tzinfo=None) if is_sheet else when,
                row.display_agent,
                row.customer.name if row.customer else "",
                row.customer.tier if row.customer else "",
                row.language,
                row.message_count,
                row.duration_seconds,
                row.first_response_seconds,
                *(given.get(kind.value) for kind in kinds),
            ]

    return records()
