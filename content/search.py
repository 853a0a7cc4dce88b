"""Search in the manual: what a person types, what is found, and the excerpt shown for it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.models import Page
from wagtail.rich_text import RichText
from wagtail.search.query import MATCH_NONE, SearchQuery
from wagtail.search.utils import parse_query_string

from content import words as known_words
from content.headings import headed, in_one_line
from content.languages import is_multilingual
from content.models import ManualSectionPage, ProcedurePage, ReplyTemplate, VisiblePageQuerySet
from content.steps import steps_in
from content.tree import place_of
from people.channels import Channel
from people.models import User

MAX_LENGTH = 200
EXCERPT_LENGTH = 220

_QUOTES = str.maketrans("“”„«»", '"' * 5)
_NOT_SEARCHABLE = re.compile(r"[^\w\s\"'’-]|_|(?<!\w)-|-(?!\w)")
_WORD = re.compile(r"\w+(?:['’]\w+)*")
# Enough of a word to know its other forms by. Only for marking; the index does its own stemming.
_ENDING = re.compile(r"(?:ations?|ating|ate[ds]?|ions?|ings?|ie[ds]|e[ds]|e|s|y)$")


class Kind(StrEnum):
    PAGE = "page"
    TEMPLATE = "template"


@dataclass(frozen=True)
class Hit:
    """Something found, not yet loaded."""

    kind: Kind
    pk: int


@dataclass(frozen=True)
class Place:
    """Where on a page the words stand: a step with its number, or under a heading. `anchor` is what
    comes after the page's address, so that the place is there on whatever channel one works on."""

    anchor: str
    title: SafeString
    step: int | None = None


@dataclass
class Result:
    """A hit with what its row shows; `title` and `excerpt` have what was searched for marked."""

    kind: Kind
    found: ManualSectionPage | ProcedurePage | ReplyTemplate
    title: SafeString
    excerpt: SafeString
    channels: list[str] = field(default_factory=list)
    section: str = ""
    place: Place | None = None


def clean(text: str) -> str:
    """What was typed, without what no index can look for: signs, control characters, excess."""
    searchable = _NOT_SEARCHABLE.sub(" ", text[:MAX_LENGTH].translate(_QUOTES))
    return " ".join(searchable.split())


def find(text: str, *, user: User, channel: Channel | None = None) -> list[Hit]:
    """The sections, procedures and reply templates that `user` may read, the best first.

    `text` comes from `clean`. Pages come before templates, and in both those with every word in
    the title. The beginning of a word finds titles and purposes too, for who is still typing. Four
    queries; the titles of the whole manual are read, the texts are not.
    """
    words = words_in(text)
    if not words:
        return []
    wanted = _Wanted(
        query=parse_query_string(text, operator="and", zero_terms=MATCH_NONE)[1],
        words=words,
        may_be_begun='"' not in text,
    )
    return [*_pages(wanted, user, channel), *_templates(wanted, user, channel)]


@dataclass(frozen=True)
class _Wanted:
    query: SearchQuery
    words: list[str]
    may_be_begun: bool

    def in_order(self, ranked: Iterable[int], short: dict[int, tuple[str, str]]) -> list[int]:
        """The keys in `short` which the index ranked or whose texts hold the words, best first."""
        by_index = dict.fromkeys(pk for pk in ranked if pk in short)
        begun = (
            pk
            for pk, texts in short.items()
            if self.may_be_begun and all(word in " ".join(texts).casefold() for word in self.words)
        )
        found = [*by_index, *(pk for pk in begun if pk not in by_index)]
        patterns = [_pattern([word]) for word in self.words]
        return sorted(found, key=lambda pk: not all(each.search(short[pk][0]) for each in patterns))


def _pages(wanted: _Wanted, user: User, channel: Channel | None) -> Iterable[Hit]:
    pages = VisiblePageQuerySet(Page).type(ProcedurePage, ManualSectionPage).for_reader(user)
    if channel:
        pages = pages.filter(procedurepage__channel_standards__channel=channel)
    short = {
        pk: (title, purpose or "")
        for pk, title, purpose in pages.values_list("pk", "title", "procedurepage__purpose")
    }
    everything = Page.objects.type(ProcedurePage, ManualSectionPage)
    ranked = everything.search(wanted.query).get_queryset().values_list("pk", flat=True)
    return (Hit(Kind.PAGE, pk) for pk in wanted.in_order(ranked, short))


