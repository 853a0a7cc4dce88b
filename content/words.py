"""The words the manual has, and which of them somebody meant who mistyped one.

Read only when a search found nothing or next to nothing. The distance is counted here and not asked of
the database: trigrams, which PostgreSQL could compare, share too little between "refnud" and "refund",
and SQLite has none; so both databases find the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from wagtail.models import Page

from content.models import ManualSectionPage, ManualWords, ProcedurePage, ReplyTemplate
from content.models.base import VisiblePageQuerySet
from people.models import User

SHORTEST = 4
LONGEST = 40
MOST_CORRECTED = 6
# With so many results at most, a rare word may be a slip of the author's that the reader shares.
FEW = 2
MUCH_MORE = 5

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words_of(texts: Iterable[str]) -> str:
    """The different words of `texts` that are worth knowing, as they are stored."""
    found = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return " ".join(sorted(word for word in found if 2 < len(word) <= LONGEST))


def learn_page(instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """A page of the manual was saved whole, which publishing does and keeping a draft does not."""
    if raw or update_fields is not None or not instance.live:
        return
    _keep(ManualWords(page_id=instance.pk, words=words_of(_texts_of(instance))), "page")


def learn_template(instance: ReplyTemplate, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        words = words_of([instance.title, instance.body])
        _keep(ManualWords(template=instance, words=words), "template")


def _keep(row: ManualWords, source: str) -> None:
    ManualWords.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=[source], update_fields=["words"]
    )


def learn_what_is_unknown(plan: Sequence[Any] | None = None, **kwargs: Any) -> None:
    """After a migration: pages and templates that are older than this table."""
    if plan is not None and not plan:
        return
    if ManualWords._meta.db_table not in connection.introspection.table_names():
        return  # Migrated to a state from before this table.
    known = ManualWords.objects.filter(page__isnull=False).values("page")
    for model in (ProcedurePage, ManualSectionPage):
        for page in model.objects.live().exclude(pk__in=known).iterator(chunk_size=50):
            learn_page(page)
    templates = ManualWords.objects.filter(template__isnull=False).values("template")
    for template in ReplyTemplate.objects.exclude(pk__in=templates).iterator(chunk_size=50):
        learn_template(template)


def _texts_of(page: Any) -> Iterator[str]:
    yield page.title
    for name in ("purpose", "introduction"):
        yield getattr(page, name, "")
    for name in ("steps", "notes"):
        stream = getattr(page, name, None)
        if stream:
            yield from stream.stream_block.get_searchable_content(stream)


def vocabulary(user: User) -> Counter[str]:
    """Each word of what `user` may read, with the number of pages and templates that have it. Two
    queries; some hundred kilobytes with some hundred pages."""
    pages = VisiblePageQuerySet(Page).for_reader(user).values("pk")
    templates = ReplyTemplate.objects.visible_to(user).values("pk")
    counts: Counter[str] = Counter()
    known = ManualWords.objects.order_by()
    for rows in (known.filter(page__in=pages), known.filter(template__in=templates)):
        for words in rows.values_list("words", flat=True):
            counts.update(words.split(" "))
    return counts


def corrected(words: Sequence[str], known: Counter[str], *, found: int = 0) -> list[str] | None:
    """`words` with those replaced that nobody wrote; None where there is nothing better to offer.

    Where something was `found` all the same, a rare word gives way to a near one that is much more
    frequent. A beginning of a word becomes the word.
    """
    if len(words) > MOST_CORRECTED:
        return None
    offered = [_meant(word, known, is_found=found > 0) for word in words]
    return offered if offered != list(words) else None


def _meant(word: str, known: Counter[str], *, is_found: bool) -> str:
    count = known[word]
    if len(word) < SHORTEST or len(word) > LONGEST or not word.isalpha():
        return word
    if count and not (is_found and count <= FEW):
        return word
    if not count:
        begun = [each for each in known if each.startswith(word)]
        if begun:
            return max(begun, key=lambda each: (known[each], -len(each), each))
    most = 2 if len(word) > 5 else 1
    near = [(distance, each) for each, distance in _near(word, known, most) if each != word]
    if count:
        near = [pair for pair in near if pair[0] == 1 and known[pair[1]] >= MUCH_MORE * count]
    # A slip in the first letter is rare.
    best = min(
        near,
        key=lambda pair: (pair[0], pair[1][0] != word[0], -known[pair[1]], pair[1]),
        default=None,
    )
    return best[1] if best else word


def _near(word: str, known: Iterable[str], most: int) -> Iterator[tuple[str, int]]:
    letters = Counter(word)
    for each in known:
        if abs(len(each) - len(word)) > most:
            continue
        # So many letters have to come or go at least; it spares nearly all the tables below.
        if max((letters - Counter(each)).total(), (Counter(each) - letters).total()) > most:
            continue
        distance = distance_between(word, each)
        if distance <= most:
            yield each, distance


def distance_between(one: str, other: str) -> int:
    """How many letters to put in, take out, change or swap with their neighbour to get from one word to
    the other (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, a in enumerate(one, start=1):
        line = [row]
        for column, b in enumerate(other, start=1):
            least = min(above[column] + 1, line[-1] + 1, above[column - 1] + (a != b))
            if row > 1 and column > 1 and a == other[column - 2] and one[row - 2] == b:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        before, above = above, line
    return above[-1]
