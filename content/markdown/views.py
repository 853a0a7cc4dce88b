"""The editing area's screens for importing and exporting the manual."""

import zipfile
from tempfile import SpooledTemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.markdown.exporting import export
from content.markdown.forms import ManualImportForm
from content.markdown.reading import Unreadable
from content.markdown.run import may_import, places_for, start_import
from content.models import ManualFile, ManualImport, ManualImportFile, ManualIndexPage
from content.tasks import import_manual_tree
from people.requests import SignedInRequest

FILES_PER_PAGE = 50
RELOAD_SECONDS = 3
IMPORTS_PER_PAGE = 20
IN_MEMORY = 8_000_000


def _may_see(request: SignedInRequest) -> None:
    manual = ManualIndexPage.objects.first()
    if manual is None or not may_import(request.user, manual):
        raise PermissionDenied(_("Importing and exporting is for those who publish the manual."))


@require_http_methods(["GET", "HEAD", "POST"])
def manual_files(request: SignedInRequest) -> HttpResponse:
    """Upload a tree, or take the manual away as one; and what was imported before."""
    _may_see(request)
    trees = list(ManualFile.objects.order_by("tree").values_list("tree", flat=True).distinct())
    form = ManualImportForm(
        request.POST or None,
        request.FILES or None,
        places=places_for(request.user),
        trees=trees,
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = start_import(
                tree=form.cleaned_data["tree"],
                below=form.cleaned_data["below"].specific,
                by=request.user,
                file=form.cleaned_data["file"],
                publish=form.cleaned_data["publish"],
                ask_signatures=form.cleaned_data["ask_signatures"],
                overwrite=form.cleaned_data["overwrite"],
            )
        except Unreadable as refusal:
            form.add_error("file", str(refusal))
        else:
            import_manual_tree.enqueue(run.pk)
            return redirect("content_manual_import", pk=run.pk)
    runs = (
        ManualImport.objects.select_related("started_by")
        .annotate(file_count=Count("files"))
        .order_by("-created_at", "-pk")
    )
    page = Paginator(runs, IMPORTS_PER_PAGE).get_page(request.GET.get("p"))
    return render(
        request,
        "content/admin/manual_files.html",
        {"form": form, "runs": page, "trees": trees},
        status=422 if form.errors else 200,
    )


@require_safe
def manual_import(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far an import is, and then what it came to, file by file."""
    _may_see(request)
    run = get_object_or_404(ManualImport.objects.select_related("started_by", "section"), pk=pk)
    counts = dict(
        run.files.order_by()
        .values_list("outcome")
        .annotate(n=Count("pk"))
        .values_list("outcome", "n")
    )
    remarked = run.files.exclude(remarks=[]).count()
    chosen = request.GET.get("outcome", "")
    files = _narrowed(run.files.select_related("page"), chosen)
    is_stalled = run.is_stalled(at=timezone.now())
    response = render(
        request,
        "content/admin/manual_import.html",
        {
            "run": run,
            "is_stalled": is_stalled,
            "files": Paginator(files, FILES_PER_PAGE).get_page(request.GET.get("p")),
            "outcomes": [
                (value, label, counts.get(value, 0))
                for value, label in ManualImportFile.Outcome.choices
                if counts.get(value)
            ],
            "remarked": remarked,
            "chosen": chosen,
        },
    )
    if not run.is_over and not is_stalled:
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


def _narrowed(files: QuerySet[ManualImportFile], chosen: str) -> QuerySet[ManualImportFile]:
    if chosen == "remarks":
        return files.exclude(remarks=[])
    if chosen in ManualImportFile.Outcome.values:
        return files.filter(outcome=chosen)
    return files


@require_POST
def manual_import_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a run that nobody has heard of go on."""
    _may_see(request)
    run = get_object_or_404(ManualImport, pk=pk)
    if run.is_stalled(at=timezone.now()):
        import_manual_tree.enqueue(run.pk)
        messages.success(request, _("The import goes on."))
    return redirect("content_manual_import", pk=run.pk)


@require_safe
def manual_export(request: SignedInRequest) -> HttpResponse | FileResponse:
    """The manual, as this person may read it, as a zip file of Markdown."""
    _may_see(request)
    manual = ManualIndexPage.objects.visible_to(request.user).first()
    if manual is None:
        raise Http404
    # Goes to the disk when it is large; closed with the response.
    packed = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, contents in export(manual, user=request.user):
            archive.writestr(path, contents)
    packed.seek(0)
    name = f"manual-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")