def _templates(wanted: _Wanted, user: User, channel: Channel | None) -> Iterable[Hit]:
    templates = ReplyTemplate.objects.visible_to(user).values_list("pk", "title", "channels")
    short = {
        pk: (title, "")
        for pk, title, channels in templates
        if channel is None or not channels or channel in channels
    }
    everything = ReplyTemplate.objects.all()
    ranked = everything.search(wanted.query).get_queryset().values_list("pk", flat=True)
    return (Hit(Kind.TEMPLATE, pk) for pk in wanted.in_order(ranked, short))


@dataclass(frozen=True)
class Correction:
    """What was searched for instead, or is offered, where somebody mistyped."""

    text: str
    hits: list[Hit]


def correct(
    text: str, *, user: User, channel: Channel | None = None, found: int = 0
) -> Correction | None:
    """The search for what `text` may have meant, if that finds more than the `found` hits.

    Two queries for the words of the manual, and those of `find` where another word is near. What stands
    in quotation marks is meant as it is.
    """
    if '"' in text:
        return None
    meant = known_words.corrected(words_in(text), known_words.vocabulary(user), found=found)
    if meant is None:
        return None
    better = " ".join(meant)
    hits = find(better, user=user, channel=channel)
    return Correction(better, hits) if len(hits) > found else None


def load(
    hits: Sequence[Hit], text: str, *, user: User, channel: Channel | None = None
) -> list[Result]:
    """Load what a page of hits shows. At most six queries, however many hits."""
    words = words_in(text)
    pages = {hit.pk for hit in hits if hit.kind is Kind.PAGE}
    templates = {hit.pk for hit in hits if hit.kind is Kind.TEMPLATE}
    procedures = ProcedurePage.objects.for_reader(user).filter(pk__in=pages)
    procedures = procedures.prefetch_related("channel_standards")
    sections = ManualSectionPage.objects.for_reader(user).filter(pk__in=pages)
    replies = ReplyTemplate.objects.filter(pk__in=templates).with_procedures_for(user)
    results: dict[Hit, Result] = {}
    if pages:
        found = [*procedures, *sections]
        above = {place_of(page)[: -Page.steplen] for page in found}
        titles = _titles_of_sections(above, user)
        for page in found:
            result = _of_page(page, words, channel)
            result.section = titles.get(place_of(page)[: -Page.steplen], "")
            results[Hit(Kind.PAGE, page.pk)] = result
    if templates:
        for reply in replies:
            marked = mark(reply.title, words), excerpt([reply.body], words)
            results[Hit(Kind.TEMPLATE, reply.pk)] = Result(
                Kind.TEMPLATE, reply, *marked, reply.channel_names
            )
    return [results[hit] for hit in hits if hit in results]


def _titles_of_sections(places: set[str], user: User) -> dict[str, str]:
    """As `user` reads them. One query."""
    if not is_multilingual():
        sections = ManualSectionPage.objects.filter(path__in=places)
        return dict(sections.values_list("path", "title"))
    sections = ManualSectionPage.objects.for_reader(user).filter(place__in=places)
    return dict(sections.values_list("place", "title"))


def _of_page(
    page: ManualSectionPage | ProcedurePage, words: Sequence[str], channel: Channel | None
) -> Result:
    channels = [] if isinstance(page, ManualSectionPage) else page.channels
    result = Result(
        Kind.PAGE,
        page,
        title=mark(page.title, words),
        excerpt=SafeString(""),
        channels=[str(each.label) for each in channels],
    )
    parts = list(_parts_of(page, channel, channels))
    # Whoever types the title wants the page; whatever is typed besides leads to a place on it.
    patterns = [_pattern([word]) for word in words]
    beside = [each for each in patterns if not each.search(page.title)]
    best = max(parts, key=lambda part: part.rank(beside, patterns)) if beside else parts[0]
    if best.anchor:
        result.place = Place(best.anchor, mark(best.title, words), best.step)
    result.excerpt = excerpt(best.texts if any(best.texts) else parts[0].texts, words)
    return result


