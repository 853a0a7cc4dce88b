"""Files on their way in: the upload, what its columns mean, how it goes, and what was rejected."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions import forms
from interactions.actions import (
    NotAllowed,
    begin_import,
    delete_mapping,
    delete_rejected,
    discard_draft,
    request_stop,
    resume_import,
    save_mapping,
    start_import,
)
from interactions.files import IMPORTS, MAPPINGS, REJECTIONS
from interactions.importing.planning import Proposal, described, preview, propose, to_keep
from interactions.importing.reading import UnreadableFile
from interactions.importing.rejected import rejected_file
from interactions.importing.run import digest_of
from interactions.importing.sources import Layout
from interactions.models import ImportMapping, ImportRun
from interactions.permissions import can_import
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate


@require_list
def import_list(request: SignedInRequest) -> HttpResponseBase:
    require_importer(request)
    rows = ImportRun.objects.visible_to(request.user).select_related("started_by")
    if answer := list_export(request, rows, IMPORTS, "imports"):
        return answer
    return render(request, "interactions/import_list.html", {"page": paginate(request, rows)})


@require_http_methods(["GET", "HEAD", "POST"])
def import_create(request: SignedInRequest) -> HttpResponse:
    """Take a file in. One with our own fields goes to the worker; of another it is asked what they
    mean.
    """
    require_importer(request)
    form = forms.ImportForm()
    if request.method == "POST":
        form = forms.ImportForm(request.POST, request.FILES)
        if form.is_valid():
            run = _taken_in(request, form)
            name = "import_mapping" if run.state == ImportRun.State.DRAFT else "import_detail"
            return redirect(f"interactions:{name}", pk=run.pk)
    context = {"form": form, "limit": forms.UPLOAD_LIMIT_MB}
    status = 422 if form.errors else 200
    return render(request, "interactions/import_create.html", context, status=status)


def _taken_in(request: SignedInRequest, form: forms.ImportForm) -> ImportRun:
    file, found = form.cleaned_data["file"], form.proposal
    digest = digest_of(file.file)
    mapping, plan = None, found.plan
    if not found.is_native:
        mapping = ImportMapping.objects.for_file(found.fingerprint).first()
        if mapping:
            plan = propose(file.file, file.name, kept=mapping.plan).plan
    file.seek(0)
    return start_import(
        file,
        file_name=file.name,
        size=file.size,
        by=request.user,
        plan=plan,
        notes=found.layout.notes,
        digest=digest,
        mapping=mapping,
        is_draft=not found.is_native,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_mapping(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the columns of an uploaded file mean, with the first interactions as they would come in."""
    run = _run(request, pk)
    if run.state != ImportRun.State.DRAFT:
        return redirect("interactions:import_detail", pk=pk)
    how = {name: request.POST.get(name, "") for name in ("delimiter", "encoding", "sheet")}
    with run.file.open("rb") as stored:
        stream = stored.file
        try:
            found = _proposal(run, stream, how)
        except UnreadableFile as unreadable:
            context: dict[str, Any] = {"run": run, "problem": str(unreadable)}
            return render(request, "interactions/import_mapping.html", context, status=422)
        form = _plan_form(request, found, run.mapping)
        layout_form = forms.LayoutForm(layout=found.layout)
        is_good = not form.is_bound or form.is_valid()
        plan = form.plan() if is_good else found.plan
        faults = form.open_faults if is_good else []
        if (
            request.method == "POST"
            and is_good
            and request.POST.get("do") == "import"
            and not faults
        ):
            return _begun(request, run, found, form, plan)
        rows, problem = _previewed(stream, plan, faults)
    context = {
        "run": run,
        "form": form,
        "layout_form": layout_form,
        "kind": found.plan["kind"],
        "notes": found.layout.notes,
        "faults": faults,
        "rows": rows,
        "problem": problem,
        "mapping": run.mapping,
    }
    wants_import = request.method == "POST" and request.POST.get("do") == "import"
    status = 422 if not is_good or (wants_import and faults) else 200
    return render(request, "interactions/import_mapping.html", context, status=status)


def _proposal(run: ImportRun, stream: Any, asked: dict[str, str]) -> Proposal:
    """The file looked at again; the draft's rules hold as long as its columns are the same."""
    known = run.plan.get("layout", {})
    how: dict[str, Any] = {name: value or known.get(name, "") for name, value in asked.items()}
    if known.get("kind") != "table":
        how["delimiter"] = how["encoding"] = ""
    found = propose(stream, run.file_name, kept=run.plan, **how)
    if found.plan["kind"] == "table" and known.get("columns") != list(found.layout.columns):
        return propose(stream, run.file_name, **how)
    return found


def _plan_form(
    request: SignedInRequest, found: Proposal, mapping: ImportMapping | None
) -> forms.PlanForm:
    form_class = forms.FORMS[found.plan["kind"]]
    data = request.POST if request.method == "POST" and request.POST.get("do") != "layout" else None
    form = form_class(data, layout=found.layout, start=found.plan)
    if mapping and not form.is_bound:
        form.initial["name"] = mapping.name
    return form


