"""What stands in the PDF of a procedure, and of the whole manual."""

import io
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import IO, Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, PageBreak, Paragraph, Spacer, Table, TableStyle
from wagtail.models import Page

from content.languages import preferred
from content.models import ManualIndexPage, ManualSectionPage, ProcedurePage
from content.models.base import Reader
from content.printing.document import WIDTH, Anchor, ContentsLine, Document
from content.printing.fonts import Speller
from content.printing.styles import Styles
from content.printing.words import RichText, plain
from content.steps import Exit, Flow, Step, Way
from content.translations import note_of
from content.tree import Node, Tree
from people.channels import Channel
from ui.templatetags.ui import minutes_as_duration

WHO = {"supervisor": gettext_lazy("Supervisor"), "customer": gettext_lazy("Customer")}
_WIDEST_IMAGE = 1000
_TALLEST = 320


class Writer:
    """Turns pages into flowables. `inside` are the ids of the pages this document holds."""

    def __init__(self, user: Reader, *, inside: Sequence[int], base_url: str) -> None:
        self.user, self.inside, self.base_url = user, set(inside), base_url.rstrip("/")
        self.speller = Speller()
        self.styles = Styles(self.speller.letters.family, self.speller.letters.mono)
        self._addresses: dict[int, str | None] = {}

    # Small things -------------------------------------------------------------------------------

    def say(self, text: Any, style: str = "body") -> Paragraph:
        return Paragraph(plain(text, self.speller), self.styles[style])

    def markup(self, markup: str, style: str = "body") -> Paragraph:
        return Paragraph(markup, self.styles[style])

    def spelled(self, text: Any) -> str:
        return plain(text, self.speller)

    def rich(self, value: Any) -> list[Flowable]:
        source = getattr(value, "source", None) or ""
        return RichText(self.styles, self.speller, self.address_of).take(source)

    def heading(self, text: Any, style: str) -> Paragraph:
        return self.say(text, style)

    def address_of(self, pk: int) -> str | None:
        """Where a link to that page leads: within the document, or on the site if one may read it."""
        if pk in self.inside:
            return f"#page-{pk}"
        if pk not in self._addresses:
            page = None
            for model in (ProcedurePage, ManualSectionPage, ManualIndexPage):
                page = page or model.objects.visible_to(self.user).filter(pk=pk).first()
            if page is not None:
                page = preferred([page], user=self.user)[pk]
            self._addresses[pk] = self._address(page) if page else None
        return self._addresses[pk]

    def _address(self, page: Page) -> str | None:
        if page.pk in self.inside:
            return f"#page-{page.pk}"
        return f"{self.base_url}{page.url}" if page.url else None

    def about_language(self, page: ProcedurePage | ManualSectionPage) -> Iterator[Flowable]:
        if note := note_of(page, self.user):
            yield self.say(note, "small")

    # A procedure --------------------------------------------------------------------------------

    def procedure(
        self,
        page: ProcedurePage,
        *,
        channel: Channel | None = None,
        level: int = 0,
        on_page: Callable[[], None] | None = None,
    ) -> Iterator[Flowable]:
        title = self.speller.spell(page.title)
        yield Anchor(f"page-{page.pk}", title, level, on_page)
        yield self.heading(page.title, "h1")
        if page.purpose:
            yield self.say(page.purpose, "lead")
        yield self.say(self._edition(page, channel), "small")
        yield from self.about_language(page)
        flow = page.flow(self.user, channel)
        yield from self._standards(page, channel)
        if flow.steps:
            yield self.heading(_("Steps"), "h2")
            for step, exits in flow:
                yield from self._step(page, step, exits)
            if flow.left_out:
                numbers = ", ".join(str(number) for number in flow.left_out)
                yield self.say(
                    _("Left out, because they do not hold on this channel: %(numbers)s")
                    % {"numbers": numbers},
                    "small",
                )
        yield from self._escalation(page, flow)
        yield from self._replies(page, channel)
        if page.notes:
            yield self.heading(_("Notes"), "h2")
            yield from self.blocks(page.notes)
        skills = [str(skill) for skill in page.skills.all()]
        if skills:
            yield self.say(_("Skills: %(skills)s") % {"skills": ", ".join(skills)}, "small")

    def _edition(self, page: ProcedurePage, channel: Channel | None) -> str:
        parts = []
        if page.last_published_at:
            day = date_format(localtime(page.last_published_at), "DATE_FORMAT")
            parts.append(_("Published %(date)s") % {"date": day})
        if page.live_revision_id:
            parts.append(_("revision %(number)s") % {"number": page.live_revision_id})
        if channel:
            parts.append(_("as it holds on: %(channel)s") % {"channel": channel.label})
        return " · ".join(parts)

    def _standards(self, page: ProcedurePage, channel: Channel | None) -> Iterator[Flowable]:
        standards = [
            each for each in page.channel_standards.all() if channel in (None, each.channel)
        ]
        if not standards:
            return
        yield self.heading(_("Channels and service standard"), "h2")
        head = [_("Channel"), _("First response"), _("Resolution"), _("On this channel")]
        rows = [
            [
                standard.get_channel_display(),
                self._within(standard.first_response_minutes),
                self._within(standard.resolution_minutes),
                standard.tone or "–",
            ]
            for standard in standards
        ]
        yield self.table(head, rows, [0.15, 0.19, 0.19, 0.47])

    def _within(self, minutes: int | None) -> str:
        if minutes is None:
            return _("no standard")
        if minutes == 0:
            return _("at once")
        return _("within %(time)s") % {"time": minutes_as_duration(minutes)}

    def _step(self, page: ProcedurePage, step: Step, exits: list[Exit]) -> Iterator[Flowable]:
        yield Anchor(f"step-{page.pk}-{step.number}", "", -1)
        aside = [str(WHO[step.who])] if step.who in WHO else []
        if step.channels:
            names = ", ".join(step.channel_names)
            aside.append(_("only %(channels)s") % {"channels": names})
        words = f"{step.number}. {self.spelled(step.title)}"
        if aside:
            words += f' <font size="8">({self.spelled("; ".join(aside))})</font>'
        yield self.markup(words, "h3")
        yield from self._texts(
            {name: getattr(step, name) for name in ("instruction", "say", "record", "check")}
        )
        for variant in step.variants:
            yield self.say(_("On %(channel)s:") % {"channel": variant.label}, "variant")
            yield from self._texts(variant.texts)
            if variant.leaves_out:
                names = ", ".join(variant.left_out_labels)
                yield self.say(_("Does not hold here: %(what)s") % {"what": names}, "small")
        for example in step.examples:
            yield self.do_dont(example)
        if step.answers:
            lines = [f"<b>{self.spelled(step.question)}</b>"] if step.question else []
            lines += [self._way(page, way) for way in exits]
            yield self.markup("<br/>".join(lines), "box")

    def _texts(self, texts: Any) -> Iterator[Flowable]:
        if texts.get("instruction"):
            yield from self.rich(texts["instruction"])
        labels = {
            "say": _("Say"),
            "record": _("Record"),
            "check": _("Check before going on"),
        }
        for name, label in labels.items():
            if texts.get(name):
                yield self.markup(f"<b>{escape(label)}:</b> {self.spelled(texts[name])}", "box")

    def _way(self, page: ProcedurePage, way: Exit) -> str:
        answer = f"{self.spelled(way.text)}: " if way.text else ""
        if way.way is Way.STEP and way.step:
            words = _("go to step %(number)s") if not way.is_back else _("back to step %(number)s")
            to = escape(words % {"number": way.step.number})
            return f'{answer}<a href="#step-{page.pk}-{way.step.number}"><u>{to}</u></a>'
        if way.way is Way.LEVEL:
            contact = self.spelled(way.level.contact)
            return answer + escape(_("escalate to %(contact)s")) % {"contact": contact}
        if way.way is Way.PROCEDURE:
            title = self.spelled(way.procedure.title)
            words = escape(_("go to the procedure %(title)s")) % {"title": f"“{title}”"}
            address = self._address(way.procedure)
            if address is None:
                return answer + words
            return f'{answer}<a href="{escape(address)}"><u>{words}</u></a>'
        if way.way is Way.DONE:
            return answer + escape(_("done"))
        return answer + escape(_("something that is not published for you; ask your team lead"))

    def _escalation(self, page: ProcedurePage, flow: Flow) -> Iterator[Flowable]:
        if not flow.levels:
            return
        yield Anchor(f"escalation-{page.pk}", "", -1)
        yield self.heading(_("Escalation"), "h2")
        rows = [
            [
                str(number),
                level.when,
                level.contact,
                "–" if level.within_minutes is None else self._within(level.within_minutes),
            ]
            for number, level in enumerate(flow.levels, start=1)
        ]
        head = [_("Level"), _("When"), _("Contact"), _("How fast")]
        yield self.table(head, rows, [0.1, 0.46, 0.24, 0.2])

    def _replies(self, page: ProcedurePage, channel: Channel | None) -> Iterator[Flowable]:
        replies = [reply for reply in page.reply_templates.all() if reply.suits(channel)]
        if replies:
            yield self.heading(_("Reply templates"), "h2")
        for reply in replies:
            channels = f' <font size="8">({self.spelled(reply.channel_list)})</font>'
            yield self.markup(self.spelled(reply.title) + channels, "h3")
            body = "".join(part.text for part in reply.parts)
            yield self.say(body, "box")

    # Blocks -------------------------------------------------------------------------------------

    def blocks(self, stream: Any) -> Iterator[Flowable]:
        """The notes of a page. A kind of block that is not known here is printed as its text."""
        for block in stream:
            write = getattr(self, f"_block_{block.block_type}", None)
            if write:
                yield from write(block.value)
            else:
                for text in block.block.get_searchable_content(block.value):
                    yield self.say(text)

    def _block_text(self, value: Any) -> Iterator[Flowable]:
        yield from self.rich(value)

    def _block_callout(self, value: Any) -> Iterator[Flowable]:
        kinds = {"warning": _("Careful"), "tip": _("Tip")}
        kind = escape(kinds.get(value.get("kind"), _("Good to know")))
        yield self.markup(f"<b>{kind}:</b> {self.spelled(value['text'])}", "box")

    def _block_example(self, value: Any) -> Iterator[Flowable]:
        yield self.do_dont(value)

    def do_dont(self, value: Any) -> Flowable:
        return self.table([_("Do"), _("Don't")], [[value["do"], value["dont"]]], [0.5, 0.5])

    def _block_code(self, value: Any) -> Iterator[Flowable]:
        lines = self.speller.spell(value.get("code") or "").splitlines()
        yield self.markup(
            "<br/>".join(escape(line, quote=False).replace(" ", "\u00a0") for line in lines), "code"
        )

    def _block_table(self, value: Any) -> Iterator[Flowable]:
        if not value or not value.columns:
            return
        share = [1 / len(value.columns)] * len(value.columns)
        head = [column["heading"] for column in value.columns]
        rows = [[self._cell(cell) for cell in row] for row in value.rows]
        if getattr(value, "caption", ""):
            yield self.say(value.caption, "small")
        yield self.table(head, rows, share)

    def _cell(self, cell: Any) -> list[Flowable]:
        return self.rich(cell.value) or [self.say("", "cell")]

    def _block_image(self, value: Any) -> Iterator[Flowable]:
        image = value.get("image")
        if image is None:
            return
        try:
            rendition = image.get_rendition(f"max-{_WIDEST_IMAGE}x{_WIDEST_IMAGE}")
            with rendition.file.open("rb") as file:
                data = io.BytesIO(file.read())
            width, height = ImageReader(data).getSize()
            data.seek(0)
        except (OSError, ValueError):
            # The file is gone or is no picture: its description is what is left.
            yield self.say(_("[Image: %(alt)s]") % {"alt": value.get("alt", "")}, "small")
            return
        scale = min(WIDTH / width, _TALLEST / height, 0.75)
        yield Image(data, width * scale, height * scale, hAlign="LEFT")
        words = value.get("caption") or value.get("alt")
        if words:
            yield self.say(words, "small")

    def table(self, head: list[str], rows: list[list[Any]], shares: list[float]) -> Table:
        cells = [[self.say(text, "head") for text in head]]
        for row in rows:
            cells.append(
                [self.say(cell, "cell") if isinstance(cell, str) else cell for cell in row]
            )
        table = Table(
            cells, [share * WIDTH for share in shares], repeatRows=1, spaceBefore=2, spaceAfter=8
        )
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("BACKGROUND", (0, 0), (-1, 0), self.styles.sunken),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.5, self.styles.line),
                    ("LEFTPADDING", (0, 0), (-1, -1), 5),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 5),
                    ("TOPPADDING", (0, 0), (-1, -1), 4),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ]
            )
        )
        return table

    def warning(self, address: str) -> list[Flowable]:
        """Said at the beginning where letters could not be printed."""
        if not self.speller.unprintable:
            return []
        words = _(
            "This file lacks the letters of some scripts. Where it says “not printable”, read the text "
            "on the screen: %(address)s"
        ) % {"address": address}
        return [self.markup(f"<b>{self.spelled(words)}</b>", "box")]


