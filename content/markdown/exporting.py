"""The manual as a tree of Markdown files: what the import reads back without a difference."""

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.utils.text import slugify
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from content.markdown.fields import STANDARD
from content.markdown.writing import blocks_as_markdown, write
from content.models import Governance, ManualIndexPage, ManualSectionPage, ProcedurePage
from content.models.base import Reader


def export(manual: ManualIndexPage, *, user: Reader) -> Iterator[tuple[str, bytes]]:
    """Path and contents of every file, pages first and then the images and documents on them.

    Only what `user` may read, as it is published. A page at a time is in memory; one query per page
    and kind of relation.
    """
    sections = list(ManualSectionPage.objects.descendant_of(manual).visible_to(user))
    procedures = ProcedurePage.objects.descendant_of(manual).visible_to(user)
    outline = list(procedures.defer_streamfields().only("pk", "path", "slug", "title"))
    writer = _Writer(manual, [*sections, *outline])
    for section in sections:
        yield writer.paths[section.pk], writer.section(section)
    for page in outline:
        yield writer.paths[page.pk], writer.procedure(ProcedurePage.objects.get(pk=page.pk))
    yield from writer.files()


class _Writer:
    def __init__(self, manual: ManualIndexPage, pages: list[Page]) -> None:
        self.paths: dict[int, str] = {}
        folders = {manual.path: ""}
        for page in sorted(pages, key=lambda page: page.path):
            above = page.path[: -Page.steplen]
            # A section that is hidden has no folder: what is in it stands where it can be seen.
            while above not in folders:
                above = above[: -Page.steplen]
            address = posixpath.join(folders[above], page.slug)
            if isinstance(page, ManualSectionPage):
                folders[page.path] = address
                address = posixpath.join(address, "index")
            self.paths[page.pk] = f"{address}.md"
        site = Site.objects.filter(is_default_site=True).first()
        self.addresses = {page.get_url(current_site=site): self.paths[page.pk] for page in pages}
        self.attached: dict[str, tuple[Any, int]] = {}

    def section(self, page: ManualSectionPage) -> bytes:
        front: dict[str, Any] = {"title": page.title}
        if page.introduction:
            front["purpose"] = page.introduction
        front |= _governance(page)
        return self._file(page, front)

    def procedure(self, page: ProcedurePage) -> bytes:
        front: dict[str, Any] = {"title": page.title}
        if page.purpose:
            front["purpose"] = page.purpose
        front |= _governance(page)
        standards = [
            {
                "channel": str(standard.channel),
                **{
                    name: value
                    for name in STANDARD
                    if (value := getattr(standard, name)) not in (None, "")
                },
            }
            for standard in page.channel_standards.all()
        ]
        if standards:
            front["channels"] = standards
        if topics := page.topics.split("\n") if page.topics else []:
            front["topics"] = [topic.strip() for topic in topics if topic.strip()]
        if skills := [skill.key for skill in page.skills.all()]:
            front["skills"] = skills
        if templates := [reply.key for reply in page.reply_templates.all()]:
            front["reply_templates"] = templates
        levels = [
            {
                "when": level.when,
                "contact": level.contact,
                **({"key": level.key} if level.key else {}),
                **(
                    {} if level.within_minutes is None else {"within_minutes": level.within_minutes}
                ),
            }
            for level in page.escalation_levels.all()
        ]
        if levels:
            front["escalation"] = levels
        if steps := page.steps.get_prep_value():
            front["steps"] = steps
        return self._file(page, front)

    def files(self) -> Iterator[tuple[str, bytes]]:
        for path, (model, pk) in sorted(self.attached.items()):
            item = model.objects.get(pk=pk)
            with item.file.open("rb") as stream:
                yield path, stream.read()

    def _file(self, page: ManualSectionPage | ProcedurePage, front: dict[str, Any]) -> bytes:
        own = self.paths[page.pk]
        blocks = [(block["type"], block["value"]) for block in page.notes.get_prep_value()]
        body = blocks_as_markdown(
            blocks,
            write_link=lambda given: self._link(given, own),
            write_image=lambda pk: self._attach(get_image_model(), pk, own) or "",
        )
        return write(front, body).encode()

    def _link(self, given: dict[str, str], own: str) -> str | None:
        kind, pk = given.get("linktype"), given.get("id", "")
        if kind == "page":
            target = self.paths.get(int(pk)) if pk.isdecimal() else None
            return _relative(target, own) if target else None
        if kind == "document":
            return self._attach(get_document_model(), int(pk), own) if pk.isdecimal() else None
        href = given.get("href")
        address, _hash, fragment = (href or "").partition("#")
        if address in self.addresses:
            return f"{_relative(self.addresses[address], own)}#{fragment}"
        return href

    def _attach(self, model: Any, pk: int, own: str) -> str | None:
        item = model.objects.filter(pk=pk).first()
        if item is None:
            return None
        suffix = PurePosixPath(item.file.name).suffix.lower()
        path = f"files/{slugify(item.title) or item.pk}{suffix}"
        if self.attached.setdefault(path, (model, item.pk)) != (model, item.pk):
            path = f"files/{slugify(item.title)}-{item.pk}{suffix}"
            self.attached[path] = (model, item.pk)
        return _relative(path, own)


def _governance(page: Page) -> dict[str, Any]:
    known = Governance.objects.filter(page_id=page.pk).select_related("owner").first()
    if known is None:
        return {}
    said: dict[str, Any] = {}
    if known.owner:
        said["owner"] = known.owner.email
    if known.reviewed_on:
        said["reviewed_on"] = known.reviewed_on
        if known.review_every_months:
            said["review_in"] = f"{known.review_every_months} months"
    if known.review_by_hand:
        said["review_by"] = known.review_by_hand
    return said


def _relative(target: str, own: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(own) or ".")
