"""Full dumps by the worker, and everybody's own data."""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.actions import NotAllowed
from integrations.dumping import running
from integrations.dumping.writing import LEFT_OUT
from integrations.files import DUMPS
from integrations.models import DataDump
from integrations.own_data import write_own_data
from integrations.permissions import can_dump
from people.audit import record
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

SMALL = 1 << 20


@require_list
def dump_list(request: SignedInRequest) -> HttpResponseBase:
    """Dumps, the newest first. While one is written the page asks for its state every two seconds."""
    _require(request.user)
    rows = DataDump.objects.select_related("started_by")
    if answer := list_export(request, rows, DUMPS, "dumps"):
        return answer
    now = timezone.now()
    page = paginate(request, rows)
    live = DataDump.objects.filter(state__in=running.LIVE).first()
    context = {
        "page": page,
        "rows": [(dump, dump.is_ready(at=now)) for dump in page],
        "live": live,
        "left_out": LEFT_OUT,
        "days": DataDump.KEPT.days,
    }
    if request.htmx:
        response = render(request, "integrations/dump_list.html#status", context)
        if live is None:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "integrations/dump_list.html", context)


@require_POST
def dump_start(request: SignedInRequest) -> HttpResponse:
    _require(request.user)
    try:
        running.start_dump(by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return redirect("integrations:dump_list")


@require_POST
def dump_stop(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change(request, pk, running.stop_dump, _("It stops after the rows at hand."))


@require_POST
def dump_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    return _change(request, pk, running.delete_dump, _("The file is deleted."))


@require_POST
def dump_download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    _require(request.user)
    dump = get_object_or_404(DataDump, pk=pk)
    try:
        running.note_download(dump, by=request.user)
        file = dump.file.open("rb")
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("integrations:dump_list")
    except FileNotFoundError:
        messages.error(request, _("The file is not in the storage any more. Start a new dump."))
        return redirect("integrations:dump_list")
    name = f"evenhand-{dump.created_at:%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def my_data(request: SignedInRequest) -> HttpResponse:
    """What one may take along about oneself."""
    return render(request, "integrations/my_data.html")


@require_POST
def my_data_file(request: SignedInRequest) -> FileResponse:
    """One's own data as a zip. One or two queries for each kind, whatever the number of rows."""
    file = SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115 (the response closes it)
    counts = write_own_data(file, request.user, absolute=request.build_absolute_uri)
    record("export_own_data", by=request.user, of=request.user, after=counts)
    file.seek(0)
    name = f"my-data-{timezone.localdate():%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


def _change(
    request: SignedInRequest, pk: int, action: Callable[..., None], words: str
) -> HttpResponse:
    _require(request.user)
    try:
        action(get_object_or_404(DataDump, pk=pk), by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("integrations:dump_list")


def _require(user: User) -> None:
    if not can_dump(user):
        raise PermissionDenied(_("A full dump is for administrators."))