@dataclass(frozen=True)
class _Part:
    """A stretch of a page one can lead to; the first one of a page is its beginning."""

    title: str
    texts: list[str]
    anchor: str = ""
    step: int | None = None

    def rank(
        self, beside: Sequence[re.Pattern[str]], patterns: Sequence[re.Pattern[str]]
    ) -> tuple[int, int, int]:
        """How many of the words it has that the page's title has not, of those in its own title, and
        of all."""
        whole = " ".join([self.title, *self.texts])
        return (
            sum(bool(each.search(whole)) for each in beside),
            sum(bool(each.search(self.title)) for each in beside),
            sum(bool(each.search(whole)) for each in patterns),
        )


def _parts_of(
    page: ManualSectionPage | ProcedurePage, channel: Channel | None, held: Sequence[Channel]
) -> Iterator[_Part]:
    yield _Part("", [page.introduction if isinstance(page, ManualSectionPage) else page.purpose])
    query = f"?channel={channel.value}" if channel and channel in held else ""
    if isinstance(page, ProcedurePage):
        for step, block in zip(steps_in(page.steps), page.steps, strict=True):
            if step.holds_on(channel):
                # A step of one channel is not on the page of who works on another one.
                shown = query or ("?channel=all" if step.channels else "")
                texts = list(_texts_in(block.block, block.value))[1:]
                yield _Part(step.title, texts, f"{shown}#step-{step.number}", step.number)
    heading, anchor = "", "#notes" if isinstance(page, ProcedurePage) else ""
    for block in page.notes:
        if block.block_type != "text":
            yield _Part(heading, list(_texts_in(block.block, block.value)), anchor)
            continue
        for slug, words, text in headed(block.value.source):
            if slug:
                heading, anchor = words, f"#{slug}"
            yield _Part(heading, [text], anchor)


def _texts_in(block: blocks.Block, value: Any) -> Iterator[str]:
    """What the index has of a block, as it is quoted."""
    if isinstance(value, RichText):
        yield in_one_line(value.source)
    elif isinstance(block, TypedTableBlock):
        for row in value.rows if value else []:
            for cell in row:
                yield from _texts_in(cell.block, cell.value)
    elif isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items():
            yield from _texts_in(child, value.get(name))
    elif isinstance(block, blocks.ListBlock):
        for each in value:
            yield from _texts_in(block.child_block, each)
    else:
        yield from block.get_searchable_content(value)


def words_in(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds each of `words`, and of those with four letters or more the other forms as well."""
    parts = []
    for word in words:
        stem = _ENDING.sub("", word)
        root = stem if len(stem) >= 4 else word
        parts.append(rf"{re.escape(root)}\w*" if len(root) >= 4 else rf"{re.escape(root)}\b")
    return re.compile(rf"\b(?:{'|'.join(parts)})", re.IGNORECASE)


def mark(text: str, words: Sequence[str]) -> SafeString:
    """`text` escaped, with `<mark>` around what was searched for."""
    if not words:
        return format_html("{}", text)
    pieces, end = [], 0
    for match in _pattern(words).finditer(text):
        pieces.append(format_html("{}<mark>{}</mark>", text[end : match.start()], match.group()))
        end = match.end()
    pieces.append(format_html("{}", text[end:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def excerpt(texts: Iterable[str], words: Sequence[str]) -> SafeString:
    """The stretch of that text which holds most of the words; without any, the first text begins."""
    texts = [" ".join(text.split()) for text in texts if text and text.strip()]
    if not texts:
        return SafeString("")
    patterns = [_pattern([word]) for word in words]
    best = max(texts, key=lambda text: sum(bool(each.search(text)) for each in patterns))
    first = _pattern(words).search(best) if words else None
    start = max(0, first.start() - EXCERPT_LENGTH // 3) if first else 0
    if start:
        start = best.find(" ", start) + 1
    stop = start + EXCERPT_LENGTH
    if stop < len(best):
        stop = max(best.rfind(" ", start, stop), first.end() if first else start + 1)
    shown = mark(best[start:stop], words)
    return format_html("{}{}{}", "… " if start else "", shown, " …" if stop < len(best) else "")
