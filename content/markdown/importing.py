"""Bring a tree of Markdown files into the manual: a folder is a section, a file a procedure.

Idempotent by (tree, path): what an earlier import made is found again and written only where it differs.
Each page is all or nothing; what was edited here since stays as it is, and the report says so.
"""

import hashlib
import json
import logging
import posixpath
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DataError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from content.governance import set_governance
from content.markdown.addresses import Addresses, folder_of, is_index
from content.markdown.fields import Fields, read_fields
from content.markdown.reading import Document, Remark, Unreadable, read, read_front, title_of
from content.markdown.sources import Source, is_markdown
from content.models import ChangeKind, ManualSectionPage, ProcedurePage
from content.models.imported import ManualFile, ManualImport, ManualImportFile
from people.models import User
from ui.uploads import check_content, check_name

Outcome = ManualImportFile.Outcome
IMAGE_TYPES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
DOCUMENT_TYPES = {".pdf", ".csv", ".docx", ".xlsx", ".pptx", ".odt", ".rtf", ".txt", ".zip"}
SAVE_PROGRESS_EVERY = 10
LAST = 1e9  # what is not a number comes there too
logger = logging.getLogger(__name__)
# What a file can hold that nobody has foreseen. It costs that file, and never the others; a database that
# is gone is none of these.
_UNFORESEEN = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    DataError,
)


@dataclass
class _File:
    """A file on its way: what it says of itself, and the page it is or becomes."""

    path: str
    front: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    is_section: bool = False
    page: Page | None = None
    known: ManualFile | None = None
    refused: str = ""


