"""What trainees think of a module: they say it, and its authors read it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from content.models import ModulePage
from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.forms_refreshers import ModuleRatingForm
from training.permissions import can_see_ratings
from training.ratings import FEWEST_FOR_TEXTS, by_edition, may_rate, rating_of


@require_http_methods(["GET", "HEAD", "POST"])
def module_rate(request: SignedInRequest, page_id: int) -> HttpResponse:
    """One's own word on the module as it stands; changeable until the next edition."""
    module = get_object_or_404(ModulePage.objects.visible_to(request.user), pk=page_id)
    if not may_rate(request.user, module):
        raise PermissionDenied(
            _("Finish a step of this module first; then say what you think of it.")
        )
    own = rating_of(request.user, module)
    form = ModuleRatingForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        try:
            actions.rate_module(request.user, module, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Thank you. Who wrote the module reads it without your name.")
            )
            return redirect(module.get_url(request))
    context = {"module": module, "form": form, "own": own, "fewest": FEWEST_FOR_TEXTS}
    status = 422 if form.is_bound else 200
    return render(request, "training/module_rate.html", context, status=status)


@require_safe
def module_ratings(request: SignedInRequest, page_id: int) -> HttpResponse:
    """For who writes modules: numbers and texts by edition, without names."""
    if not can_see_ratings(request.user):
        raise PermissionDenied(_("What trainees think of a module is for those who write it."))
    module = get_object_or_404(ModulePage, pk=page_id)
    context = {"module": module, "editions": by_edition(module), "fewest": FEWEST_FOR_TEXTS}
    return render(request, "training/module_ratings.html", context)
