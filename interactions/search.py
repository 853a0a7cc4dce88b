"""Search in what was said: what people type, what is found, and the stretch of it that is shown.

Every word has to be there, in whatever form; "two words" in quotation marks stand next to each other; a
minus excludes; an asterisk at the end stands for any ending. Nothing that can be typed is an error.
"""

# ruff: noqa: S608, S611 (the names in this SQL are its own; whatever was typed is a parameter)

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from interactions.models import Interaction, InteractionQuerySet
from interactions.search_index import INDEX, TRANSCRIPTS, configuration

MAX_LENGTH = 200
MAX_TERMS = 16
# More than this are not put in order of how well they fit: that reads every one of them, and of a word
# that is everywhere the best match means little.
RANKED_AT_MOST = 5000
# Nor are more than this counted, and paged through: to count a word that is everywhere is to read all.
COUNTED_AT_MOST = 10_000
# How far down a list of very many each row in turn is asked whether it says the words; beyond, all that
# do are sought first.
LOOKED_FOR_IN_TURN = 1000
# Of Unicode's private use; whatever a text has of them itself is left out of what is shown.
_START, _STOP = "\ue000", "\ue001"
_MARKED = re.compile(f"{_START}([^{_START}{_STOP}]*){_STOP}")
_QUOTES = str.maketrans("“”„«»", '"' * 5)
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or a phrase of several; letters and digits with single spaces between."""

    words: str
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for. False where there is nothing to look for."""

    wanted: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.excluded)


def parse(text: str) -> Query:
    """Read what was typed. A minus inside of a word is a part of it; what has neither letter nor digit
    is passed over."""
    text = unicodedata.normalize("NFC", text[:MAX_LENGTH].translate(_QUOTES))
    wanted: list[Term] = []
    excluded: list[Term] = []
    for match in _TERM.finditer(text):
        minus, phrase, word = match.groups()
        typed = phrase if phrase is not None else word
        words = " ".join("".join(c if c.isalnum() else " " for c in typed).split())
        if not words:
            continue
        term = Term(words, is_begun=phrase is None and word.endswith("*"))
        into = excluded if minus else wanted
        if term not in into and len(wanted) + len(excluded) < MAX_TERMS:
            into.append(term)
    return Query(tuple(wanted), tuple(excluded))


def saying(
    rows: InteractionQuerySet, query: Query, *, engine: "Engine | None" = None
) -> InteractionQuerySet:
    """Those of `rows` whose transcript says what `query` asks for. No query of its own but, on
    PostgreSQL, one for the languages."""
    engine = engine or engine_in_use()
    if query.wanted:
        sql, params = engine.found(query)
        return rows.filter(pk__in=RawSQL(sql, params))
    for term in query.excluded:
        sql, params = engine.found(Query((term,)))
        rows = rows.exclude(pk__in=RawSQL(sql, params))
    return rows


class BestFirst:
    """The same for a paginator: those of `rows` that say what `query` asks for, the best match first.

    Three queries for a page. `is_ranked` is False where too many were found; then they come in the order
    of `rows`. `is_capped` where there are more than can be paged through.
    """

    ordered = True

    def __init__(self, rows: InteractionQuerySet, query: Query) -> None:
        self.rows = rows
        self.query = query
        self.engine = engine_in_use()
        self.found = saying(rows, query, engine=self.engine)
        counted = self._count()
        self.is_capped = counted > COUNTED_AT_MOST
        self.total = min(counted, COUNTED_AT_MOST)
        self.is_ranked = bool(query.wanted) and self.total <= RANKED_AT_MOST

    def _count(self) -> int:
        limit = COUNTED_AT_MOST + 1
        if self.rows.query.where or not self.query.wanted:
            return self.found.order_by()[:limit].count()
        # Every transcript is some interaction's: no need to look at those.
        sql, params = self.engine.found(self.query)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({sql} LIMIT %s) found", [*params, limit])
            return cursor.fetchone()[0]

    def __len__(self) -> int:
        return self.total

    def count(self) -> int:
        return self.total

    def __getitem__(self, place: slice) -> list[Interaction]:
        if not self.is_ranked:
            is_near = bool(self.query.wanted) and place.stop <= LOOKED_FOR_IN_TURN
            rows = self.engine.in_turn(self.rows, self.query) if is_near else self.found
            return list(rows[place])
        first, last = place.start or 0, min(place.stop, self.total)
        ids = self.engine.best(self.rows, self.query, first=first, count=last - first)
        found = self.rows.in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]


def snippets(ids: Collection[int], query: Query) -> dict[int, SafeString]:
    """For each of these interactions that says what is wanted, the stretch that says most of it, with the
    words marked. One query; whoever calls has seen to it that they may be read."""
    if not ids or not query.wanted:
        return {}
    sql, params = engine_in_use().stretches(list(ids), query)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {pk: marked(text) for pk, text in cursor.fetchall() if text}


def marked(text: str) -> SafeString:
    """A stretch as the database gives it, escaped, with `<mark>` around what was found."""
    parts = []
    end = 0
    for match in _MARKED.finditer(text):
        before = _plain(text[end : match.start()])
        parts.append(format_html("{}<mark>{}</mark>", before, match.group(1)))
        end = match.end()
    parts.append(format_html("{}", _plain(text[end:])))
    return format_html_join("", "{}", ((part,) for part in parts))


def _plain(text: str) -> str:
    return text.replace(_START, "").replace(_STOP, "")


