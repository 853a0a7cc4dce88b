"""What somebody keeps of the manual: bookmarks, the pages opened last, and whether one helped."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import Bookmark, ManualSectionPage, OpenedPage, PageVote, ProcedurePage
from content.models.base import VisiblePageQuerySet
from people.models import User


class NotAllowed(Exception):
    """The message says why, and is for the person."""


ManualText = ProcedurePage | ManualSectionPage


def readable_text(user: User, pk: int) -> ManualText | None:
    """The procedure or section that `user` may read, without its texts. At most two queries."""
    for model in (ProcedurePage, ManualSectionPage):
        page: ManualText | None = (
            model.objects.visible_to(user).defer_streamfields().filter(pk=pk).first()
        )
        if page:
            return page
    return None


def set_bookmark(page: ManualText, *, by: User, on: bool, at: dt.datetime | None = None) -> None:
    if on:
        Bookmark.objects.get_or_create(
            user=by, page_id=page.pk, defaults={"created_at": at or timezone.now()}
        )
    else:
        Bookmark.objects.filter(user=by, page_id=page.pk).delete()


def note_opened(page: ManualText, *, by: User, at: dt.datetime | None = None) -> None:
    """Put `page` first among the pages opened last. One query to look and one to write."""
    at = at or timezone.now()
    rows = dict(
        OpenedPage.objects.filter(user=by).order_by("opened_at").values_list("page_id", "pk")
    )
    # With all places taken, the oldest row becomes this page's.
    pk = rows.get(page.pk) or (next(iter(rows.values())) if len(rows) >= OpenedPage.KEPT else None)
    try:
        with transaction.atomic():
            if pk:
                OpenedPage.objects.filter(pk=pk).update(page_id=page.pk, opened_at=at)
            else:
                OpenedPage.objects.create(user=by, page_id=page.pk, opened_at=at)
    except IntegrityError:
        pass  # Another tab has noted the same page just now.


def kept_of(user: User) -> dict[str, Any]:
    """`bookmarks` by title and the pages opened last (`opened`), each with its page, as far as `user`
    may still read it. Two queries."""
    readable = VisiblePageQuerySet(Page).visible_to(user).values("pk")
    mine = Q(user=user, page__in=readable)
    return {
        "bookmarks": list(
            Bookmark.objects.filter(mine).select_related("page").order_by("page__title", "pk")
        ),
        "opened": list(
            OpenedPage.objects.filter(mine).select_related("page").order_by("-opened_at", "-pk")
        ),
    }


def session_hash(session_key: str | None) -> str:
    """What is kept of a session: enough to know it again, nothing one could sign in with."""
    return salted_hmac("content.votes", session_key or "", algorithm="sha256").hexdigest()


def vote_of(user: User, page: ManualText) -> PageVote | None:
    """What `user` said about the edition of `page` that is published now."""
    return PageVote.objects.filter(
        user=user, page_id=page.pk, edition=page.live_revision_id or 0
    ).first()


def vote(
    page: ManualText,
    *,
    by: User,
    session: str,
    is_helpful: bool,
    text: str = "",
    at: dt.datetime | None = None,
) -> PageVote:
    """Answer for the edition that is published now, or change the answer in the session that gave it."""
    edition = page.live_revision_id or 0
    values = {"is_helpful": is_helpful, "text": text, "voted_at": at or timezone.now()}
    with transaction.atomic():
        given, created = PageVote.objects.select_for_update().get_or_create(
            user=by,
            page_id=page.pk,
            edition=edition,
            defaults={**values, "session": session, "revision_id": page.live_revision_id},
        )
        if created:
            return given
        if given.session != session:
            raise NotAllowed(
                _(
                    "You answered for this edition earlier, when you were signed in another time. That "
                    "answer stays; you are asked again when the page changes."
                )
            )
        for name, value in values.items():
            setattr(given, name, value)
        given.save(update_fields=list(values))
    return given
