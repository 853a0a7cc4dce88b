"""The words of a procedure as plain text, part by part, and the difference between two such texts.

Reads whatever fields, blocks and rows a procedure has, so that a new block needs nothing here. What
`difference` works on is plain data and outlives the revision it was read from.
"""

import difflib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.rich_text import RichText

from content.blocks import BranchTargetBlock

# Of the edition and not of its words.
LEFT_OUT = {"change_note", "change_kind"}
# Beyond this many words a comparison by word takes seconds; by line it does not.
MOST_WORDS = 3000


@dataclass(frozen=True, slots=True)
class Part:
    """One field, one step, one note. `key` finds it again in another edition."""

    key: str
    label: str
    text: str


class Run(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class What(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one part; `runs` are its words, in order."""

    what: What
    label: str
    runs: Sequence[tuple[Run, str]]
    was_moved: bool = False


def parts_of(page: Page) -> list[dict[str, str]]:
    """The words of `page` as they stand, ready to be kept. A query for each kind of row below it."""
    return [asdict(part) for part in _parts(page) if part.text]


def _parts(page: Page) -> Iterator[Part]:
    yield Part("title", _("Title"), page.title)
    own = [field for field in page._meta.local_concrete_fields if field.name not in LEFT_OUT]
    levels = getattr(page, "escalation_levels", None)
    contacts = {level.key: level.contact for level in levels.all()} if levels else {}
    for field in own:
        if isinstance(field, StreamField):
            yield from _stream_parts(field, getattr(page, field.name), contacts)
        elif isinstance(field, models.CharField | models.TextField):
            text = str(getattr(page, field.name) or "").strip()
            yield Part(field.name, capfirst(str(field.verbose_name)), text)
    for relation in get_all_child_relations(page):
        rows = getattr(page, relation.get_accessor_name()).all()
        model = relation.related_model
        if model._meta.app_label != "content":
            continue  # Comments and the like are not words of the page.
        text = "\n".join(_row_text(row, relation.field.name) for row in rows)
        yield Part(
            relation.get_accessor_name(), capfirst(str(model._meta.verbose_name_plural)), text
        )
    replies = getattr(page, "reply_templates", None)
    if replies is not None:
        text = "\n".join(sorted(reply.title for reply in replies.all()))
        yield Part("reply_templates", _("Reply templates"), text)


def _stream_parts(field: Any, stream: Any, contacts: Mapping[str, str]) -> Iterator[Part]:
    titles = dict(contacts) | {
        str(block.id): f"{number}: {_title(block.value)}"
        for number, block in enumerate(stream, start=1)
    }
    counted: dict[str, int] = {}
    for block in stream:
        kind = str(block.block.label)
        number = counted[kind] = counted.get(kind, 0) + 1
        title = _title(block.value)
        label = f"{kind} {number}: {title}" if title else f"{kind} {number}"
        text = "\n".join(_lines(block.block, block.value, titles))
        yield Part(f"{field.name}:{block.id}", label, text)


def _title(value: Any) -> str:
    return str(value.get("title") or "") if isinstance(value, Mapping) else ""


def _row_text(row: models.Model, parent: str) -> str:
    skipped = {"id", "sort_order", "key", parent, "translation_key", "locale"}
    said = []
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name)
        if field.name in skipped or value in (None, ""):
            continue
        label = getattr(row, f"get_{field.name}_display", lambda value=value: value)()
        said.append(f"{capfirst(str(field.verbose_name))}: {label}")
    return "; ".join(said)


def _lines(block: blocks.Block, value: Any, titles: Mapping[str, str]) -> Iterator[str]:
    """The words of a value, with the label of each field before them."""
    if value in (None, "", [], {}):
        return
    if isinstance(block, TypedTableBlock):
        if any(column["heading"] for column in value.columns):
            yield " | ".join(str(column["heading"]) for column in value.columns)
        for row in value.rows:
            yield " | ".join(" ".join(_lines(cell.block, cell.value, titles)) for cell in row)
    elif isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items():
            words = list(_lines(child, value.get(name), titles))
            if not words or name == "title":
                yield from words
            elif len(words) == 1:
                yield f"{child.label}: {words[0]}"
            else:
                yield f"{child.label}:"
                yield from words
    elif isinstance(block, blocks.BaseStreamBlock):
        for child in value:
            yield from _lines(child.block, child.value, titles)
    elif isinstance(block, blocks.ListBlock):
        for child in value:
            yield from _lines(block.child_block, child, titles)
    else:
        yield from _plain(block, value, titles)


def _plain(block: blocks.Block, value: Any, titles: Mapping[str, str]) -> Iterator[str]:
    if isinstance(block, BranchTargetBlock):
        way, _colon, target = str(value).partition(":")
        yield f"{way} {titles.get(target, target)}".strip()
    elif isinstance(value, RichText):
        yield from _rich_lines(value.source)
    elif isinstance(value, bool):
        yield _("yes") if value else _("no")
    elif hasattr(block, "field") and getattr(block.field, "choices", None) is not None:
        chosen = value if isinstance(value, list | tuple) else [value]
        if isinstance(value, models.Model):
            yield str(value)
            return
        names = _choices(block.field.choices)
        yield ", ".join(str(names.get(str(each), each)) for each in chosen)
    else:
        yield from (line.strip() for line in str(value).splitlines() if line.strip())


def _choices(choices: Iterable[Any]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for value, label in choices:
        if isinstance(label, list | tuple):
            names |= {str(each): name for each, name in label}
        else:
            names[str(value)] = label
    return names


def _rich_lines(source: str) -> Iterator[str]:
    marked = re.sub(r"<li[^>]*>", "\n• ", source)
    marked = re.sub(r"</(p|li|ul|ol|h\d|blockquote|tr)>|<(br|hr)\s*/?>", "\n", marked)
    for line in html.unescape(strip_tags(marked)).splitlines():
        if line.strip(" \t•"):
            yield " ".join(line.split())


def difference(older: Sequence[dict[str, str]], newer: Sequence[dict[str, str]]) -> list[Change]:
    """What changed from one edition's parts to another's, in the order of the newer text; what was
    removed stands where it was missed."""
    before, after = [Part(**each) for each in older], [Part(**each) for each in newer]
    pairs = _pairs(before, after)
    was_at = {id(part): place for place, part in enumerate(before)}
    stayed = _in_order([was_at[id(pairs[id(part)])] for part in after if id(part) in pairs])
    changes: list[tuple[float, Change]] = []
    place = -1.0
    for part in after:
        origin = pairs.get(id(part))
        if origin is None:
            changes.append((place + 0.5, Change(What.ADDED, part.label, [(Run.ADDED, part.text)])))
            continue
        moved = was_at[id(origin)] not in stayed
        if not moved:
            place = float(was_at[id(origin)])
        if origin.text != part.text:
            runs = compare_words(origin.text, part.text)
            changes.append((place, Change(What.CHANGED, part.label, runs, was_moved=moved)))
        elif moved:
            changes.append((place + 0.5, Change(What.MOVED, part.label, [], was_moved=True)))
    kept = {id(origin) for origin in pairs.values()}
    for at, part in enumerate(before):
        if id(part) not in kept:
            removed = Change(What.REMOVED, part.label, [(Run.REMOVED, part.text)])
            changes.append((at + 0.25, removed))
    return [change for _at, change in sorted(changes, key=lambda each: each[0])]


def _pairs(before: list[Part], after: list[Part]) -> dict[int, Part]:
    """For each part of `after` that was there before, what it was: by its key, else by its words, else
    by its name. Keys change when a page is imported or built anew."""
    pairs: dict[int, Part] = {}
    left = list(before)
    for same in (
        lambda old, new: old.key == new.key,
        lambda old, new: _kind(old) == _kind(new) and old.text == new.text,
        lambda old, new: _kind(old) == _kind(new) and _name(old) == _name(new),
    ):
        for part in after:
            if id(part) in pairs:
                continue
            match = next((old for old in left if same(old, part)), None)
            if match is not None:
                pairs[id(part)] = match
                left.remove(match)
    return pairs


def _kind(part: Part) -> str:
    return part.key.partition(":")[0]


def _name(part: Part) -> str:
    """A step's label without its number."""
    return re.sub(r"\s\d+(?=:|$)", "", part.label, count=1)


def _in_order(places: Sequence[int]) -> set[int]:
    """The longest run of `places` that keeps its order: the rest was moved."""
    best: list[list[int]] = [[]]
    for at, place in enumerate(places):
        found: list[int] = max(
            (best[other + 1] for other in range(at) if places[other] < place), key=len, default=[]
        )
        best.append([*found, place])
    longest: list[int] = max(best, key=len)
    return set(longest)


def compare_words(older: str, newer: str) -> list[tuple[Run, str]]:
    """The words of both texts in order, each run said to be the same, added or removed."""
    pattern = r"\n|[^\S\n]+|[^\s]+"
    before, after = re.findall(pattern, older), re.findall(pattern, newer)
    if len(before) + len(after) > MOST_WORDS * 2:
        before, after = older.splitlines(keepends=True), newer.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    runs: list[tuple[Run, str]] = []
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            runs.append((Run.SAME, "".join(before[a_from:a_to])))
            continue
        if a_to > a_from:
            runs.append((Run.REMOVED, "".join(before[a_from:a_to])))
        if b_to > b_from:
            runs.append((Run.ADDED, "".join(after[b_from:b_to])))
    return _without_shreds(runs)


def _without_shreds(runs: list[tuple[Run, str]]) -> list[tuple[Run, str]]:
    """Take a lone space between two changes into them: "a b" → "c d" reads as one change."""
    joined: list[tuple[Run, str]] = []
    removed = added = ""
    for place, (run, text) in enumerate(runs):
        is_shred = run is Run.SAME and text.strip() == "" and "\n" not in text
        between = 0 < place < len(runs) - 1
        if run is Run.SAME and not (is_shred and between):
            joined += [(Run.REMOVED, removed)] if removed else []
            joined += [(Run.ADDED, added)] if added else []
            removed = added = ""
            joined.append((run, text))
            continue
        removed += text if run in (Run.REMOVED, Run.SAME) else ""
        added += text if run in (Run.ADDED, Run.SAME) else ""
    joined += [(Run.REMOVED, removed)] if removed else []
    joined += [(Run.ADDED, added)] if added else []
    return joined
