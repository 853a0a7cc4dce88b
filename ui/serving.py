"""Serving a stored file in pieces, as players ask for it: Django's `FileResponse` knows no ranges; and so
that nothing of it runs on our origin."""

import re
from collections.abc import Iterator

from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

PIECE = 64 * 1024
# Whatever it is: no script, no frame, no origin.
SEALED = "sandbox; default-src 'none'"


def seal(response: HttpResponseBase, media_type: str) -> HttpResponseBase:
    """Let a browser believe nothing but the type we name, and run nothing.

    What it plays and PDF get no sandbox: in a tab of their own Chromium would not show them from there.
    No script runs without one either.
    """
    response["X-Content-Type-Options"] = "nosniff"
    policy = SEALED
    if media_type.startswith(("audio/", "video/")):
        policy = "default-src 'none'; media-src 'self'"
    elif media_type == "application/pdf":
        policy = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
    response["Content-Security-Policy"] = policy
    return response


def serve_in_ranges(
    request: HttpRequest, file: FieldFile, *, media_type: str, version: str
) -> HttpResponseBase:
    """`file` or the one range of it that is asked for: 200, 206, 304, or 416 past its end.

    What is no single range of bytes is answered whole, as RFC 9110 allows. `version` changes when the
    content does. Nobody but the reader's own browser may keep it, and that asks again each time.
    """
    size = file.size
    tag = f'"{version}-{size}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        asked = request.headers.get("Range") if _is_same(request, tag) else None
        wanted = _range(asked or "", size)
        if wanted is None:
            response = _piece(request, file, 0, size, media_type)
        elif wanted[0] >= wanted[1]:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            start, end = wanted
            response = _piece(request, file, start, end, media_type)
            response.status_code = 206
            response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _is_same(request: HttpRequest, tag: str) -> bool:
    """Whether a range may be answered with a piece: not when the reader has pieces of another file."""
    return request.headers.get("If-Range", tag) == tag


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last; None for what is no single range of bytes."""
    match = re.fullmatch(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", header)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)) if int(last) else size, size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _piece(
    request: HttpRequest, file: FieldFile, start: int, end: int, media_type: str
) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=media_type)
    else:
        response = StreamingHttpResponse(read(file, start, end), content_type=media_type)
    response["Content-Length"] = str(end - start)
    response["Content-Disposition"] = "inline"
    return response


def read(file: FieldFile, start: int, end: int) -> Iterator[bytes]:
    """Opens the file with the first piece, so that an answer nobody reads leaves nothing open. A storage
    that can give a part is asked for that part only (`config.sharing.BucketStorage.ranged`)."""
    ranged = getattr(file.storage, "ranged", None)
    if ranged is not None:
        yield from ranged(file.name or "", start, end)
        return
    with file.storage.open(file.name or "", "rb") as stream:
        stream.seek(start)
        while start < end and (data := stream.read(min(PIECE, end - start))):
            start += len(data)
            yield data
