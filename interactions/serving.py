"""The sound of a recording, to whom it is allowed."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from interactions.models import Recording
from ui.serving import serve_in_ranges


def serve_recording(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """The sound, to whom the caller has allowed it; `Http404` where the file is gone."""
    version = f"{recording.pk}-{recording.imported_at.timestamp():.6f}"
    try:
        return serve_in_ranges(
            request, recording.file, media_type=recording.media_type, version=version
        )
    except FileNotFoundError as missing:
        raise Http404(_("The file of this recording is not there any more.")) from missing
