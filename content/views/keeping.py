"""Bookmarks, the pages opened last, and "Was this page helpful?"."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from content.forms_votes import VoteForm
from content.keeping import (
    ManualText,
    NotAllowed,
    note_opened,
    readable_text,
    session_hash,
    set_bookmark,
    vote,
    vote_of,
)
from people.requests import SignedInRequest


def _page(request: SignedInRequest, page_id: int) -> ManualText:
    page = readable_text(request.user, page_id)
    if page is None:
        raise Http404
    return page


@require_POST
def page_opened(request: SignedInRequest, page_id: int) -> HttpResponse:
    """The page has been open for a moment, says its script."""
    note_opened(_page(request, page_id), by=request.user)
    return HttpResponse(status=204)


@require_POST
def page_bookmark(request: SignedInRequest, page_id: int) -> HttpResponse:
    """`on=1` sets the bookmark and `on=0` takes it away; twice the same changes nothing."""
    page = _page(request, page_id)
    is_on = request.POST.get("on") == "1"
    set_bookmark(page, by=request.user, on=is_on)
    if request.htmx:
        context = {"page": page, "is_bookmarked": is_on, "is_new": True}
        return render(request, "content/_bookmark.html", context)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = page.get_url(request) or "/"
    return HttpResponseRedirect(back)


@require_POST
def page_vote(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Whether the page helped, in words if they like."""
    page = _page(request, page_id)
    form = VoteForm(request.POST)
    session = session_hash(request.session.session_key)
    refusal = ""
    if form.is_valid():
        is_helpful = form.cleaned_data["helpful"] == "yes"
        text = form.cleaned_data["text"].strip()
        try:
            vote(page, by=request.user, session=session, is_helpful=is_helpful, text=text)
        except NotAllowed as reason:
            refusal = str(reason)
    is_kept = form.is_valid() and not refusal
    if is_kept and not request.htmx:
        return redirect(f"{page.get_url(request)}#helpful")
    given = vote_of(request.user, page)
    context = {
        "page": page,
        "vote": given,
        "can_vote": given is None or given.session == session,
        "vote_form": None if is_kept else form,
        "vote_refusal": refusal,
        "is_new": is_kept,
    }
    name = "content/_vote.html" if request.htmx else "content/vote_refused.html"
    return render(request, name, context, status=200 if is_kept else 422)
