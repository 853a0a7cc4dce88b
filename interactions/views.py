"""Interactions to look at, and the imports they come by."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions import forms
from interactions.actions import NotAllowed, request_stop, resume_import, start_import
from interactions.filters import InteractionFilter
from interactions.models import ImportRun, Interaction, Recording
from interactions.permissions import can_import, can_see_source_data
from interactions.serving import serve_recording
from interactions.words import humanised
from people.requests import SignedInRequest
from ui.exports import csv_response
from ui.pagination import paginate


@require_safe
def interaction_list(request: SignedInRequest) -> HttpResponse:
    """What one may see, the newest first, narrowed down by `InteractionFilter`. Constant queries."""
    rows = Interaction.objects.visible_to(request.user).with_people().with_ratings(request.user)
    chosen = InteractionFilter(request.GET, queryset=rows, user=request.user)
    context = {
        "page": paginate(request, chosen.qs),
        "filter": chosen,
        "can_import": can_import(request.user),
    }
    return render(request, "interactions/interaction_list.html", context)


@require_safe
def interaction_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The facts and the conversation; what else the source says only for who may see source data.

    Whoever has still to grade it learns nothing of the customer's verdict, which the source's own
    labels may hold as well.
    """
    interaction = get_object_or_404(
        Interaction.objects.visible_to(request.user)
        .with_people()
        .select_related("transcript", "import_run", "recording"),
        pk=pk,
    )
    is_withheld = Interaction.objects.rating_withheld_from(request.user).filter(pk=pk).exists()
    labels = interaction.labels if can_see_source_data(request.user) and not is_withheld else {}
    context = {
        "interaction": interaction,
        "turns": interaction.turns,
        "channel": interaction.channel,
        "blind": False,
        "recording_url": (
            reverse("interactions:interaction_recording", args=[pk])
            if hasattr(interaction, "recording")
            else ""
        ),
        "agent_name": str(interaction.agent or interaction.agent_name),
        "customer_name": interaction.customer.name if interaction.customer else "",
        "answers": () if is_withheld else interaction.survey_answers.order_by("pk"),
        "is_withheld": is_withheld,
        "labels": [(humanised(name), _shown(value)) for name, value in labels.items()],
        "can_import": can_import(request.user),
    }
    return render(request, "interactions/interaction_detail.html", context)


@require_safe
def interaction_recording(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The recording for who may see the interaction. Reviewers get it through their scorecard."""
    recording = get_object_or_404(
        Recording.objects.filter(interaction__in=Interaction.objects.visible_to(request.user)),
        pk=pk,
    )
    return serve_recording(request, recording)


@require_safe
def import_list(request: SignedInRequest) -> HttpResponse:
    _require_importer(request)
    rows = ImportRun.objects.visible_to(request.user).select_related("started_by")
    return render(request, "interactions/import_list.html", {"page": paginate(request, rows)})


@require_http_methods(["GET", "HEAD", "POST"])
def import_create(request: SignedInRequest) -> HttpResponse:
    """Take a file in and hand it to the worker; the report says how it goes."""
    _require_importer(request)
    form = forms.ImportForm()
    if request.method == "POST":
        form = forms.ImportForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            run = start_import(file, file_name=file.name, size=file.size, by=request.user)
            return redirect("interactions:import_detail", pk=run.pk)
    context = {"form": form, "limit": forms.UPLOAD_LIMIT_MB}
    status = 422 if form.errors else 200
    return render(request, "interactions/import_create.html", context, status=status)


@require_safe
def import_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """How an import stands. The page asks for its status every second while it is live; when it ends,
    the whole page is loaded anew, for the rejected rows."""
    run = _run(request, pk)
    if request.htmx:
        response = render(request, "interactions/import_detail.html#status", {"run": run})
        if not run.is_live:
            response["HX-Refresh"] = "true"
        return response
    page = None if run.is_live else paginate(request, run.rejections.all(), per_page=50)
    return render(request, "interactions/import_detail.html", {"run": run, "page": page})


@require_safe
def import_rejections(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """Every rejected row as CSV, streamed."""
    run = _run(request, pk)
    rejections = run.rejections.iterator(chunk_size=1000)
    rows = ([each.line, each.external_id, each.reason] for each in rejections)
    return csv_response(f"import-{run.pk}-rejected", [_("Line"), _("Id"), _("Reason")], rows)


@require_POST
def import_stop(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    try:
        request_stop(run, by=request.user)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    return redirect("interactions:import_detail", pk=pk)


@require_POST
def import_resume(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    try:
        resume_import(run, by=request.user)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    return redirect("interactions:import_detail", pk=pk)


def _require_importer(request: SignedInRequest) -> None:
    if not can_import(request.user):
        raise PermissionDenied(_("Imports are for administrators."))


def _run(request: SignedInRequest, pk: int) -> ImportRun:
    runs = ImportRun.objects.visible_to(request.user).select_related("started_by")
    return get_object_or_404(runs, pk=pk)


def _shown(value: Any) -> str:
    """A label's value as people read it: text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
