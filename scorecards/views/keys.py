"""Expert keys: writing them, putting them into queues, and a grade held against one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from interactions.conversation import agent_names, blind_turns
from interactions.models import Interaction
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.actions import Incomplete, Refused
from scorecards.actions.calibration import seed_expert_key, write_expert_key
from scorecards.calibration import compare_with_key
from scorecards.conversation import gaps, service_standard
from scorecards.files import KEYS
from scorecards.forms_calibration import KeyForm, SeedForm
from scorecards.grading import load_sheet
from scorecards.models import (
    CalibrationItem,
    ExpertKey,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
    SeededPick,
)
from scorecards.permissions import can_lead_calibration
from scorecards.views.calibration import find_interactions
from scorecards.views.refusals import refuse, status_of
from ui.pagination import paginate


@require_list
def key_list(request: SignedInRequest) -> HttpResponseBase:
    """All keys one may see, with how many queues each was put into. Constant queries."""
    _require_lead(request)
    graded = Q(seeded_picks__assignment__state=ReviewAssignment.State.DONE)
    keys = (
        ExpertKey.objects.visible_to(request.user)
        .select_related("interaction", "version__rubric", "written_by")
        .annotate(
            seeded_count=Count("seeded_picks", distinct=True),
            graded_count=Count("seeded_picks", filter=graded, distinct=True),
        )
        .order_by("-written_at", "-pk")
    )
    if answer := list_export(request, keys, KEYS, "keys"):
        return answer
    return render(request, "scorecards/key_list.html", {"page": paginate(request, keys)})


@require_safe
def key_choose(request: SignedInRequest) -> HttpResponse:
    """Choose what to write a key to: a rubric, and an interaction by its words."""
    _require_lead(request)
    versions = list(
        RubricVersion.objects.published().select_related("rubric").order_by("rubric__name")
    )
    wanted = request.GET.get("version", "")
    version = next((row for row in versions if str(row.pk) == wanted), None)
    version = version or (versions[0] if versions else None)
    rows = Interaction.objects.visible_to(request.user).filter(message_count__gt=0)
    words = request.GET.get("words", "").strip()
    page = paginate(request, find_interactions(rows, words))
    keys = ExpertKey.objects.filter(
        version=version, interaction__in=[row.pk for row in page.object_list]
    )
    context = {
        "versions": versions,
        "version": version,
        "words": words,
        "page": page,
        "keyed": set(keys.visible_to(request.user).values_list("interaction", flat=True)),
    }
    return render(request, "scorecards/key_choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def expert_key(request: SignedInRequest, version_pk: int, interaction_pk: int) -> HttpResponse:
    """Write or read the key to an interaction; the agent is hidden here as they are in grading."""
    _require_lead(request)
    interaction = get_object_or_404(
        Interaction.objects.visible_to(request.user).select_related(
            "transcript", "recording", "agent", "customer"
        ),
        pk=interaction_pk,
    )
    version = get_object_or_404(
        RubricVersion.objects.visible_to(request.user).with_structure(), pk=version_pk
    )
    if version.is_draft:
        raise PermissionDenied(
            _("A key is written to a published rubric; publish this draft first.")
        )
    _require_not_grading(request, interaction)
    key = ExpertKey.objects.filter(version=version, interaction=interaction).first()
    is_in_use = key is not None and key.is_in_use()
    form = KeyForm(version, data=request.POST if request.method == "POST" else None, key=key)
    refusal: Refused | None = None
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                key = write_expert_key(interaction, version, form.grades(), by=request.user)
                messages.success(request, _("The key is saved. Now put it into queues."))
                return redirect("scorecards:key_seed", pk=key.pk)
        except Incomplete as missing:
            refusal = missing
        except Refused as other:
            return refuse(request, other, back="scorecards:key_list")
    names = agent_names(interaction)
    turns = interaction.turns
    standard = service_standard(version, interaction.channel)
    context = {
        "interaction": interaction,
        "version": version,
        "key": key,
        "form": form,
        "refusal": refusal,
        "is_in_use": is_in_use,
        "turns": blind_turns(turns, names) if names else turns,
        "recording_url": (
            reverse("interactions:interaction_recording", args=[interaction_pk])
            if hasattr(interaction, "recording")
            else ""
        ),
        "standard": standard,
        "waits": gaps(turns, standard.minutes * 60) if standard else {},
    }
    status = status_of(refusal) if refusal else status
    return render(request, "scorecards/expert_key.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def key_seed(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where a key is, what came of it, and putting it into more queues. Constant queries."""
    _require_lead(request)
    key = get_object_or_404(
        ExpertKey.objects.visible_to(request.user).select_related(
            "interaction", "version__rubric", "written_by"
        ),
        pk=pk,
    )
    form = SeedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["reviewers"])
        try:
            picks = seed_expert_key(key, chosen, by=request.user)
        except Refused as refusal:
            return refuse(request, refusal, back="scorecards:key_list")
        _say_what_was_seeded(request, len(picks), len(chosen))
        return redirect("scorecards:key_seed", pk=pk)
    seeded = SeededPick.objects.filter(key=key).select_related("assignment__reviewer", "seeded_by")
    cards = {
        card.assignment_id: card
        for card in Scorecard.objects.submitted().filter(assignment__seeded_pick__key=key)
    }
    context = {
        "key": key,
        "form": form,
        "rows": [(pick, cards.get(pick.assignment_id)) for pick in seeded],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scorecards/key_seed.html", context, status=status)


@require_safe
def key_result(request: SignedInRequest, pk: int) -> HttpResponse:
    """A submitted grade of a seeded interaction beside the key: to its reviewer, and to who may see
    the key. Constant queries."""
    rows = Scorecard.objects.submitted().filter(assignment__seeded_pick__isnull=False)
    scorecard = get_object_or_404(
        rows.select_related("assignment__seeded_pick__key__written_by", "reviewer"), pk=pk
    )
    key = scorecard.assignment.seeded_pick.key
    if scorecard.reviewer_id != request.user.pk:
        get_object_or_404(ExpertKey.objects.visible_to(request.user), pk=key.pk)
    sheet = load_sheet(pk, user=scorecard.reviewer)
    context = {
        "sheet": sheet,
        "scorecard": scorecard,
        "interaction": sheet.scorecard.interaction,
        "key": key,
        "result": compare_with_key(scorecard, key, sheet.criteria()),
        "is_own": scorecard.reviewer_id == request.user.pk,
    }
    return render(request, "scorecards/key_result.html", context)


def _require_lead(request: SignedInRequest) -> None:
    if not can_lead_calibration(request.user):
        raise PermissionDenied(_("You may not write expert keys."))


def _require_not_grading(request: SignedInRequest, interaction: Interaction) -> None:
    ungraded = CalibrationItem.objects.ungraded_by(request.user).filter(interaction=interaction)
    if ungraded.exists():
        raise PermissionDenied(
            _("You grade this interaction in a calibration session, so you cannot see its key.")
        )


def _say_what_was_seeded(request: SignedInRequest, seeded: int, chosen: int) -> None:
    if seeded:
        messages.success(
            request,
            ngettext(
                "It waits in %(count)d queue now.", "It waits in %(count)d queues now.", seeded
            )
            % {"count": seeded},
        )
    if passed_over := chosen - seeded:
        messages.info(
            request,
            ngettext(
                "%(count)d person was passed over: they know the interaction, or may read keys.",
                "%(count)d people were passed over: they know the interaction, or may read keys.",
                passed_over,
            )
            % {"count": passed_over},
        )
