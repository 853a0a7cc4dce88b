"""Recordings for who may see the scorecard rather than the interaction: above all its reviewer."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from interactions.models import Recording
from interactions.serving import serve_recording
from people.requests import SignedInRequest
from scorecards.models import Scorecard


@require_safe
def scorecard_recording(request: SignedInRequest, pk: int) -> HttpResponseBase:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    recording = get_object_or_404(Recording, pk=scorecard.interaction_id)
    return serve_recording(request, recording, page=scorecard.get_absolute_url())