class _SQLite:
    """FTS5. Every term is a string in quotation marks, of letters, digits and spaces only, so none of
    its operators can be typed."""

    def found(self, query: Query) -> tuple[str, list[Any]]:
        return f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s", [self._match(query)]

    def best(self, rows: InteractionQuerySet, query: Query, *, first: int, count: int) -> list[int]:
        rows = rows.order_by()
        condition = ""
        params: list[Any] = [self._match(query)]
        if rows.query.where:
            here = rows.filter(pk=RawSQL(f"{INDEX}.rowid", [])).values("pk")
            sql, more = here.query.sql_with_params()
            condition, params = f"AND EXISTS ({sql})", [*params, *more]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s {condition} "
                "ORDER BY rank, rowid DESC LIMIT %s OFFSET %s",
                [*params, count, first],
            )
            return [pk for (pk,) in cursor.fetchall()]

    def in_turn(self, rows: InteractionQuerySet, query: Query) -> InteractionQuerySet:
        says = RawSQL(
            f"EXISTS (SELECT 1 FROM {INDEX} WHERE {INDEX} MATCH %s "
            "AND rowid = interactions_interaction.id)",
            [self._match(query)],
            output_field=BooleanField(),
        )
        return rows.filter(says)

    def stretches(self, ids: list[int], query: Query) -> tuple[str, list[Any]]:
        marks = ", ".join(["%s"] * len(ids))
        # The plus: else the words would be looked up anew for each id.
        sql = (
            f"SELECT rowid, snippet({INDEX}, 0, %s, %s, ' … ', 28) FROM {INDEX} "
            f"WHERE {INDEX} MATCH %s AND +rowid IN ({marks})"
        )
        return sql, [_START, _STOP, self._match(query), *ids]

    def _match(self, query: Query) -> str:
        def joined(terms: Iterable[Term], word: str) -> str:
            return f" {word} ".join(f'"{t.words}"{" *" if t.is_begun else ""}' for t in terms)

        match = f"({joined(query.wanted, 'AND')})"
        if query.excluded:
            match += f" NOT ({joined(query.excluded, 'OR')})"
        return match


class _PostgreSQL:
    """tsvector. A transcript is indexed in its own language, so a term is looked for in the form that
    each of the languages there are gives it."""

    def __init__(self) -> None:
        known = {configuration(language) for language in languages()}
        self.configurations = sorted(known or {"english"})

    def found(self, query: Query) -> tuple[str, list[Any]]:
        sql, params = self._query(query)
        return f"SELECT interaction_id FROM {TRANSCRIPTS} WHERE search @@ ({sql})", params

    def best(self, rows: InteractionQuerySet, query: Query, *, first: int, count: int) -> list[int]:
        sql, params = self._query(query)
        rank = RawSQL(
            f"(SELECT ts_rank_cd(t.search, ({sql})) FROM {TRANSCRIPTS} t "
            "WHERE t.interaction_id = interactions_interaction.id)",
            params,
        )
        found = (
            saying(rows, query, engine=self)
            .order_by(rank.desc(), "-pk")
            .values_list("pk", flat=True)
        )
        return list(found[first : first + count])

    def in_turn(self, rows: InteractionQuerySet, query: Query) -> InteractionQuerySet:
        return saying(rows, query, engine=self)

    def stretches(self, ids: list[int], query: Query) -> tuple[str, list[Any]]:
        sql, params = self._query(Query(query.wanted))
        options = (
            f'StartSel="{_START}", StopSel="{_STOP}", MaxFragments=2, MinWords=8, MaxWords=18, '
            'FragmentDelimiter=" … "'
        )
        statement = (
            f"SELECT t.interaction_id, ts_headline(interactions_search_configuration(i.language), "
            f"t.text, ({sql}), %s) FROM {TRANSCRIPTS} t "
            "JOIN interactions_interaction i ON i.id = t.interaction_id "
            "WHERE t.interaction_id = ANY(%s)"
        )
        return statement, [*params, options, ids]

    def _query(self, query: Query) -> tuple[str, list[Any]]:
        params: list[Any] = []
        parts = []
        for term in query.wanted:
            parts.append(self._term(term, params))
        for term in query.excluded:
            parts.append(f"!!({self._term(term, params)})")
        return " && ".join(f"({part})" for part in parts), params

    def _term(self, term: Term, params: list[Any]) -> str:
        forms = []
        for name in self.configurations:
            if term.is_begun:
                forms.append("to_tsquery(%s::regconfig, %s)")
                params += [name, " <-> ".join(f"'{word}'" for word in term.words.split()) + ":*"]
            else:
                forms.append("phraseto_tsquery(%s::regconfig, %s)")
                params += [name, term.words]
        return " || ".join(forms)


Engine = _SQLite | _PostgreSQL


def engine_in_use() -> Engine:
    """Of the database in use. On PostgreSQL one query, for the languages."""
    return _PostgreSQL() if connection.vendor == "postgresql" else _SQLite()


def languages() -> list[str]:
    return distinct(Interaction._meta.db_table, "language")


def distinct(table: str, column: str) -> list[str]:
    """The different values of an indexed text column, in order: one query that jumps from one to the next
    in the index. `SELECT DISTINCT` would walk through every row."""
    table, column = connection.ops.quote_name(table), connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE known(value) AS ("
            f" SELECT MIN({column}) FROM {table}"
            f" UNION ALL"
            f" SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > known.value)"
            f" FROM known WHERE known.value IS NOT NULL"
            f") SELECT value FROM known WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]
