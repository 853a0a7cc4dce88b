r"""Questions in the GIFT format: read and written as a stream, without the database.

A file is read question by question; memory holds one of them. What is broken or cannot be asked here is
reported with its line, and the rest is read on. The rules are those that Moodle documents and follows:

- A question ends at a blank line. `//` begins a comment line; `[id:…]` and `[tag:…]` in it are read.
- `::title::` may stand first, and `[html]`, `[markdown]`, `[plain]` or `[moodle]` before each text.
- The first `{ … }` holds the answers; text behind it makes the question a gap to fill.
- `\` takes the meaning from `: # = { } ~` and itself, and `\n` is a line break.
- `####` begins the general feedback, `#` the feedback of one answer, `%50%` is a weight.

Our bank keeps plain text, so [html] is reduced to its text. Questions put in order are written as in
Moodle's ordering type: `{>`, then one item a line. Comments of our own, `[kind:…]` and `[marking:…]`,
carry what the format cannot say; other programs pass over them.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from content.question_rules import (
    CATCH_ALL,
    OptionDraft,
    QuestionDraft,
    decimal_of,
    problem_of,
    warning_of,
)

ESCAPABLE: Final = "\\:#={}~"
# Escaped characters are set aside in the private use area while the control characters are looked for.
_ASIDE: Final = {char: chr(0xE100 + place) for place, char in enumerate(ESCAPABLE + "n")}
_BACK: Final = str.maketrans(
    {aside: "\n" if char == "n" else char for char, aside in _ASIDE.items()}
)
_FORMATS: Final = {"html", "markdown", "plain", "moodle"}
_WEIGHT: Final = re.compile(r"%(-?\d{1,3}(?:\.\d*)?)%")
_MARK: Final = re.compile(r"\[(id|tag|kind|marking):((?:[^\]\\]|\\.)*)\]")
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}
_ORDERING_WORDS: Final = re.compile(
    r"^(?:\d+|EXACT|REL(?:ATIVE)?|RELATED|CONTIG(?:UOUS)?|ALL|RANDOM|HORI(?:ZONTAL)?|VERT(?:ICAL)?|H|V|"
    r"SHOW|HIDE|YES|NO|ABSOLUTE(?:_POSITION)?|ALL_OR_NOTHING|RELATIVE_\w+|LONGEST_\w+|none|NUMBERING_\w+"
    r"|abc|ABC|123|iii|III)(?:\s|$)"
)
MOST_LINES: Final = 500


@dataclass(frozen=True, slots=True)
class Read:
    """A question, the line where it begins, and what its author should know about it."""

    line: int
    question: QuestionDraft
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the question that begins at `line` was not read. `is_unknown`: nothing is wrong with it, there
    is only no such kind of question here."""

    line: int
    name: str
    reason: str
    is_unknown: bool = False


