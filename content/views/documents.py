"""Documents and pictures of pages, to who may open a page that shows them."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from wagtail.documents import get_document_model
from wagtail.documents.models import document_served
from wagtail.images import get_image_model

from content.media import PLAYED, extension
from content.shown import refusal
from people.requests import SignedInRequest
from ui.addresses import Delivery, deliver
from ui.filetypes import HEAD, IMAGES, ending, type_of
from ui.serving import read, seal, serve_in_ranges


@require_safe
def serve_document(
    request: SignedInRequest, document_id: str, document_filename: str
) -> HttpResponseBase:
    """In the place of Wagtail's view: by a signed address, in ranges, and sealed."""
    documents = get_document_model().objects.select_related("collection")
    document: Any = get_object_or_404(documents, pk=document_id)
    if document.filename != document_filename:
        raise Http404
    asked = refusal(request, document)
    if asked is not None:
        return asked
    document_served.send(sender=type(document), instance=document, request=request)
    return deliver(
        request,
        Delivery(
            file=document.file,
            name=document.filename,
            version=document.file_hash or f"{document.pk}",
            page=request.path,
            media_type=PLAYED.get(extension(document), ""),
        ),
    )


@require_safe
def serve_picture(request: SignedInRequest, name: str) -> HttpResponseBase:
    """A picture in one of the sizes that pages show. Its address stands in pages, lasts, and needs no
    signature; originals have none, because a camera writes into them where and when."""
    renditions = get_image_model().get_rendition_model().objects.select_related("image__collection")
    rendition = get_object_or_404(renditions, file=name)
    asked = refusal(request, rendition.image)
    file = rendition.file
    try:
        found = type_of(name, b"".join(read(file, 0, min(HEAD, file.size))))
    except FileNotFoundError as missing:
        raise Http404 from missing
    if asked is not None or found is None or ending(name) not in IMAGES:
        raise Http404
    response = serve_in_ranges(
        request, file, media_type=found.media_type, version=f"{rendition.pk}"
    )
    return seal(response, found.media_type)
