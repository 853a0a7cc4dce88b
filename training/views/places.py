"""The place in a lesson, sent by the page while somebody reads."""

import json
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_POST

from content.models import LessonPage
from people.requests import SignedInRequest
from training import actions
from training.views.steps import step_or_404

LONGEST_MEDIA = 24 * 60 * 60


@require_POST
def lesson_place(request: SignedInRequest, page_id: int) -> HttpResponse:
    """`place` is JSON: {"block": id, "seen": [id, …], "media": {id: seconds}}. 204, or 400 where that is
    not what came."""
    lesson = step_or_404(LessonPage, request.user, page_id)
    try:
        sent = json.loads(request.POST.get("place", ""))
        block, seen, media = sent.get("block", ""), sent.get("seen", []), sent.get("media", {})
    except (ValueError, AttributeError, RecursionError):
        return HttpResponseBadRequest("place: not understood", content_type="text/plain")
    if not (_is_text(block) and isinstance(seen, list) and isinstance(media, dict)):
        return HttpResponseBadRequest("place: not understood", content_type="text/plain")
    actions.keep_place(
        request.user,
        lesson,
        block=block,
        seen=[each for each in seen if _is_text(each)],
        media={key: float(value) for key, value in media.items() if _is_moment(value)},
    )
    return HttpResponse(status=204)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= LONGEST_MEDIA
