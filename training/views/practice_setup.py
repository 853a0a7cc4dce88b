"""What editors of practice see: the scenario as a tree, a trial that records nothing, and the setup."""

from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from content.models import PracticePage, SamplePage
from content.scenarios import problems
from people import audit
from people.converters import DATABASE_ID
from people.requests import SignedInRequest
from scorecards.models import RubricVersion
from training.assessment import mapping_problems
from training.forms_practice import PracticeSetupForm, SampleSetupForm, key_title, keys_for
from training.models import PracticeSetup, SampleSetup
from training.permissions import can_set_up_practice
from training.role_play import position, turns_of

Exercise = TypeVar("Exercise", PracticePage, SamplePage)

LONGEST_TRIAL = 100


@require_safe
def practice_tree(request: SignedInRequest, page_id: int) -> HttpResponse:
    """The draft as an indented list: each scene once, with the ways that lead on from it."""
    page = _edited(request, page_id)
    scenario = page.played
    ends = {end.key for end in scenario.ends}
    version = _version_of(page)
    context = {
        "page": page,
        "scenes": [
            {
                "scene": scene,
                "ways": [
                    {"way": way, "to": scenario.find(way.to_key), "is_end": way.to_key in ends}
                    for way in scene.ways
                ],
            }
            for scene in scenario.scenes
        ],
        "ends": scenario.ends,
        "problems": problems(scenario),
        "version": version,
        "unmatched": mapping_problems(scenario, version) if version else [],
    }
    return render(request, "training/practice_tree.html", context)


@require_safe
def practice_try(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Play the draft; the whole way stands in the address (`?way=0.w.1`) and nowhere else."""
    page = _edited(request, page_id)
    scenario = page.played
    events: list[dict[str, object]] = []
    parts = [part for part in request.GET.get("way", "").split(".") if part][:LONGEST_TRIAL]
    if request.GET.get("next", ""):
        parts.append(request.GET["next"])
    place = position(scenario, events)
    kept: list[str] = []
    for part in parts:
        if place.scene is None:
            break
        if part == "w" and place.is_writing:
            events.append({"scene": place.scene.key, "wrote": _("(your answer)")})
        elif (
            part.isascii()
            and part.isdigit()
            and len(part) < 6
            and int(part) < len(place.scene.ways)
        ):
            if place.is_writing:
                break
            events.append({"scene": place.scene.key, "choice": int(part)})
        else:
            break
        kept.append(part)
        place = position(scenario, events)
    context = {
        "page": page,
        "place": place,
        "turns": turns_of(place),
        "way": ".".join(kept),
        "back": ".".join(kept[:-1]) if kept else None,
        "is_lost": place.scene is None and place.end is None and bool(scenario.scenes),
    }
    return render(request, "training/practice_try.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def practice_setup(request: SignedInRequest, page_id: int) -> HttpResponse:
    """By which rubric a role play is graded, and what of the scenario does not fit it."""
    page = _set_up(request, PracticePage, page_id)
    setup = PracticeSetup.objects.filter(page=page).select_related("rubric").first()
    initial = {"rubric": setup.rubric_id if setup else None}
    form = PracticeSetupForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        rubric = form.cleaned_data["rubric"]
        with transaction.atomic():
            if rubric is None:
                PracticeSetup.objects.filter(page=page).delete()
            else:
                PracticeSetup.objects.update_or_create(page=page, defaults={"rubric": rubric})
            audit.record(
                "set_practice_rubric",
                by=request.user,
                of=page,
                before=initial,
                after={"rubric": rubric.pk if rubric else None},
            )
        messages.success(request, _("Saved. Runs that began before keep the rubric they had."))
        return redirect("training:practice_setup", page_id=page_id)
    version = _version_of(page)
    draft = page.get_latest_revision_as_object()
    context = {
        "page": page,
        "form": form,
        "version": version,
        "unmatched": mapping_problems(draft.played, version) if version else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "training/practice_setup.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sample_setup(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Which conversations are graded in an exercise, each with its key."""
    page = _set_up(request, SamplePage, page_id)
    setup = SampleSetup.objects.filter(page=page).first()
    chosen = set(setup.keys.values_list("pk", flat=True)) if setup else set()
    is_sent = request.method == "POST"
    form = SampleSetupForm(request.POST if is_sent else None, user=request.user)
    if is_sent and form.is_valid():
        keys = list(form.cleaned_data["keys"])
        with transaction.atomic():
            # What this person may not choose from is left as it was.
            offered = set(keys_for(request.user).values_list("pk", flat=True))
            kept = {*(chosen - offered), *(key.pk for key in keys)}
            setup = SampleSetup.objects.get_or_create(page=page)[0]
            setup.keys.set(kept)
            audit.record(
                "set_practice_samples",
                by=request.user,
                of=page,
                before={"keys": sorted(chosen)},
                after={"keys": sorted(kept)},
            )
        messages.success(request, _("Saved. Who has begun a sample finishes that one."))
        return redirect("training:sample_setup", page_id=page_id)
    if is_sent:
        chosen = {int(pk) for pk in request.POST.getlist("keys") if DATABASE_ID.fullmatch(pk)}
    context = {
        "page": page,
        "form": form,
        "rows": [
            {"key": key, "title": key_title(key), "is_chosen": key.pk in chosen}
            for key in keys_for(request.user)
        ],
        "is_confirmed": bool(chosen) and not is_sent,
    }
    return render(request, "training/sample_setup.html", context, status=422 if is_sent else 200)


def _edited(request: SignedInRequest, page_id: int) -> PracticePage:
    """The draft, for who may edit it."""
    page = get_object_or_404(PracticePage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied(_("Only its editors look into a role play."))
    draft: PracticePage = page.get_latest_revision_as_object()
    return draft


def _set_up(request: SignedInRequest, model: type[Exercise], page_id: int) -> Exercise:
    if not can_set_up_practice(request.user):
        raise PermissionDenied(_("You may not set up practice."))
    return get_object_or_404(model, pk=page_id)


def _version_of(page: PracticePage) -> RubricVersion | None:
    setup = PracticeSetup.objects.filter(page=page.pk).first()
    if setup is None:
        return None
    rows = RubricVersion.objects.published().with_structure()
    return rows.filter(rubric=setup.rubric_id).first()
