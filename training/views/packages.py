"""SCORM packages: begun, run in a frame of their own, and the files they are made of."""

import json
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.core.files.storage import Storage, storages
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from content.models import ScormPage
from content.packages import Item, file_name
from people.requests import SignedInRequest
from training import actions, scorm
from training.actions import NotAllowed, NotUnderstood, OpenElsewhere
from training.models import PackageRun, PartState
from training.models.packages import SERVED_FOR
from training.progress import module_progress, parent_path
from training.views.steps import step_or_404
from ui.serving import serve_in_ranges

RUNTIME = "~evenhand/runtime.js"
_TYPES = {
    ".css": "text/css",
    ".htm": "text/html",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
}
_PAGES = ("text/html", "application/xhtml+xml")
_HEAD = re.compile(rb"<head(\s[^>]*)?>", re.I)
_HTML = re.compile(rb"<html(\s[^>]*)?>", re.I)
_DOCTYPE = re.compile(rb"^\s*(<\?xml[^>]*\?>\s*)?(<!doctype[^>]*>)?", re.I)
LARGEST_PAGE = 20 * 1024 * 1024
LARGEST_SAVE = 4 * 1024 * 1024


@require_POST
def package_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    page = step_or_404(ScormPage, request.user, page_id)
    try:
        run = actions.start_run(request.user, page, anew="anew" in request.POST)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("training:learning")
    return redirect("training:package_run", pk=run.pk)


@require_safe
def package_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """The frame in which the package runs, beside its parts where it has several."""
    run = _run_or_404(request, pk)
    states = {state.identifier: state for state in run.parts.all()}
    parts = [(item, states[item.identifier]) for item in run.package.parts]
    current = request.GET.get("part") or _next_part(parts)
    if current not in states:
        raise Http404
    progress = module_progress(request.user, parent_path(run.page.path))
    return render(
        request,
        "training/package_run.html",
        {
            "run": run,
            "is_own": run.user_id == request.user.pk,
            "parts": parts,
            "current": current,
            "current_part": next(item for item, _state in parts if item.identifier == current),
            "progress": progress,
            "page_url": run.page.get_url(request) if run.page.live else "",
            "next_step": progress.step_after(run.page) if progress else None,
            "sandbox": " ".join(sandbox(request)),
            "origin": settings.SCORM_ORIGIN or "null",
        },
    )


@require_POST
def package_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a part to this window: the address of its first page, or 409 when another window has it."""
    run = _own_run_or_404(request, pk)
    item = _item_or_404(run, request.POST.get("part", ""))
    try:
        part = actions.open_part(
            run, item.identifier, by=request.user, take_over="take_over" in request.POST
        )
    except OpenElsewhere as refusal:
        return JsonResponse({"problem": str(refusal)}, status=409)
    address = reverse("training:package_file", args=[part.key, item.href]) + item.query
    return JsonResponse({"key": part.key, "address": f"{settings.SCORM_ORIGIN}{address}"})


@require_POST
def package_keep(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _own_run_or_404(request, pk)
    item = _item_or_404(run, request.POST.get("part", ""))
    try:
        actions.keep_open(
            run,
            item.identifier,
            key=request.POST.get("key", ""),
            leaves="leaves" in request.POST,
            by=request.user,
        )
    except OpenElsewhere as refusal:
        return JsonResponse({"problem": str(refusal)}, status=409)
    return HttpResponse(status=204)


@require_POST
def package_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what a part says. The body is JSON: part, key, sequence, data, has_ended, leaves."""
    run = _own_run_or_404(request, pk)
    said = _json(request)
    if said is None:
        return JsonResponse({"problem": _("This could not be read.")}, status=422)
    item = _item_or_404(run, said["part"])
    try:
        part = actions.save_part(
            run,
            item.identifier,
            key=said["key"],
            sequence=said["sequence"],
            data=said["data"],
            has_ended=said["has_ended"],
            leaves=said["leaves"],
            by=request.user,
        )
    except OpenElsewhere as refusal:
        return JsonResponse({"problem": str(refusal)}, status=409)
    except NotUnderstood as refusal:
        return JsonResponse({"problem": str(refusal)}, status=422)
    html = render(
        request,
        "training/package_run.html#state",
        {"run": part.run, "part": part, "now": timezone.now()},
    ).content.decode()
    return JsonResponse({"html": html, "completed": part.completed})