class Importer:
    """One import. `run` is the record it reports to; `tick` is called after each file."""

    def __init__(
        self,
        run: ManualImport,
        source: Source,
        *,
        below: Page,
        by: User | None,
        tick: Callable[[ManualImport], None] = lambda run: None,
    ) -> None:
        self.run, self.source, self.below, self.by, self.tick = run, source, below, by, tick
        self.files: dict[str, _File] = {}
        self.sections: dict[str, Page] = {"": below}
        self.uploads: dict[str, int | None] = {}
        self.site = Site.objects.filter(is_default_site=True).first()

    def import_all(self) -> None:
        """Do all of it. Raises `Unreadable` when nothing in the tree can be a page."""
        self.all_paths = self.source.paths()
        paths = [path for path in self.all_paths if is_markdown(path)]
        if not paths:
            raise Unreadable(_("There is no Markdown file (.md) in this tree."))
        self.run.files_total = len(paths)
        self.run.save(update_fields=["files_total"])
        self.run.files.all().delete()  # of a run that was broken off
        self._read_fronts(paths)
        self.addresses = Addresses(
            self.all_paths, {path: file.front for path, file in self.files.items()}
        )
        known = ManualFile.objects.filter(tree=self.run.tree).select_related("page")
        self.known = {file.path: file for file in known}
        for path in self._in_order(paths):
            self._make_page(self.files[path])
        for done, path in enumerate(self._in_order(paths), start=1):
            self._report(self.files[path], *self._write(self.files[path]))
            self.run.files_done, self.run.progress_at = done, timezone.now()
            if done % SAVE_PROGRESS_EVERY == 0 or done == len(paths):
                self.run.save(update_fields=["files_done", "progress_at"])
            self.tick(self.run)
        self._report_gone(set(paths))

    # First all pages, so that every link has something to lead to --------------------------------

    def _read_fronts(self, paths: Iterable[str]) -> None:
        indexed = {folder_of(path) for path in paths if is_index(path)}
        folders = {folder for path in paths for folder in _folders_above(path)}
        for path in paths:
            file = self.files[path] = _File(path)
            file.is_section = is_index(path)
            alone = str(PurePosixPath(path).with_suffix(""))
            if alone in folders and alone not in indexed:
                file.is_section = True  # "refunds.md" beside "refunds/" speaks for that folder
            try:
                file.front, body, _line = read_front(self.source.read(path))
            except Unreadable as error:
                file.refused = str(error)
                continue
            name = PurePosixPath(self._folder(file) if file.is_section else path).stem
            file.title = title_of(file.front, body, fallback=_as_title(name) or self.run.tree)

    def _folder(self, file: _File) -> str:
        """The folder whose section this file is."""
        if is_index(file.path):
            return folder_of(file.path)
        return str(PurePosixPath(file.path).with_suffix(""))

    def _in_order(self, paths: Iterable[str]) -> list[str]:
        """Sections before what is in them; among equals by `order`, then by path."""

        def key(path: str) -> tuple[Any, ...]:
            file = self.files[path]
            folder = self._folder(file) if file.is_section else folder_of(path)
            return (folder.split("/") if folder else [], not file.is_section, _order(file), path)

        return sorted(paths, key=key)

    def _make_page(self, file: _File) -> None:
        """Find the page of an earlier import, or make one without text that nobody sees yet."""
        file.known = self.known.get(file.path)
        if file.known and file.known.page:
            file.page = file.known.page.specific
            if file.is_section and isinstance(file.page, ManualSectionPage):
                self.sections[self._folder(file)] = file.page
            return
        if file.refused or (file.known and not self.run.overwrite):
            return
        if file.is_section and self._folder(file) == "":
            # The front page of the tree is a page of its own: what is above is the manual's.
            file.is_section = False
        try:
            with transaction.atomic():
                above = folder_of(self._folder(file)) if file.is_section else folder_of(file.path)
                parent = self._section(above)
                kind = ManualSectionPage if file.is_section else ProcedurePage
                slug = "about" if is_index(file.path) and not file.is_section else ""
                name = PurePosixPath(self._folder(file) if file.is_section else file.path).stem
                file.page = _add(parent, kind, title=file.title, slug=slug or name)
                file.known, _created = ManualFile.objects.update_or_create(
                    tree=self.run.tree,
                    path=file.path,
                    defaults={"page": file.page, "digest": "", "revision": None},
                )
        except ValidationError as error:
            file.page, file.refused = None, " ".join(error.messages)
            return
        except _UNFORESEEN:
            file.page, file.refused = None, _unforeseen(file)
            return
        if file.is_section:
            self.sections[self._folder(file)] = file.page

    def _section(self, folder: str) -> Page:
        """The section of a folder, made where there is none. It has a row too, as files have."""
        if folder in self.sections:
            return self.sections[folder]
        known = self.known.get(f"{folder}/")
        if known and known.page:
            page = known.page.specific
        else:
            title = _as_title(PurePosixPath(folder).name)
            page = _add(
                self._section(folder_of(folder)), ManualSectionPage, title=title, slug=title
            )
            if self.run.publish:
                page.save_revision(user=self.by).publish(user=self.by)
            ManualFile.objects.update_or_create(
                tree=self.run.tree, path=f"{folder}/", defaults={"page": page}
            )
        self.sections[folder] = page
        return page

    # Then what stands on them --------------------------------------------------------------------

    def _write(self, file: _File) -> tuple[str, str, list[Remark]]:
        """Outcome, reason and remarks of one file."""
        if file.refused:
            return Outcome.REFUSED, file.refused, []
        if file.page is None:
            reason = _("Its page was deleted here. Overwrite to make it again.")
            return Outcome.KEPT, reason, []
        try:
            return self._read_and_put(file)
        except _UNFORESEEN:
            self._forget_if_new(file)
            return Outcome.REFUSED, _unforeseen(file), []

    def _read_and_put(self, file: _File) -> tuple[str, str, list[Remark]]:
        lost: list[Remark] = []
        try:
            document = read(
                self.source.read(file.path),
                fallback=file.title,
                find_link=lambda target, line: self._link(file, target, line, lost),
                find_image=lambda target, line: self._image(file, target, line, lost),
            )
            fields = read_fields(document.front)
        except Unreadable as error:
            self._forget_if_new(file)
            return Outcome.REFUSED, str(error), []
        remarks = sorted(
            [*document.remarks, *lost, *(Remark(1, text) for text in fields.remarks)],
            key=lambda remark: remark.line,
        )
        try:
            with transaction.atomic():
                outcome, reason = self._put(file, document, fields)
        except ValidationError as error:
            self._forget_if_new(file)
            return Outcome.REFUSED, " ".join(error.messages), remarks
        return outcome, reason, remarks

    def _put(self, file: _File, document: Document, fields: Fields) -> tuple[str, str]:
        known, page = file.known, file.page
        if known is None or page is None:
            raise ValidationError(_("The page went while the import ran. Import again."))
        digest = _digest(document, fields)
        is_new = not known.digest
        if known.digest == digest:
            return Outcome.UNCHANGED, ""
        if not is_new and page.latest_revision_id != known.revision_id and not self.run.overwrite:
            return Outcome.KEPT, _(
                "It was edited here after the last import. Overwrite to take the file's text."
            )
        page = page.get_latest_revision_as_object() if page.latest_revision_id else page
        page.title = document.title
        page.notes = _normalised(page, document)
        fields.put_on(page)
        if isinstance(page, ProcedurePage):
            asks = self.run.ask_signatures
            page.change_kind = ChangeKind.MATERIAL if asks else ChangeKind.EDITORIAL
            page.change_note = _("Imported from “%(tree)s”.") % {"tree": self.run.tree}
        page.full_clean()
        revision = page.save_revision(user=self.by, clean=False)
        if self.run.publish:
            revision.publish(user=self.by)
        if governance := fields.governance():
            set_governance(page, by=self.by, **governance)
        known.digest, known.revision, known.imported_at = digest, revision, timezone.now()
        known.save(update_fields=["digest", "revision", "imported_at"])
        return (Outcome.CREATED if is_new else Outcome.UPDATED), ""

    def _forget_if_new(self, file: _File) -> None:
        """Nothing half done: a page that never got its text goes again."""
        known = file.known
        if not known or known.digest or not file.page or file.page.get_children().exists():
            return
        file.page.delete()
        known.delete()
        file.page = None

    # What links and images lead to ---------------------------------------------------------------

    def _link(
        self, file: _File, target: str, line: int, lost: list[Remark]
    ) -> dict[str, str] | None:
        if posixpath.splitext(target)[0].startswith(("http:", "https:", "mailto:", "tel:")):
            return {"href": target}
        found, fragment = self.addresses.find(target, on=file.path)
        if found == file.path and fragment:
            return {"href": f"#{fragment}"}
        if found and is_markdown(found):
            page = self.files[found].page
            if page is not None and not fragment:
                return {"linktype": "page", "id": str(page.pk)}
            if page is not None:
                return {"href": f"{page.get_url(current_site=self.site) or ''}#{fragment}"}
        elif found and PurePosixPath(found).suffix.lower() in DOCUMENT_TYPES:
            document = self._upload(found, get_document_model())
            if document:
                return {"linktype": "document", "id": str(document)}
        text = _("The link to “%(target)s” leads to nothing in this tree; its words stay.")
        lost.append(Remark(line, text % {"target": target[:200]}))
        return None

    def _image(self, file: _File, target: str, line: int, lost: list[Remark]) -> int | None:
        if target.startswith(("http:", "https:", "data:")):
            text = _("The image “%(target)s” lies elsewhere and was not fetched.")
        else:
            found, _fragment = self.addresses.find(target, on=file.path)
            if found and PurePosixPath(found).suffix.lower() in IMAGE_TYPES:
                image = self._upload(found, get_image_model())
                if image:
                    return image
                text = _("The image “%(target)s” is damaged.")
            elif found:
                text = _("The image “%(target)s” is of a kind that is not taken.")
            else:
                text = _("The image “%(target)s” is not in this tree.")
        lost.append(Remark(line, text % {"target": target[:200]}))
        return None

    def _upload(self, path: str, model: Any) -> int | None:
        """The image or document with these contents, uploaded unless it is here already."""
        if path not in self.uploads:
            self.uploads[path] = self._uploaded(path, model)
        return self.uploads[path]

    def _uploaded(self, path: str, model: Any) -> int | None:
        try:
            raw = self.source.read(path)
        except Unreadable:
            return None
        digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        here = model.objects.filter(file_hash=digest).first()
        if here:
            return int(here.pk)
        name = PurePosixPath(path).name
        item = model(title=_as_title(PurePosixPath(path).stem)[:255] or name)
        item.uploaded_by_user, item.file_hash = self.by, digest
        try:
            check_name(name)
            check_content(ContentFile(raw, name=name))
            item.file = ContentFile(raw, name=name)
            with transaction.atomic():
                item.full_clean(exclude=["width", "height"])
                item.save()
        except (*_UNFORESEEN, ValidationError, OSError, zlib.error):
            return None
        return int(item.pk)

    # The report ----------------------------------------------------------------------------------

    def _report(self, file: _File, outcome: str, reason: str, remarks: list[Remark]) -> None:
        ManualImportFile.objects.create(
            run=self.run,
            path=file.path,
            outcome=outcome,
            reason=reason,
            page_id=file.page.pk if file.page else None,
            remarks=[{"line": remark.line, "text": remark.text} for remark in remarks],
        )

    def _report_gone(self, paths: set[str]) -> None:
        gone = [
            file
            for path, file in self.known.items()
            if path not in paths and not path.endswith("/") and file.page_id
        ]
        ManualImportFile.objects.bulk_create(
            ManualImportFile(
                run=self.run,
                path=file.path,
                outcome=Outcome.GONE,
                reason=_("Its page stays. Unpublish it if it is not wanted any more."),
                page_id=file.page_id,
            )
            for file in gone
        )