def write_procedure(
    target: IO[bytes], page: ProcedurePage, *, user: Reader, channel: Channel | None, base_url: str
) -> None:
    """The PDF of one procedure into `target`."""
    writer = Writer(user, inside=[page.pk], base_url=base_url)
    story = list(writer.procedure(page, channel=channel))
    story = [*writer.warning(f"{writer.base_url}{page.url}"), *story]
    _document(target, writer, title=page.title, keys=[]).build(story)


def write_manual(
    target: IO[bytes],
    manual: ManualIndexPage,
    pages: Sequence[ManualSectionPage | ProcedurePage],
    *,
    user: Reader,
    base_url: str,
    on_page: Callable[[int], None] = lambda done: None,
) -> None:
    """The PDF of `pages`, in reading order, with contents; `on_page` is told how many are laid out."""
    writer = Writer(user, inside=[page.pk for page in pages], base_url=base_url)
    levels = _levels(Tree(pages).roots)
    body: list[Flowable] = []
    for done, page in enumerate(pages, start=1):

        def told(done: int = done) -> None:
            on_page(done)

        body.append(PageBreak())
        level = levels[page.pk]
        if isinstance(page, ProcedurePage):
            body += writer.procedure(page, level=level, on_page=told)
        else:
            body += _section(writer, page, level, told)
    newest = max((page.last_published_at for page in pages if page.last_published_at), default=None)
    front: list[Flowable] = [Spacer(1, 90), writer.say(manual.title, "title")]
    if manual.introduction:
        front.append(writer.say(manual.introduction, "lead"))
    if newest:
        day = date_format(localtime(newest), "DATETIME_FORMAT")
        front.append(writer.say(_("Edition of %(date)s") % {"date": day}))
    front += writer.warning(f"{writer.base_url}{manual.url}")
    front += [
        PageBreak(),
        Anchor("contents", _("Contents"), 0),
        writer.heading(_("Contents"), "h1"),
    ]
    keys = []
    for page in pages:
        keys.append(f"page-{page.pk}")
        title = writer.speller.spell(page.title)
        front.append(ContentsLine(keys[-1], title, levels[page.pk], writer.styles))
    _document(target, writer, title=manual.title, keys=keys).build([*front, *body])


def _levels(nodes: Sequence[Node], level: int = 0) -> dict[int, int]:
    """How deep each page stands among those that are printed, by id."""
    found = {}
    for node in nodes:
        found[node.page.pk] = level
        found |= _levels(node.children, level + 1)
    return found


def _section(
    writer: Writer, page: ManualSectionPage, level: int, told: Callable[[], None]
) -> Iterator[Flowable]:
    yield Anchor(f"page-{page.pk}", writer.speller.spell(page.title), level, told)
    yield writer.heading(page.title, "h1")
    if page.introduction:
        yield writer.say(page.introduction, "lead")
    yield from writer.about_language(page)
    yield from writer.blocks(page.notes)


def _document(target: IO[bytes], writer: Writer, *, title: str, keys: list[str]) -> Document:
    spelled = writer.speller.spell(title)
    return Document(
        target,
        styles=writer.styles,
        foot=spelled if len(spelled) < 80 else f"{spelled[:78]}…",
        page_words=_("Page %(page)s of %(total)s"),
        keys=keys,
        title=title,
        author="Evenhand",
        creator="Evenhand",
        subject=_("Manual"),
        lang=get_language() or "en",
    )