def _previewed(stream: Any, plan: dict[str, Any], faults: list[str]) -> tuple[list[Any], str]:
    if plan["kind"] == "chat" and any("“" in fault and plan.get("sides") for fault in faults):
        return [], ""
    try:
        return preview(stream, plan), ""
    except UnreadableFile as problem:
        return [], str(problem)


def _begun(
    request: SignedInRequest,
    run: ImportRun,
    found: Proposal,
    form: forms.PlanForm,
    plan: dict[str, Any],
) -> HttpResponse:
    mapping = None
    if name := form.cleaned_data["name"]:
        mapping = save_mapping(
            name, plan=to_keep(plan), fingerprint=found.fingerprint, by=request.user
        )
    try:
        begin_import(run, plan=plan, by=request.user, notes=found.layout.notes, mapping=mapping)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    return redirect("interactions:import_detail", pk=run.pk)


@require_POST
def import_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    try:
        discard_draft(run, by=request.user)
        messages.success(request, _("The uploaded file was deleted."))
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("interactions:import_detail", pk=pk)
    return redirect("interactions:import_list")


@require_list
def import_detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """How an import stands. The page asks for its status every second while it is live; when it ends,
    the whole page is loaded anew, for the rejected rows."""
    run = _run(request, pk)
    if run.state == ImportRun.State.DRAFT:
        return redirect("interactions:import_mapping", pk=pk)
    if request.htmx:
        response = render(request, "interactions/import_detail.html#status", {"run": run})
        if not run.is_live:
            response["HX-Refresh"] = "true"
        return response
    rejections = run.rejections.defer("content")
    if answer := list_export(request, rejections, REJECTIONS, f"import-{run.pk}-rejected"):
        return answer
    page = None if run.is_live else paginate(request, run.rejections.all(), per_page=50)
    has_content = bool(page) and run.rejections.exclude(content="").exists()
    context = {"run": run, "page": page, "has_content": has_content}
    return render(request, "interactions/import_detail.html", context)


@require_safe
def import_rejected(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """The rejected rows themselves, to be mended and imported again."""
    run = _run(request, pk)
    found = rejected_file(run)
    response = StreamingHttpResponse(found.lines, content_type=found.content_type)
    response["Content-Disposition"] = (
        f'attachment; filename="import-{run.pk}-to-mend.{found.suffix}"'
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def import_rejected_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    delete_rejected(_run(request, pk), by=request.user)
    messages.success(request, _("The contents of the rejected rows were deleted."))
    return redirect("interactions:import_detail", pk=pk)


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


@require_list
def mapping_list(request: SignedInRequest) -> HttpResponseBase:
    require_importer(request)
    rows = ImportMapping.objects.visible_to(request.user).select_related("made_by")
    if answer := list_export(request, rows, MAPPINGS, "mappings"):
        return answer
    page = paginate(request, rows)
    entries = [(mapping, described(mapping.plan)) for mapping in page]
    context = {"page": page, "entries": entries}
    return render(request, "interactions/mapping_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mapping_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a mapping without a file at hand."""
    mapping = get_object_or_404(ImportMapping.objects.visible_to(request.user), pk=pk)
    plan = mapping.plan
    columns = tuple(plan.get("mapping", {}).get("columns", ()))
    layout = Layout(plan["kind"], columns=columns)
    start = {"external_id": "", "started_at": "", **plan}
    form = forms.FORMS[plan["kind"]](
        request.POST if request.method == "POST" else None,
        layout=layout,
        start=start,
        mapping=mapping,
    )
    form.fields["name"].required = True
    if form.is_bound and form.is_valid():
        save_mapping(
            form.cleaned_data["name"],
            plan=to_keep(form.plan()),
            fingerprint=mapping.fingerprint,
            by=request.user,
            mapping=mapping,
        )
        messages.success(request, _("The mapping was saved."))
        return redirect("interactions:mapping_list")
    context = {"mapping": mapping, "form": form, "kind": plan["kind"], "faults": ()}
    status = 422 if form.errors else 200
    return render(request, "interactions/mapping_edit.html", context, status=status)


@require_POST
def mapping_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    mapping = get_object_or_404(ImportMapping.objects.visible_to(request.user), pk=pk)
    delete_mapping(mapping, by=request.user)
    messages.success(request, _("The mapping was deleted. What was imported by it stays."))
    return redirect("interactions:mapping_list")


def require_importer(request: SignedInRequest) -> None:
    if not can_import(request.user):
        raise PermissionDenied(_("Imports are for administrators."))


def _run(request: SignedInRequest, pk: int) -> ImportRun:
    runs = ImportRun.objects.visible_to(request.user).select_related("started_by", "mapping")
    return get_object_or_404(runs, pk=pk)
