"""Documents, as Wagtail serves them; what a player plays also in pieces, so that it can seek."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.documents.views.serve import serve

from content.media import PLAYED, extension
from ui.serving import serve_in_ranges


def serve_document(
    request: HttpRequest, document_id: str, document_filename: str
) -> HttpResponseBase:
    """Whoever Wagtail would let have the file gets it, here with ranges (200, 206, 304 or 416)."""
    document: Any = get_object_or_404(get_document_model(), pk=document_id)
    media_type = PLAYED.get(extension(document))
    is_there = document.filename == document_filename and document.file.storage.exists(
        document.file.name
    )
    if media_type is None or not is_there:
        return serve(request, document_id, document_filename)
    for ask in hooks.get_hooks("before_serve_document"):
        answer = ask(document, request)
        if isinstance(answer, HttpResponseBase):
            return answer
    version = document.get_file_hash()
    return serve_in_ranges(request, document.file, media_type=media_type, version=version)
