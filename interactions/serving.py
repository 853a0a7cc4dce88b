"""The sound of a recording, to whom it is allowed."""

from pathlib import PurePath

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from interactions.models import Recording
from ui.addresses import Delivery, deliver


def serve_recording(request: HttpRequest, recording: Recording, *, page: str) -> HttpResponseBase:
    """The sound by a signed address, to whom the caller has allowed it; `page` is where it is heard."""
    return deliver(
        request,
        Delivery(
            file=recording.file,
            # Whose call it is stands on the page, and in no name of a file.
            name=f"recording{PurePath(recording.file.name or '').suffix}",
            version=f"{recording.pk}-{recording.imported_at.timestamp():.6f}",
            page=page,
            media_type=recording.media_type,
        ),
    )
