"""What stands about signing on a procedure, and the rows of who has signed what."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from content.edition_text import Change, difference
from content.models import Edition, ProcedurePage
from people.models import User
from training.models import Acknowledgement


@dataclass(frozen=True, slots=True)
class Request:
    """What one person is asked about one procedure."""

    acknowledgement: Acknowledgement
    newest: Edition
    signed: Acknowledgement | None
    # Editions since the one signed last, newest first; without their text.
    since: Sequence[Edition]
    changes: Sequence[Change]
    is_overdue: bool
    # On a translation: its edition, which may be signed for unless the original asks for a newer one.
    translation: Edition | None = None
    is_translation_older: bool = False
    number: int = 0


def request_of(user: User, page: ProcedurePage, *, on: dt.date) -> Request | None:
    """What asks `user` to sign for `page`, with the difference from the edition they signed last. One
    query where nothing is asked, else four; for a translation up to two more."""
    shown, page = page, page.original
    opened = Acknowledgement.objects.open().filter(user=user, page_id=page.pk).first()
    if opened is None:
        return None
    newest = Edition.objects.filter(page_id=page.pk).order_by("-number").first()
    if newest is None:
        return None
    asked = _request(opened, newest, last_signed(user, page), on=on)
    if shown is page:
        return asked
    return replace(
        asked,
        translation=shown.editions.order_by("-number").defer("text").first(),
        is_translation_older=(shown.translated_edition or 0) < opened.edition.number,
        number=shown.translated_edition or 0,
    )


def last_signed(user: User, page: ProcedurePage) -> Acknowledgement | None:
    signed = Acknowledgement.objects.signed().filter(user=user, page_id=page.pk)
    return signed.select_related("signed_edition").order_by("-signed_edition__number").first()


def _request(
    opened: Acknowledgement, newest: Edition, signed: Acknowledgement | None, *, on: dt.date
) -> Request:
    base = signed.signed_edition if signed else None
    since = Edition.objects.filter(page_id=opened.page_id, number__gt=base.number if base else 0)
    return Request(
        acknowledgement=opened,
        newest=newest,
        signed=signed,
        since=list(since.order_by("-number").defer("text")),
        changes=difference(base.text, newest.text) if base else [],
        is_overdue=opened.is_overdue(on=on),
        number=newest.number,
    )


HEADINGS = (
    "person",
    "e-mail",
    "page",
    "asked for edition",
    "edition of",
    "change note",
    "asked",
    "sign until",
    "state",
    "signed",
    "signed edition",
    "signed edition of",
    "signed revision",
    "withdrawn",
    "withdrawn because",
    "signed in",
)


def state_of(acknowledgement: Acknowledgement, *, on: dt.date) -> str:
    if acknowledgement.signed_at:
        return _("Signed")
    if acknowledgement.withdrawn_at:
        return _("Withdrawn")
    return _("Overdue") if acknowledgement.is_overdue(on=on) else _("To sign")


Cell = str | int | dt.datetime | dt.date | None


def export_rows(rows: QuerySet[Acknowledgement], *, on: dt.date) -> Iterator[list[Cell]]:
    """A row below `HEADINGS` for each request, in memory a thousand at a time. Times are those of the
    reader's zone."""
    chosen = rows.select_related(
        "user", "page", "edition", "signed_edition", "signed_translation__page__locale"
    ).defer(
        "page__steps",
        "page__notes",
        "edition__text",
        "signed_edition__text",
        "signed_translation__text",
        "signed_translation__page__steps",
        "signed_translation__page__notes",
    )
    for each in chosen.iterator(chunk_size=1000):
        signed = each.signed_edition
        yield [
            str(each.user),
            each.user.email,
            each.page.title,
            each.edition.number,
            timezone.localdate(each.edition.published_at),
            each.edition.note,
            _local(each.asked_at),
            each.due_on,
            state_of(each, on=on),
            _local(each.signed_at),
            signed.number if signed else None,
            timezone.localdate(signed.published_at) if signed else None,
            signed.revision_number if signed else None,
            _local(each.withdrawn_at),
            each.get_withdrawn_because_display(),
            _language_of(each.signed_translation),
        ]


def _language_of(translation: Edition | None) -> str:
    """Which translation somebody signed in, with its own edition; nothing for the original."""
    if translation is None:
        return ""
    code = translation.page.locale.language_code
    return _("%(code)s, edition %(number)d") % {"code": code, "number": translation.number}


def _local(at: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(at).replace(tzinfo=None, microsecond=0) if at else None