def _folders_above(path: str) -> Iterator[str]:
    folder = folder_of(path)
    while folder:
        yield folder
        folder = folder_of(folder)


def _unforeseen(file: _File) -> str:
    logger.exception("Import of %s", file.path)
    return _(
        "Something in it cannot be stored. The server’s log says what; the other files are in."
    )


def _as_title(name: str) -> str:
    words = " ".join(name.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _order(file: _File) -> float:
    for key in ("order", "weight", "nav_order", "position"):
        value = file.front.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) if -LAST < value < LAST else LAST
    return float("inf")


def _add(parent: Page, kind: type[Page], *, title: str, slug: str) -> Page:
    """A new page below `parent`, not published, under an address that is free there."""
    page = kind(title=title, slug=_free_slug(parent, slug), live=False)
    parent.refresh_from_db()  # its count of children may have grown
    parent.add_child(instance=page)
    return page


def _free_slug(parent: Page, wanted: str) -> str:
    base = slugify(wanted)[:200] or "page"
    taken = set(parent.get_children().values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _normalised(page: Page, document: Document) -> Any:
    """The blocks as a value of the page's field, through the field's own way of reading."""
    raw = [{"type": kind, "value": value} for kind, value in document.blocks]
    return page._meta.get_field("notes").stream_block.to_python(raw)


def _digest(document: Document, fields: Fields) -> str:
    said = {"title": document.title, "blocks": document.blocks, "fields": fields.as_json()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
