"""Imports of the manual as work: begun by somebody, done by a worker or the command, told to the end."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.markdown.importing import Importer
from content.markdown.reading import Unreadable
from content.markdown.sources import Source, open_zip
from content.models import ManualImport, ManualIndexPage, ManualSectionPage
from people import audit
from people.models import User

State = ManualImport.State


def may_import(user: User, below: Page) -> bool:
    """Who may add and publish pages there."""
    may = below.permissions_for_user(user)
    return bool(may.can_add_subpage() and may.can_publish_subpage())


def places_for(user: User) -> list[Page]:
    """The manual's front and its sections, where `user` may import to, in the order of the tree."""
    pages: list[Page] = [
        *ManualIndexPage.objects.filter(alias_of__isnull=True),
        *ManualSectionPage.objects.filter(alias_of__isnull=True).defer_streamfields(),
    ]
    return [page for page in sorted(pages, key=lambda page: page.path) if may_import(user, page)]


def start_import(
    *,
    tree: str,
    below: Page,
    by: User | None,
    file: File | None = None,
    publish: bool = True,
    ask_signatures: bool = False,
    overwrite: bool = False,
) -> ManualImport:
    """Record an import that waits to be run; an uploaded `file` is checked first and then kept.

    Raises `Unreadable` for a file that is no archive or not to be trusted, and `PermissionDenied` for
    somebody who may not publish there. Nothing is kept then.
    """
    if by is not None and not may_import(by, below):
        raise PermissionDenied(_("You may not import pages there."))
    if file is not None:
        with open_zip(file):
            pass
        file.seek(0)
    with transaction.atomic():
        run = ManualImport(
            tree=tree,
            section=below,
            publish=publish,
            ask_signatures=ask_signatures,
            overwrite=overwrite,
            started_by=by,
        )
        if file is not None:
            run.file.save(f"{tree}.zip", file, save=False)
        run.save()
        audit.record(
            "import_manual",
            by=by,
            of=run,
            after={"tree": tree, "below": below.pk, "publish": publish, "overwrite": overwrite},
        )
    return run


def run_import(
    run: ManualImport,
    source: Source | None = None,
    *,
    tick: Callable[[ManualImport], None] = lambda run: None,
) -> bool:
    """Do the work of `run`, from `source` or its stored file. False if somebody else does it already.

    What one broken-off run did is found again by the next; the same run can be run again when nothing
    has been heard of it for a while.
    """
    now = timezone.now()
    stalled = Q(state=State.RUNNING, progress_at__lt=now - ManualImport.STALLED_AFTER)
    mine = ManualImport.objects.filter(Q(state=State.WAITING) | stalled, pk=run.pk).update(
        state=State.RUNNING, progress_at=now, files_done=0
    )
    if not mine:
        return False
    run.refresh_from_db()
    try:
        if run.section is None:
            raise Unreadable(_("The section to import into was deleted."))
        below = run.section.specific
        if source is not None:
            Importer(run, source, below=below, by=run.started_by, tick=tick).import_all()
        elif run.file:
            with run.file.open("rb") as stored, open_zip(stored) as archive:
                Importer(run, archive, below=below, by=run.started_by, tick=tick).import_all()
        else:
            raise Unreadable(_("The uploaded file is gone. Upload it again."))
    except Unreadable as error:
        _end(run, State.FAILED, str(error))
    except Exception:
        _end(run, State.FAILED, _("Something went wrong on the server. What was done is kept."))
        raise
    else:
        _end(run, State.DONE)
    return True


def _end(run: ManualImport, state: ManualImport.State, failure: str = "") -> None:
    run.state, run.failure, run.finished_at = state, failure, timezone.now()
    if run.file:
        run.file.delete(save=False)
    run.save(update_fields=["state", "failure", "finished_at", "file"])
