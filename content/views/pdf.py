import io
from typing import TypeVar

from django.conf import settings
from django.core.files.storage import storages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from content import channel_choice
from content.models import ManualPrint, ProcedurePage
from content.printing import files
from content.printing.story import write_procedure
from content.tasks import print_manual
from content.translations import note_of
from people.requests import SignedInRequest

Answer = TypeVar("Answer", bound=HttpResponseBase)


@require_safe
def procedure_pdf(request: SignedInRequest, page_id: int) -> HttpResponse:
    """A procedure as PDF, as it holds on the reader's channel."""
    procedures = ProcedurePage.objects.visible_to(request.user)
    page = get_object_or_404(procedures, pk=page_id)
    channel = channel_choice.chosen_channel(request)
    if channel and page.channels and channel not in page.channels:
        channel = None
    readable = sorted(page.flow(request.user).procedures)
    facts = (
        files.LAYOUT, page.pk, page.title, page.live_revision_id, page.last_published_at,
        get_language(), channel, readable, list(files.templates_on(procedures.filter(pk=page.pk))),
        note_of(page, request.user),
    )  # fmt: skip
    etag = f'"{files.digest_of(facts)}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        target = io.BytesIO()
        base_url = settings.WAGTAILADMIN_BASE_URL
        write_procedure(target, page, user=request.user, channel=channel, base_url=base_url)
        response = HttpResponse(target.getvalue(), content_type="application/pdf")
        name = f"{page.slug}-{channel.value}" if channel else page.slug
        response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return _kept(response, etag)


@require_http_methods(["GET", "HEAD", "POST"])
def manual_print(request: SignedInRequest) -> HttpResponse:
    """The whole manual as PDF: ask for it (POST), see how far it is, and get it."""
    edition = files.edition_for(request.user)
    if request.method == "POST":
        if edition:
            asked, is_to_make = files.ask_for(edition)
            if is_to_make:
                print_manual.enqueue(asked.pk, request.user.pk)
        return redirect("content:manual_print")
    made = ManualPrint.objects.filter(digest=edition.digest).first() if edition else None
    if made and made.state == made.State.DONE and not storages["private"].exists(made.file):
        made = None
    context = {
        "edition": edition,
        "made": made,
        "manual": edition.manual if edition else None,
        "is_stalled": bool(
            made and made.is_live and made.progress_at < timezone.now() - files.PATIENCE
        ),
    }
    live = request.htmx and not request.htmx.history_restore_request
    return render(request, "content/manual_print.html" + ("#state" if live else ""), context)


@require_safe
def manual_pdf(request: SignedInRequest) -> HttpResponseBase:
    """The file for what this reader may read now; who has none yet is led to where it is made."""
    edition = files.edition_for(request.user)
    made = (
        ManualPrint.objects.filter(digest=edition.digest, state=ManualPrint.State.DONE).first()
        if edition
        else None
    )
    if made is None or not storages["private"].exists(made.file):
        return redirect("content:manual_print")
    etag = f'"{made.digest}-{made.pk}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return _kept(unchanged, etag)
    file = storages["private"].open(made.file)
    name = "manual.pdf"
    return _kept(FileResponse(file, filename=name, content_type="application/pdf"), etag)


def _kept(response: Answer, etag: str) -> Answer:
    """The reader's browser may keep it, and asks each time whether it is still right."""
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
