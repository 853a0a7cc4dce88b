"""What a page of the manual shows its reader of their own: bookmark, answer, last pages."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from content.keeping import kept_of, session_hash, vote_of
from content.models import Bookmark, ManualIndexPage, ManualSectionPage, ProcedurePage


@hooks.register("evenhand_page_context")
def add_own(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """On the front `bookmarks` and `opened`; on a page with a text `is_own` (it can be kept), its
    bookmark and the answer given for this edition. Two queries; none in a preview."""
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return {}
    if getattr(request, "is_preview", False) or not page.live:
        return {}
    if isinstance(page, ManualIndexPage):
        return kept_of(user)
    if not isinstance(page, ProcedurePage | ManualSectionPage):
        return {}
    vote = vote_of(user, page)
    session = getattr(request, "session", None)
    return {
        "is_own": True,
        "asks_helpful": isinstance(page, ProcedurePage) or bool(page.notes),
        "is_bookmarked": Bookmark.objects.filter(user=user, page_id=page.pk).exists(),
        "vote": vote,
        "can_vote": vote is None
        or vote.session == session_hash(session.session_key if session else None),
    }
