"""People and teams from a file: what it would change, and then to do it. What SCIM did stands beside."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from integrations.actions import NotAllowed
from integrations.directory.files import UnreadableFile, apply_run, start_run
from integrations.directory.records import FIELDS
from integrations.files import RUN_ROWS, RUNS
from integrations.forms import DirectoryForm
from integrations.models import DirectoryRun
from integrations.views.tokens import require_manager
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate


@require_http_methods(["GET", "HEAD", "POST"])
def directory(request: SignedInRequest) -> HttpResponseBase:
    """A POST with a file makes a dry run."""
    require_manager(request.user)
    rows = DirectoryRun.objects.select_related("started_by", "token").defer("changes")
    if answer := list_export(request, rows, RUNS, "directory-runs"):
        return answer
    form = DirectoryForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            run = start_run(
                upload,
                name=upload.name,
                by=request.user,
                deactivates=form.cleaned_data["deactivates"],
            )
        except (UnreadableFile, NotAllowed) as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("integrations:directory_run", run.pk)
    context = {
        "form": form,
        "page": paginate(request, rows),
        "fields": FIELDS,
        "scim_url": f"{settings.BASE_URL.rstrip('/')}{reverse('scim:root')}",
        "role_groups": settings.SCIM_ROLE_GROUPS,
    }
    return render(
        request, "integrations/directory.html", context, status=422 if form.errors else 200
    )


@require_list
def directory_run(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """What differs, person by person."""
    require_manager(request.user)
    run = get_object_or_404(DirectoryRun.objects.select_related("started_by", "token"), pk=pk)
    rows = [
        (row, [(name, _words(pair[0]), _words(pair[1])) for name, pair in row["changes"].items()])
        for row in run.changes
    ]
    if answer := list_export(request, rows, RUN_ROWS, f"directory-{run.pk}"):
        return answer
    page = paginate(request, rows, per_page=100)
    context = {"run": run, "page": page, "invites_added": settings.INVITE_ADDED_PEOPLE}
    return render(request, "integrations/directory_run.html", context)


@require_POST
def directory_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    require_manager(request.user)
    run = get_object_or_404(DirectoryRun, pk=pk, source=DirectoryRun.Source.FILE)
    try:
        apply_run(run, by=request.user)
    except (NotAllowed, UnreadableFile) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The people are as the file says, but for refused lines."))
    return redirect("integrations:directory_run", pk)


def _words(value: object) -> str:
    if value is None or value == "" or value == []:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
