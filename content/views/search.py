from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from content import search
from content.channel_choice import channel_in
from content.keeping import kept_of
from content.models import ManualIndexPage, ManualSectionPage
from content.words import FEW
from people.channels import Channel
from people.requests import SignedInRequest

RESULTS_PER_PAGE = 20


@require_safe
def manual_search(request: SignedInRequest) -> HttpResponse:
    """Search the manual as one types (htmx) or by plain form; nonsense finds nothing."""
    typed = request.GET.get("q", "").replace("\x00", " ").strip()[: search.MAX_LENGTH]
    text, channel = search.clean(typed), channel_in(request.GET.get("channel"))
    hits = search.find(text, user=request.user, channel=channel)
    correction = None
    if text and len(hits) <= FEW:
        correction = search.correct(text, user=request.user, channel=channel, found=len(hits))
    shown = text
    if correction and not hits:
        hits, shown = correction.hits, correction.text
    counts = {kind.value: sum(hit.kind is kind for hit in hits) for kind in search.Kind}
    kind = request.GET.get("kind", "")
    chosen = [hit for hit in hits if hit.kind == kind] if kind in counts else hits
    page = Paginator(chosen, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "typed": typed,
        "page": page,
        "results": search.load(list(page.object_list), shown, user=request.user, channel=channel),
        "shown": shown,
        "correction": correction,
        "is_corrected": shown != text,
        "total": len(hits),
        "counts": counts,
        "kind": kind if kind in counts else "",
        "channel": channel,
        "channels": Channel.choices,
        "manual": ManualIndexPage.objects.for_reader(request.user).first(),
    }
    if not typed:
        context |= kept_of(request.user)
    if not hits:
        sections = ManualSectionPage.objects.for_reader(request.user)
        context["sections"] = sections.filter(depth=4).order_by("path")
    live = request.htmx and not request.htmx.history_restore_request
    name = "content/manual_search.html" + ("#results" if live else "")
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
