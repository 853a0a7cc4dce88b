"""Addresses of files: each for one person, one file and a while.

The address without a key is what pages link to, and lasts: who may have the file is sent on to the same
address with a key. The key is a signature over person, file and time, so it tells nothing, opens nothing
to somebody else, and nothing else to the same person. Whether they still may is asked again with every
request; where the file comes from a bucket, the bucket's own signature stands for that until it expires.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models.fields.files import FieldFile
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from ui.filetypes import HEAD, UNKNOWN, FileType, type_of
from ui.serving import read, seal, serve_in_ranges

KEY = "key"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file on its way to somebody who may have it. `version` changes when its content does, `name` is
    what a browser keeps it as, and `page` is where to get a new address."""

    file: FieldFile
    name: str
    version: str
    page: str
    # Where several fit what it is: a film and a sound may have the same first bytes.
    media_type: str = ""


def deliver(request: HttpRequest, delivery: Delivery) -> HttpResponseBase:
    """The file by a signed address: sent on to it (302), answered (200, 206, 304, 416), or refused: with
    410 where the address is over and with 403 where it was made for somebody else. `Http404` where the
    file is gone. The caller has made sure that the person may have it. No query."""
    key = request.GET.get(KEY)
    if key is None:
        return _sent_on(request, delivery)
    try:
        _signer().unsign(
            f"{_subject(request, delivery)}:{key}", max_age=settings.FILE_ADDRESS_SECONDS
        )
    except SignatureExpired:
        return _refused(request, delivery, status=410)
    except BadSignature:
        return _refused(request, delivery, status=403)
    try:
        head = b"".join(read(delivery.file, 0, min(HEAD, delivery.file.size)))
    except FileNotFoundError as missing:
        raise Http404(_("This file is not there any more.")) from missing
    return _answered(request, delivery, type_of(delivery.file.name or "", head))


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="ui.addresses")


def _subject(request: HttpRequest, delivery: Delivery) -> str:
    """What is signed: never sent, so it is not in the address."""
    return f"{request.user.pk}:{delivery.version}:{delivery.file.name}"


def _sent_on(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    subject = _subject(request, delivery)
    key = _signer().sign(subject).removeprefix(f"{subject}:")
    response = HttpResponseRedirect(f"{quote(request.path)}?{urlencode({KEY: key})}")
    response["Cache-Control"] = "private, no-store"
    return response


def _refused(request: HttpRequest, delivery: Delivery, *, status: int) -> HttpResponse:
    context = {"is_over": status == 410, "page": delivery.page}
    response = render(request, "ui/file_refused.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _answered(request: HttpRequest, delivery: Delivery, found: FileType | None) -> HttpResponseBase:
    media_type = (delivery.media_type or found.media_type) if found else UNKNOWN
    is_shown = found is not None and found.is_shown
    disposition = content_disposition_header(not is_shown, delivery.name) or "attachment"
    storage: Any = delivery.file.storage
    response: HttpResponseBase
    # A browser takes captions from nowhere but the page's own origin.
    if hasattr(storage, "signed") and not media_type.startswith("text/vtt"):
        return _to_bucket(storage, delivery, media_type, disposition)
    if settings.ACCEL_REDIRECT and isinstance(storage, FileSystemStorage):
        response = HttpResponse(content_type=media_type)
        # By the folder: settings that change make new storages, and a field keeps its own.
        is_private = storage.location == getattr(storages["private"], "location", None)
        folder = "private" if is_private else "media"
        name = quote(delivery.file.name or "")
        response["X-Accel-Redirect"] = f"{settings.ACCEL_REDIRECT.rstrip('/')}/{folder}/{name}"
        response["Cache-Control"] = "private, no-cache"
    else:
        response = serve_in_ranges(
            request, delivery.file, media_type=media_type, version=delivery.version
        )
    response["Content-Disposition"] = disposition
    return seal(response, media_type)


def _to_bucket(storage: Any, delivery: Delivery, media_type: str, disposition: str) -> HttpResponse:
    """Another origin, and an address that says itself as what the file comes: nothing of it runs here."""
    address = storage.signed(
        delivery.file.name or "",
        seconds=settings.FILE_ADDRESS_SECONDS,
        media_type=media_type,
        disposition=disposition,
    )
    response = HttpResponseRedirect(address)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
