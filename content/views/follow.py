from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from content import channel_choice, links
from content.follow import CannotMove, edition_of, go_back, go_on, place_of, progress_of, start
from content.models import ManualIndexPage, ProcedurePage
from people.channels import Channel
from people.requests import SignedInRequest


def _procedure(request: SignedInRequest, page_id: int) -> ProcedurePage:
    procedures = ProcedurePage.objects.visible_to(request.user).select_related("live_revision")
    procedure: ProcedurePage = get_object_or_404(procedures, pk=page_id)
    return procedure


@require_safe
def follow(request: SignedInRequest, page_id: int) -> HttpResponse:
    """The step where one is; who has not started chooses the channel first."""
    return _show(request, _procedure(request, page_id))


@require_POST
def follow_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Start, or start again, with the edition that is published now."""
    page = _procedure(request, page_id)
    channel = channel_choice.channel_in(request.POST.get("channel"))
    if channel and page.channels and channel not in page.channels:
        channel = None
    start(page, by=request.user, channel=channel)
    return _moved(request, page)


@require_POST
def follow_move(request: SignedInRequest, page_id: int) -> HttpResponse:
    """One step on by the answer `choice`, or `back`; `after` says how many steps the sender had done."""
    page = _procedure(request, page_id)
    after = _number(request.POST, "after")
    try:
        if "back" in request.POST:
            go_back(page, by=request.user, after=after)
        else:
            go_on(page, by=request.user, after=after, choice=_number(request.POST, "choice"))
    except CannotMove as refusal:
        return _show(request, page, refusal=str(refusal), status=422)
    return _moved(request, page)


def _number(data: QueryDict, name: str) -> int:
    """A small number from a form; nonsense is -1, which fits nowhere."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1


def _moved(request: SignedInRequest, page: ProcedurePage) -> HttpResponse:
    return _show(request, page) if request.htmx else redirect("content:follow", page.pk)


def _show(
    request: SignedInRequest, page: ProcedurePage, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    progress = progress_of(request.user, page)
    held = page.channels
    chosen = channel_choice.chosen_channel(request)
    context = {
        "page": page,
        "manual": ManualIndexPage.objects.ancestor_of(page).first(),
        "progress": progress,
        "channels": held or list(Channel),
        "channel": chosen if not held or chosen in held else None,
        "refusal": refusal,
    }
    if progress:
        edition = edition_of(progress)
        channel = channel_choice.channel_in(progress.channel)
        links.look_up(edition.steps)
        flow = edition.flow(request.user, channel)
        place = place_of(flow, progress.path)
        context |= {
            "flow": flow,
            "place": place,
            "channel": channel,
            "exits": flow.exits(place.at) if place.at else [],
            "is_older": progress.is_outdated and edition is not page,
            "is_newer": progress.is_outdated and edition is page,
        }
    name = "content/follow.html" + ("#follow" if request.htmx else "")
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
