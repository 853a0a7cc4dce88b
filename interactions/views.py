"""One interaction to look at. The list is in `list_views`, what they come in by in `import_views`."""

import json
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail import hooks

from interactions.models import Interaction, PublicReview, Recording
from interactions.permissions import can_import, can_read_originals, can_see_source_data
from interactions.privacy_views import masked_kinds
from interactions.serving import serve_recording
from interactions.words import humanised
from people.requests import SignedInRequest


@require_safe
def interaction_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The facts and the conversation; what else the source says only for who may see source data.

    Whoever has still to grade it learns nothing of the customer's verdict, which the source's own
    labels may hold as well.
    """
    interaction = get_object_or_404(
        Interaction.objects.visible_to(request.user)
        .with_people()
        .select_related("transcript", "import_run", "recording", "redaction"),
        pk=pk,
    )
    is_withheld = Interaction.objects.rating_withheld_from(request.user).filter(pk=pk).exists()
    labels = interaction.labels if can_see_source_data(request.user) and not is_withheld else {}
    redaction = getattr(interaction, "redaction", None)
    context = {
        "interaction": interaction,
        "turns": interaction.turns,
        "channel": interaction.channel,
        "blind": False,
        "recording_url": (
            reverse("interactions:interaction_recording", args=[pk])
            if hasattr(interaction, "recording")
            else ""
        ),
        "agent_name": str(interaction.agent or interaction.agent_name),
        "customer_name": interaction.customer.name if interaction.customer else "",
        "answers": () if is_withheld else interaction.survey_answers.order_by("pk"),
        "is_withheld": is_withheld,
        "reviews": PublicReview.objects.visible_to(request.user).filter(interaction=interaction),
        # What the house said of it, which rooms above know.
        "grades": [
            grade
            for grades_of in hooks.get_hooks("grades_of_interaction")
            for grade in grades_of(request.user, interaction)
        ],
        "labels": [(humanised(name), _shown(value)) for name, value in labels.items()],
        "masked": masked_kinds(redaction.counts) if redaction else (),
        "has_original": redaction is not None
        and redaction.original is not None
        and can_read_originals(request.user),
        "can_import": can_import(request.user),
    }
    return render(request, "interactions/interaction_detail.html", context)


@require_safe
def interaction_recording(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The recording for who may see the interaction. Reviewers get it through their scorecard."""
    recording = get_object_or_404(
        Recording.objects.filter(interaction__in=Interaction.objects.visible_to(request.user)),
        pk=pk,
    )
    page = reverse("interactions:interaction_detail", args=[pk])
    return serve_recording(request, recording, page=page)


def _shown(value: Any) -> str:
    """A label's value as people read it: text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