@login_not_required
def package_file(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """A file of a package that somebody has open. Its frame has no session, so the key stands for it.

    The key is made anew for each window and answers while that is open, its person is active, and may
    read the page.
    """
    if request.method not in ("GET", "HEAD"):
        return _sealed(request, key, HttpResponse(status=405, headers={"Allow": "GET, HEAD"}))
    if "\x00" in key or "\x00" in name:
        return _sealed(request, key, HttpResponse(status=404, content_type="text/plain"))
    part = (
        PartState.objects.filter(key=key, held_at__gt=timezone.now() - SERVED_FOR)
        .select_related("run__package", "run__page", "run__user")
        .first()
    )
    if part is None or not _may_read(part):
        return _sealed(request, key, HttpResponse(status=404, content_type="text/plain"))
    if name == RUNTIME:
        return _sealed(request, key, _runtime(request, part))
    return _sealed(request, key, _file(request, part, name))


def sandbox(request: HttpRequest) -> list[str]:
    """What a package may do. Its own origin it gets only on a host that has nothing else."""
    allowed = ["allow-scripts", "allow-forms", "allow-modals"]
    return [*allowed, "allow-same-origin"] if settings.SCORM_ORIGIN else allowed


def _sealed(request: HttpRequest, key: str, response: HttpResponseBase) -> HttpResponseBase:
    """Confine what is served to its own folder: it can load, send and open nothing else.

    The sandbox stands here too, for whoever opens the address outside of our frame.
    """
    is_apart = (
        settings.SCORM_ORIGIN and request.get_host() == urlsplit(settings.SCORM_ORIGIN).netloc
    )
    allowed = (
        sandbox(request)
        if is_apart
        else [word for word in sandbox(request) if word != "allow-same-origin"]
    )
    folder = request.build_absolute_uri(
        reverse("training:package_file", args=[key, "x"]).removesuffix("x")
    )
    response["Content-Security-Policy"] = "; ".join(
        (
            f"sandbox {' '.join(allowed)}",
            f"default-src {folder} data: blob: 'unsafe-inline' 'unsafe-eval'",
            f"form-action {folder}",
            f"base-uri {folder}",
            "object-src 'none'",
        )
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    # Its pages have no origin, so even its own scripts and fonts are "cross-origin" to them; the key in
    # the address is what lets somebody read, and no cookie counts here.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response


def _may_read(part: PartState) -> bool:
    user, page = part.run.user, part.run.page
    return user.is_active and not (page.live and page.is_hidden_from(user))


def _file(request: HttpRequest, part: PartState, name: str) -> HttpResponseBase:
    sha256 = part.run.package.sha256
    stored = file_name(sha256, name)
    if stored is None:
        return HttpResponse(status=404, content_type="text/plain")
    storage = storages["private"]
    media_type = _media_type(stored)
    if media_type in _PAGES and storage.size(stored) <= LARGEST_PAGE:
        with storage.open(stored, "rb") as file:
            return _page(file.read(), media_type, part)
    # Under the hash of the zip no file ever changes.
    return serve_in_ranges(
        request,
        FieldFile(None, _PrivateField(), stored),  # type: ignore[arg-type]
        media_type=media_type,
        version=sha256[:20],
    )


class _PrivateField:
    """What `FieldFile` asks of its field."""

    attname = name = "file"

    @property
    def storage(self) -> Storage:
        return storages["private"]


def _media_type(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _page(data: bytes, media_type: str, part: PartState) -> HttpResponse:
    """A page of the package with our run-time as its first script."""
    source = reverse("training:package_file", args=[part.key, RUNTIME])
    script = f'<script src="{source}"></script>'
    encoding = next(
        (
            name
            for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
            if data.startswith(mark)
        ),
        None,
    )
    if encoding:
        data = data.decode(encoding, "replace").lstrip("\ufeff").encode()
        media_type = f"{media_type}; charset=utf-8"
    found = _HEAD.search(data) or _HTML.search(data) or _DOCTYPE.match(data)
    at = found.end() if found else 0
    response = HttpResponse(data[:at] + script.encode() + data[at:], content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    return response


def _runtime(request: HttpRequest, part: PartState) -> HttpResponse:
    """Our script with what it answers from: the rules, and what was kept of the part."""
    run = part.run
    item = next(each for each in run.package.parts if each.identifier == part.identifier)
    program = finders.find("js/scorm.js") or Path(settings.STATIC_ROOT or "", "js/scorm.js")
    start = {
        "key": part.key,
        "rules": scorm.rules(run.package.edition),
        "values": _values(part, item),
        "data": {} if _begins(part) else _kept(part),
        "host": "*" if settings.SCORM_ORIGIN else f"{request.scheme}://{request.get_host()}",
    }
    # Inside of a script "</" and U+2028 would end or break it; in JSON they can be written otherwise.
    told = json.dumps(start).replace("<", "\\u003c")
    text = Path(program).read_text()
    response = HttpResponse(f"{text}\nevenhandScorm({told});\n", content_type="text/javascript")
    response["Cache-Control"] = "private, no-store"
    return response


def _begins(part: PartState) -> bool:
    return not part.data


def _kept(part: PartState) -> dict[str, str]:
    """What the part said, without what belongs to one sitting alone."""
    passing = {"cmi.core.session_time", "cmi.session_time", "cmi.core.exit", "cmi.exit"}
    passing.add("adl.nav.request")
    return {element: value for element, value in part.data.items() if element not in passing}


def _values(part: PartState, item: Item) -> dict[str, str]:
    """What we say to the part."""
    run, user = part.run, part.run.user
    edition = run.package.edition
    total = scorm.as_time(edition, part.past_seconds)
    has_exit_suspend = "suspend" in (part.data.get("cmi.core.exit"), part.data.get("cmi.exit"))
    goes_on = bool(part.data) and (has_exit_suspend or not part.has_ended)
    entry = "resume" if goes_on else ("" if part.was_opened else "ab-initio")
    mode, credit = ("review", "no-credit") if run.is_finished else ("normal", "credit")
    name = f"{user.last_name}, {user.first_name}".strip(", ")
    if edition == scorm.EDITION_12:
        return {
            "cmi.core.student_id": str(user.pk),
            "cmi.core.student_name": name,
            "cmi.core.credit": credit,
            "cmi.core.lesson_mode": mode,
            "cmi.core.entry": entry,
            "cmi.core.total_time": total,
            "cmi.launch_data": item.launch_data,
            "cmi.student_data.mastery_score": item.mastery_score,
            "cmi.student_data.max_time_allowed": item.max_time,
            "cmi.student_data.time_limit_action": item.time_limit_action,
        }
    values = {
        "cmi.learner_id": str(user.pk),
        "cmi.learner_name": name,
        "cmi.credit": credit,
        "cmi.mode": mode,
        "cmi.entry": entry,
        "cmi.total_time": total,
        "cmi.launch_data": item.launch_data,
        "cmi.scaled_passing_score": item.passing,
        "cmi.completion_threshold": item.threshold,
        "cmi.time_limit_action": item.time_limit_action,
    }
    return {element: value for element, value in values.items() if value or element == "cmi.entry"}


def _run_or_404(request: SignedInRequest, pk: int) -> PackageRun:
    runs = PackageRun.objects.visible_to(request.user).select_related("page", "package", "user")
    return get_object_or_404(runs, pk=pk)


def _own_run_or_404(request: SignedInRequest, pk: int) -> PackageRun:
    run = _run_or_404(request, pk)
    if run.user_id != request.user.pk:
        raise PermissionDenied(_("Only the person who takes a package can work in it."))
    return run


def _item_or_404(run: PackageRun, identifier: str) -> Item:
    for item in run.package.parts:
        if item.identifier == identifier:
            return item
    raise Http404


def _next_part(parts: list[tuple[Item, PartState]]) -> str:
    waiting = [item.identifier for item, state in parts if not state.completed]
    return (waiting or [parts[0][0].identifier])[0]


_SHAPE: dict[str, Callable[[Any], bool]] = {
    "part": lambda value: isinstance(value, str),
    "key": lambda value: isinstance(value, str),
    "sequence": lambda value: type(value) is int and 0 < value < 2**53,
    "data": lambda value: isinstance(value, dict),
    "has_ended": lambda value: isinstance(value, bool),
    "leaves": lambda value: isinstance(value, bool),
}


def _json(request: HttpRequest) -> dict[str, Any] | None:
    if int(request.headers.get("Content-Length") or 0) > LARGEST_SAVE:
        return None
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.keys() != _SHAPE.keys():
        return None
    return said if all(fits(said[name]) for name, fits in _SHAPE.items()) else None