class Broken(ValueError):
    """Why a question cannot be read, in a sentence; `line` if it is known better than the first one."""

    def __init__(self, reason: str, line: int | None = None, *, is_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.line, self.is_unknown = reason, line, is_unknown


@dataclass(slots=True)
class _Text:
    """Text with its format; escapes are still set aside."""

    text: str
    format: str


# --- lines and blocks -----------------------------------------------------------------------------
def lines_of(stream: BinaryIO) -> Iterator[str]:
    """The lines of a file in UTF-8, or in UTF-16 with a byte order mark, whatever ends them.

    A byte that is no UTF-8 becomes a lone surrogate, so that only its question is lost.
    """
    start = stream.read(4)
    is_16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_16 else "utf-8-sig"
    errors = "replace" if is_16 else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
    waiting, chunk = "", start
    while chunk:
        waiting += decoder.decode(chunk)
        # A carriage return may be the first half of a line end whose other half is still to come.
        whole, waiting = (waiting[:-1], "\r") if waiting.endswith("\r") else (waiting, "")
        *complete, rest = re.split(r"\r\n|\r|\n", whole)
        yield from complete
        waiting = rest + waiting
        chunk = stream.read(65536)
    waiting += decoder.decode(b"", final=True)
    yield from re.split(r"\r\n|\r|\n", waiting)


def read(lines: Iterable[str]) -> Iterator[Read | Problem]:
    """What is in the file, in order: questions, and reasons for those that could not be read."""
    category: tuple[str, ...] = ()
    for block in _blocks(lines):
        try:
            _check_characters(block)
            found, block = _category_of(block)
            category = category if found is None else found
            if any(not text.startswith("//") for _line, text in block):
                yield _question(block, category)
        except Broken as broken:
            yield Problem(
                broken.line or _start(block),
                _name_of(block),
                broken.reason,
                broken.is_unknown,
            )


def _blocks(lines: Iterable[str]) -> Iterator[list[tuple[int, str]]]:
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        text = line.lstrip("\ufeff").strip()
        if text:
            block.append((number, text))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _start(block: list[tuple[int, str]]) -> int:
    """The first line that is no comment."""
    return next((line for line, text in block if not text.startswith("//")), block[0][0])


def _category_of(
    block: list[tuple[int, str]],
) -> tuple[tuple[str, ...] | None, list[tuple[int, str]]]:
    """The category that a block sets, as a tag, and the lines that are left of the block."""
    category: tuple[str, ...] | None = None
    rest = []
    for line, text in block:
        if text.upper().startswith("$CATEGORY:"):
            category = _category_tag(text[len("$CATEGORY:") :])
        else:
            rest.append((line, text))
    return category, rest or ([] if category is not None else block)


def _category_tag(path: str) -> tuple[str, ...]:
    """`$course$/top/Shipping/Late` is the tag "Shipping/Late"; `//` in a name is a slash."""
    parts = [part.strip().replace("\0", "/") for part in path.replace("//", "\0").split("/")]
    while parts and (not parts[0] or parts[0].startswith("$") or parts[0].lower() == "top"):
        parts.pop(0)
    name = "/".join(part for part in parts if part)
    return (name[:100],) if name else ()


def _name_of(block: list[tuple[int, str]]) -> str:
    text = " ".join(text for _line, text in block if not text.startswith("//"))
    if match := re.match(r"::((?:[^:\\]|\\.|:(?!:))*)::", text):
        text = match[1]
    return _plain(text)[:80] or "?"


def _plain(text: str) -> str:
    """Text for people: escapes resolved, and bytes that are no text made visible."""
    shown = _set_aside(text).translate(_BACK)
    return shown.encode("utf-8", "replace").decode().strip()


def _set_aside(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        return _ASIDE.get(match[1], match[0])

    return re.sub(r"\\(.)", replace, text, flags=re.DOTALL)


# --- one question ---------------------------------------------------------------------------------
def _question(block: list[tuple[int, str]], category: tuple[str, ...]) -> Read:
    line = _start(block)
    marks: dict[str, list[str]] = {"id": [], "tag": [], "kind": [], "marking": []}
    body: list[tuple[int, str]] = []
    for number, raw in block:
        if raw.startswith("//"):
            for name, value in _MARK.findall(raw):
                marks[name].append(re.sub(r"\\(.)", r"\1", value).strip())
        else:
            body.append((number, raw))
    if len(body) > MOST_LINES:
        raise Broken(_("The question goes on for more than 500 lines. Is a blank line missing?"))
    text = _set_aside("\n".join(raw for _number, raw in body))
    title, text = _title(text, body)
    before, answers, after = _split_answers(text, body)
    if answers is None:
        raise Broken(
            _("A description without an answer; there is nothing to ask in a quiz."),
            is_unknown=True,
        )
    question_text = f"{before.rstrip()} _____ {after.lstrip()}" if after.strip() else before
    asked = _with_format(question_text, "moodle")
    answers, general = _general_feedback(answers)
    notes = _format_notes(asked.format)
    wording = _finished(asked)
    if not wording:
        raise Broken(_("The question has no text."))
    kind, marking, options = _answers(answers, asked.format, marks)
    draft = QuestionDraft(
        text=wording,
        kind=kind,
        options=options,
        title=_plain(title),
        key=marks["id"][0] if marks["id"] else "",
        marking=marking,
        explanation=_finished(_with_format(general, asked.format)),
        tags=tuple(dict.fromkeys(tag for tag in (*category, *marks["tag"]) if tag)),
    )
    if problem := problem_of(kind, marking, options):
        raise Broken(problem)
    if warning := warning_of(kind, marking, options):
        notes = (*notes, warning)
    return Read(line, draft, notes)


def _check_characters(block: list[tuple[int, str]]) -> None:
    for number, raw in block:
        if any("\ud800" <= char <= "\udfff" for char in raw) or "\ufffd" in raw:
            raise Broken(
                _("Line %(line)d has characters that are not UTF-8. Save the file as UTF-8.")
                % {"line": number}
            )
        if "\0" in raw:
            raise Broken(_("Line %(line)d has a null character.") % {"line": number})


def _title(text: str, body: list[tuple[int, str]]) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    end = text.find("::", 2)
    if end < 0:
        raise Broken(_("The title has no end: “::” is missing behind it."), body[0][0])
    return " ".join(text[2:end].translate(_BACK).split()), text[end + 2 :].strip()


def _split_answers(text: str, body: list[tuple[int, str]]) -> tuple[str, str | None, str]:
    """Text before the answers, the answers (`None` without any), and text behind them."""
    opening, closing = text.find("{"), text.find("}")
    if opening < 0 and closing < 0:
        return text, None, ""
    if closing < 0:
        line = _line_with("{", body)
        reason = _("The “{” in line %(line)d has no “}” before the next blank line.")
        raise Broken(reason % {"line": line})
    if opening < 0 or closing < opening:
        line = _line_with("}", body)
        raise Broken(_("The “}” in line %(line)d has no “{” before it.") % {"line": line})
    inside, after = text[opening + 1 : closing], text[closing + 1 :]
    if "{" in inside or "{" in after or "}" in after:
        raise Broken(
            _(
                "There is more than one “{” or “}”. A question has one block of answers; a brace in a "
                "text is written \\{ or \\}."
            )
        )
    return text[:opening].strip(), inside.strip(), after


def _line_with(char: str, body: list[tuple[int, str]]) -> int:
    return next((number for number, raw in body if char in _set_aside(raw)), body[0][0])


def _general_feedback(answers: str) -> tuple[str, str]:
    place = answers.find("####")
    if place < 0:
        return answers, ""
    return answers[:place].strip(), answers[place + 4 :].strip()


def _with_format(text: str, default: str) -> _Text:
    text = text.strip()
    if text.startswith("[") and (end := text.find("]")) > 0:
        name = text[1:end].strip().lower()
        if name in _FORMATS:
            return _Text(text[end + 1 :].strip(), name)
    return _Text(text, default)


def _finished(text: _Text) -> str:
    """Plain text. What Moodle calls its own format is text in which tags work, so that loses them too."""
    plain = text.text.translate(_BACK).strip()
    if text.format == "html" or (
        text.format == "moodle" and re.search(r"</?[a-zA-Z][^<>]*>|&#?\w+;", plain)
    ):
        return _text_of_html(plain)
    return plain


def _format_notes(name: str) -> tuple[str, ...]:
    if name == "html":
        return (_("Its formatting was left out; the bank keeps plain text."),)
    return ()


class _TextOfHtml(HTMLParser):
    _BREAKS: Final = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
    _SILENT: Final = {"script", "style"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self.silent += 1
        elif tag in self._BREAKS:
            self.parts.append("\n")
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.parts.append(f"[{alt}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in self._BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def _text_of_html(html: str) -> str:
    parser = _TextOfHtml()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# --- answers --------------------------------------------------------------------------------------
def _answers(
    answers: str, text_format: str, marks: dict[str, list[str]]
) -> tuple[str, str, tuple[OptionDraft, ...]]:
    """Kind, marking and options. The kind follows from the signs in the block, as in Moodle."""
    hint = marks["kind"][0] if marks["kind"] else ""
    if not answers:
        reason = _("An essay, which a person would have to mark; there is no such question here.")
        raise Broken(reason, is_unknown=True)
    if answers[0] == "#":
        return "numeric", "exact", tuple(_numbers(answers[1:].strip(), text_format))
    if answers[0] == ">":
        is_share = "share" in marks["marking"]
        items = tuple(_items(answers[1:], text_format))
        return "ordering", "share" if is_share else "exact", items
    if "~" in answers:
        return _choices(answers, text_format, hint, marks["marking"])
    if "=" in answers and "->" in answers and hint != "short_answer":
        is_exact = "exact" in marks["marking"]
        return "matching", "exact" if is_exact else "share", tuple(_pairs(answers, text_format))
    if answers.split("#", 1)[0].strip() in _TRUE | _FALSE and hint != "short_answer":
        return "true_false", "exact", _true_or_false(answers, text_format)
    options = (_option(part, text_format, Decimal(100)) for part in _parts(answers, "="))
    return "short_answer", "exact", tuple(options)


def _parts(answers: str, sign: str) -> list[str]:
    """What `sign` separates; before the first one there is usually nothing."""
    parts = answers.split(sign)
    if not parts[0].strip():
        parts = parts[1:]
    if not parts:
        raise Broken(_("There is no answer between the braces."))
    return [part.strip() for part in parts]


def _choices(
    answers: str, text_format: str, hint: str, hinted_marking: list[str]
) -> tuple[str, str, tuple[OptionDraft, ...]]:
    is_single = "=" in answers
    options = []
    for part in _parts(answers.replace("=", "~="), "~"):
        is_key = part.startswith("=")
        default = Decimal(100 if is_key else 0)
        options.append(_option(part.removeprefix("=").strip(), text_format, default))
    if is_single:
        kind = "true_false" if hint == "true_false" else "single"
        return kind, "exact", tuple(options)
    marking = hinted_marking[0] if hinted_marking else "weights"
    if marking in {"exact", "right_minus_wrong"}:
        # The weights were written for other programs only.
        plain = (OptionDraft(each.text, (each.weight or 0) > 0, each.feedback) for each in options)
        return "multiple", marking, tuple(plain)
    weighted = (
        OptionDraft(each.text, each.is_correct or (each.weight or 0) > 0, each.feedback, weight)
        for each in options
        for weight in [Decimal(100) if each.is_correct else each.weight or Decimal(0)]
    )
    return "multiple", "weights", tuple(weighted)


def _option(part: str, text_format: str, default: Decimal) -> OptionDraft:
    """One answer with its weight and feedback. Full marks make it correct, and need no weight."""
    weight, rest = _weight(part, default)
    answer, _sign, feedback = rest.partition("#")
    return OptionDraft(
        text=_finished(_with_format(answer, text_format)),
        is_correct=weight == 100,
        feedback=_finished(_with_format(feedback, text_format)),
        weight=None if weight in {0, 100} else weight,
    )


def _weight(part: str, default: Decimal) -> tuple[Decimal, str]:
    match = _WEIGHT.match(part)
    if match is None:
        return default, part
    weight = Decimal(match[1])
    if not -100 <= weight <= 100:
        raise Broken(
            _("%(weight)s is no weight; it lies between %%-100%% and %%100%%.")
            % {"weight": match[0]}
        )
    return weight, part[match.end() :].strip()


def _true_or_false(answers: str, text_format: str) -> tuple[OptionDraft, ...]:
    """`{TRUE#a#b}`: a is for those who are wrong, b for those who are right."""
    answer, *comments = [part.strip() for part in answers.split("#", 2)]
    wrong, right = [_finished(_with_format(part, text_format)) for part in (*comments, "", "")[:2]]
    is_true = answer in _TRUE
    return (
        OptionDraft(_("True"), is_true, right if is_true else wrong),
        OptionDraft(_("False"), not is_true, wrong if is_true else right),
    )


def _pairs(answers: str, text_format: str) -> Iterator[OptionDraft]:
    for part in _parts(answers, "="):
        prompt, arrow, match = part.partition("->")
        if not arrow:
            raise Broken(
                _("“%(part)s” is no pair: a matching question has “->” in each.")
                % {"part": _plain(part.translate(_BACK))[:60]}
            )
        yield OptionDraft(
            text=_finished(_with_format(prompt, text_format)),
            match=_finished(_with_format(match, text_format)),
        )


def _items(answers: str, text_format: str) -> Iterator[OptionDraft]:
    rest = answers.strip()
    first, _end, others = rest.partition("\n")
    while match := _ORDERING_WORDS.match(first):
        first = first[match.end() :].lstrip()
    for item in (first, *others.split("\n")):
        if item.strip():
            yield OptionDraft(_finished(_with_format(item, text_format)))


def _numbers(answers: str, text_format: str) -> Iterator[OptionDraft]:
    answers, wrong, wrong_feedback = answers.partition("~")
    for part in _parts(answers, "=") if answers.strip() else []:
        weight, rest = _weight(part, Decimal(100))
        value, _sign, feedback = rest.partition("#")
        text, tolerance = _value(value.translate(_BACK).strip())
        yield OptionDraft(
            text=text,
            is_correct=weight == 100 and text != CATCH_ALL,
            feedback=_finished(_with_format(feedback, text_format)),
            weight=None if weight in {0, 100} else weight,
            tolerance=tolerance,
        )
    if wrong:
        _value_of_wrong, _sign, feedback = wrong_feedback.partition("#")
        yield OptionDraft(CATCH_ALL, feedback=_finished(_with_format(feedback, text_format)))


def _value(value: str) -> tuple[str, Decimal | None]:
    """A number and its tolerance: `3`, `3:2` (3 ± 2), `1..5` (from 1 to 5), or `*` for any."""
    if value == CATCH_ALL:
        return CATCH_ALL, None
    low, dots, high = value.partition("..")
    if dots:
        lowest, highest = _number(low, value), _number(high, value)
        if lowest > highest:
            raise Broken(_("The range “%(value)s” goes from more to less.") % {"value": value[:60]})
        middle = (lowest + highest) / 2
        return _as_written(middle), _tolerance(highest - middle)
    number, colon, tolerance = value.partition(":")
    found = _as_written(_number(number, value))
    return found, _tolerance(_number(tolerance, value)) if colon else None


def _number(text: str, whole: str) -> Decimal:
    number = decimal_of(text)
    if number is None:
        raise Broken(
            _("“%(value)s” is not a number. Write it as 3, 3.5, 3:0.5 or 1..5.")
            % {"value": whole[:60]}
        )
    return number


def _tolerance(number: Decimal) -> Decimal:
    if number < 0:
        raise Broken(_("A tolerance is not negative."))
    if number >= Decimal(10) ** 14 or number != round(number, 10):
        raise Broken(
            _("The tolerance has too many digits (14 before the point, 10 behind, can be kept).")
        )
    return number


def _as_written(number: Decimal) -> str:
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain if len(plain) <= 40 else str(number)


# --- writing --------------------------------------------------------------------------------------
def write(questions: Iterable[QuestionDraft]) -> Iterator[str]:
    """GIFT text, question by question, that `read` reads back as the same questions."""
    for question in questions:
        yield "\n".join((*_comments(question), _head(question), *_body(question), "}", "", ""))


def _comments(question: QuestionDraft) -> Iterator[str]:
    marks = [("id", question.key)] if question.key else []
    marks += [("tag", tag) for tag in question.tags]
    is_multiple = question.kind == "multiple"
    if question.kind in {"short_answer", "true_false"}:
        marks.append(("kind", question.kind))
    if is_multiple or question.kind in {"matching", "ordering"}:
        marks.append(("marking", question.marking))
    for name, value in marks:
        escaped = re.sub(r"([\]\\])", r"\\\1", " ".join(value.split()))
        yield f"// [{name}:{escaped}]"


def _head(question: QuestionDraft) -> str:
    title = f"::{_escaped(' '.join(question.title.split()))}::" if question.title else ""
    return f"{title}[plain]{_escaped(question.text)} {{"


def _body(question: QuestionDraft) -> Iterator[str]:
    lines = {
        "single": _written_choices,
        "multiple": _written_select_all,
        "true_false": _written_true_or_false,
        "short_answer": _written_accepted,
        "numeric": _written_numbers,
        "matching": _written_pairs,
        "ordering": _written_items,
    }[question.kind](question.options, question.marking)
    yield from lines
    if question.explanation:
        yield f"####{_escaped(question.explanation)}"


def _escaped(text: str) -> str:
    unified = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"([\\:#={}~])", r"\\\1", unified).replace("\n", "\\n")


def _guarded(text: str) -> str:
    """An answer's text, kept from being taken for a format or a weight."""
    escaped = _escaped(text)
    is_format = escaped.startswith("[") and escaped[1:].split("]")[0].strip().lower() in _FORMATS
    return f"[plain]{escaped}" if is_format or escaped.startswith("%") else escaped


def _comment(option: OptionDraft) -> str:
    return f" #{_guarded(option.feedback)}" if option.feedback else ""


def _percent(weight: Decimal) -> str:
    return f"%{_as_written(weight)}%"


def _written_choices(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    for option in options:
        weight = _percent(option.weight) if option.weight is not None else ""
        sign = "=" if option.is_correct else f"~{weight}"
        yield f"{sign}{_guarded(option.text)}{_comment(option)}"


def _written_select_all(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    """Weights for every marking: other programs know no other way to mark several answers."""
    rows = list(options)
    share = round(Decimal(100) / max(1, sum(option.is_correct for option in rows)), 5)
    wrong = {"exact": Decimal(-100), "right_minus_wrong": -share}.get(marking, Decimal(0))
    for option in rows:
        weight = option.weight if marking == "weights" else None
        if weight is None:
            weight = share if option.is_correct else wrong
        yield f"~{_percent(weight)}{_guarded(option.text)}{_comment(option)}"


def _written_true_or_false(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    rows = list(options)
    words = {_("True").casefold(): "TRUE", _("False").casefold(): "FALSE"}
    words |= {"true": "TRUE", "false": "FALSE"}
    signs = [words.get(option.text.strip().casefold()) for option in rows]
    if signs != ["TRUE", "FALSE"]:
        # Other words, or the other order: a choice says it all, and a comment that it is one of two.
        yield from _written_choices(rows, marking)
        return
    right = next(option for option in rows if option.is_correct)
    wrong = next(option for option in rows if not option.is_correct)
    line = "TRUE" if right is rows[0] else "FALSE"
    if wrong.feedback or right.feedback:
        line += f"#{_guarded(wrong.feedback)}"
    if right.feedback:
        line += f"#{_guarded(right.feedback)}"
    yield line


def _written_accepted(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    for option in options:
        weight = option.weight
        if weight is None and not option.is_correct:
            weight = Decimal(0)
        sign = "" if weight is None else _percent(weight)
        yield f"={sign}{_guarded(option.text)}{_comment(option)}"


def _written_numbers(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    yield "#"
    for option in options:
        weight = option.weight
        if weight is None and not option.is_correct:
            weight = Decimal(0)
        sign = "" if weight is None else _percent(weight)
        tolerance = f":{_as_written(option.tolerance)}" if option.tolerance is not None else ""
        yield f"={sign}{option.text.strip()}{tolerance}{_comment(option)}"


def _written_pairs(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    for option in options:
        prompt = _guarded(option.text).replace("->", "→")
        yield f"={prompt} -> {_guarded(option.match)}"


def _written_items(options: Iterable[OptionDraft], marking: str) -> Iterator[str]:
    grading = "ABSOLUTE_POSITION" if marking == "share" else "ALL_OR_NOTHING"
    yield f">ALL VERTICAL {grading} SHOW none"
    for option in options:
        yield _guarded(option.text)
