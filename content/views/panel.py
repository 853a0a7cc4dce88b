from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from content import channel_choice, languages, links
from content.models import ProcedurePage
from content.translations import languages_of
from people.requests import SignedInRequest


@require_safe
def procedure_panel(request: SignedInRequest, page_id: int) -> HttpResponse:
    """A procedure beside the grading screen: as it holds on `?channel=`, with its standard marked."""
    procedures = ProcedurePage.objects.visible_to(request.user)
    asked = get_object_or_404(procedures, pk=page_id)
    procedure = languages.preferred_one(asked, user=request.user)
    if not request.htmx:
        return redirect(procedure.get_url(request))
    links.look_up(procedure.steps, procedure.notes)
    channel = channel_choice.channel_in(request.GET.get("channel"))
    context = {
        "procedure": procedure,
        "page_languages": languages_of(procedure, request.user),
        **procedure.reading(request.user, channel),
    }
    return render(request, "content/procedure_panel.html", context)


@require_POST
def choose_channel(request: SignedInRequest) -> HttpResponse:
    """Keep the channel somebody works on with their session; anything else means all of them."""
    chosen = channel_choice.channel_in(request.POST.get("channel"))
    channel_choice.choose_channel(request, chosen)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("content:manual_search")
    return HttpResponseRedirect(target)
