"""The whole manual as a file: which edition a reader needs, and making it in the background.

A hundred pages take seconds to lay out, so no web process does it. A file is shared by all who may read
the same pages in the same language, and stays right until one of them is published anew.
"""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from wagtail.models import Page

from content import languages
from content.models import ManualIndexPage, ManualPrint, ManualSectionPage, ProcedurePage
from content.models.base import Reader
from content.printing.story import write_manual
from content.tree import Tree
from people.models import User

# Raised when the layout changes, so that files made before are made again.
LAYOUT = 1
# Who is at work says so more often than this.
PATIENCE = dt.timedelta(minutes=2)
KEPT_FOR = dt.timedelta(days=7)


@dataclass(frozen=True)
class Edition:
    """What the manual is for one reader just now: its pages in order, and a digest of what they say."""

    manual: ManualIndexPage
    page_ids: list[int]
    language: str
    digest: str


def digest_of(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def edition_for(user: Reader) -> Edition | None:
    """The manual as `user` may read it; none without a published one. Five queries."""
    manual = ManualIndexPage.objects.for_reader(user).first()
    if manual is None:
        return None
    sections = ManualSectionPage.objects.below(manual).for_reader(user)
    procedures = ProcedurePage.objects.below(manual).for_reader(user)
    order = "place" if languages.is_multilingual() else "path"
    fields = (order, "pk", "title", "live_revision_id", "last_published_at")
    rows = sorted([*sections.values_list(*fields), *procedures.values_list(*fields)])
    if not procedures.exists():
        return None
    language = translation.get_language() or settings.LANGUAGE_CODE
    digest = digest_of(
        [
            LAYOUT, manual.title, manual.introduction, language, rows,
            list(templates_on(procedures)), *_what_translations_follow(user),
        ]
    )  # fmt: skip
    return Edition(manual, [row[1] for row in rows], language, digest)


def _what_translations_follow(user: Reader) -> Iterable[Any]:
    """The language of the manual and when originals changed, which the marks of translations depend on.
    One query, with one language none."""
    if not languages.is_multilingual():
        return ()
    originals = Page.objects.live().type(ProcedurePage, ManualSectionPage)
    originals = originals.filter(locale__language_code=languages.source_language())
    changed = list(originals.order_by("path").values_list("pk", "last_published_at"))
    return (languages.language_of(user), changed)


def templates_on(procedures: Any) -> Iterable[Any]:
    """What the reply templates of `procedures` say. They change without a page being published."""
    uses = ProcedurePage.reply_templates.through.objects
    return (
        uses.filter(procedurepage__in=procedures.values("pk"))
        .order_by("procedurepage", "replytemplate")
        .values_list(
            "procedurepage",
            "replytemplate__title",
            "replytemplate__body",
            "replytemplate__channels",
        )
    )


def ask_for(edition: Edition) -> tuple[ManualPrint, bool]:
    """The file of this edition, and whether it has to be made: it is new, failed, or was given up."""
    now = timezone.now()
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = ManualPrint.objects.create(
                    digest=edition.digest,
                    page_ids=edition.page_ids,
                    language=edition.language,
                    asked_at=now,
                    progress_at=now,
                )
                return made, True
        except IntegrityError:
            made = ManualPrint.objects.select_for_update().get(digest=edition.digest)
        given_up = made.is_live and made.progress_at < now - PATIENCE
        is_lost = made.state == ManualPrint.State.DONE and not storages["private"].exists(made.file)
        if not (made.state == ManualPrint.State.FAILED or given_up or is_lost):
            return made, False
        made.state, made.done, made.asked_at, made.progress_at = (
            ManualPrint.State.WAITING, 0, now, now,
        )  # fmt: skip
        made.save()
    return made, True


def run(made: ManualPrint, *, user: User) -> bool:
    """Make the file, as `user` reads the manual. One of several workers does it: False for the others."""
    states = ManualPrint.State
    now = timezone.now()
    left_behind = Q(state=states.RUNNING, progress_at__lt=now - PATIENCE)
    mine = ManualPrint.objects.filter(Q(state=states.WAITING) | left_behind, pk=made.pk)
    if not mine.update(state=states.RUNNING, done=0, progress_at=now):
        return False
    try:
        with translation.override(made.language):
            data = _write(made, user)
    except Exception:
        ManualPrint.objects.filter(pk=made.pk).update(state=states.FAILED)
        raise
    name = storages["private"].save(f"manual/{made.digest}.pdf", ContentFile(data))
    ManualPrint.objects.filter(pk=made.pk).update(
        state=states.DONE, file=name, done=made.total, progress_at=timezone.now()
    )
    throw_away(asked_before=timezone.now() - KEPT_FOR, but=made.pk)
    return True


def _write(made: ManualPrint, user: User) -> bytes:
    manual = ManualIndexPage.objects.for_reader(user)[:1].get()
    wanted = Q(pk__in=made.page_ids)
    sections = ManualSectionPage.objects.for_reader(user).filter(wanted)
    procedures = ProcedurePage.objects.for_reader(user).filter(wanted)
    related = ("channel_standards", "escalation_levels", "reply_templates", "skills")
    tree = Tree([*sections, *procedures.prefetch_related(*related)])
    step = max(made.total // 20, 1)

    def tell(done: int) -> None:
        if done % step == 0:
            ManualPrint.objects.filter(pk=made.pk).update(done=done, progress_at=timezone.now())

    target = io.BytesIO()
    pages = [node.page for node in tree]
    write_manual(
        target, manual, pages, user=user, base_url=settings.WAGTAILADMIN_BASE_URL, on_page=tell
    )
    return target.getvalue()


def throw_away(*, asked_before: dt.datetime, but: int) -> None:
    """Delete files that nobody has asked for in a while; who needs one has it made again."""
    for old in ManualPrint.objects.filter(asked_at__lt=asked_before).exclude(pk=but):
        if old.file:
            storages["private"].delete(old.file)
        old.delete()
