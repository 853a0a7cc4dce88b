"""Reply templates as text with named placeholders.

- `{order_number}` is a placeholder: a letter, then letters, digits and underscores, in braces.
- `{{` and `}}` are a literal brace.
- Every other brace is a mistake that an editor is told of. In templates saved before it was checked, it
  stands for itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

# Characters that somebody may fill in for one placeholder.
LONGEST_VALUE = 2000

_TOKEN = re.compile(r"\{\{|\}\}|\{[^\W\d_]\w*\}|[{}]")


@dataclass(frozen=True)
class Part:
    """A stretch of a template: the words `text`, or the placeholder `name`."""

    text: str
    name: str = ""


def parts(body: str) -> list[Part]:
    """`body` in stretches, in order; literal braces are words already."""
    found: list[Part] = []
    words, end = "", 0
    for match in _TOKEN.finditer(body):
        words, end = words + body[end : match.start()], match.end()
        token = match.group()
        if len(token) > 2:
            if words:
                found.append(Part(words))
            found.append(Part(token, token[1:-1]))
            words = ""
        else:
            words += token[0]
    if words + body[end:]:
        found.append(Part(words + body[end:]))
    return found


def names(body: str) -> list[str]:
    """The placeholders of `body`, each once, in the order in which they come."""
    return list(dict.fromkeys(part.name for part in parts(body) if part.name))


@lru_cache(maxsize=1000)
def fields(body: str) -> tuple[tuple[str, str], ...]:
    """Each placeholder of `body` once, with what a form calls it."""
    return tuple((name, label_of(name)) for name in names(body))


def label_of(name: str) -> str:
    """How a form calls the placeholder: "order_number" is "Order number"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def fill(body: str, values: Mapping[str, str]) -> str:
    """`body` with `values` for its placeholders; one without a value stays, in its braces."""
    return "".join(values.get(part.name, "").strip() or part.text for part in parts(body))


def mistakes(body: str) -> list[str]:
    """A sentence for each brace that is neither a placeholder nor literal, with where it stands."""
    found: list[str] = []
    opened, depth = -1, 0

    def tell(start: int, stop: int, why: str) -> None:
        line_start = body.rfind("\n", 0, start) + 1
        found.append(
            _("Line %(line)s, character %(column)s, “%(written)s”: %(why)s.")
            % {
                "line": body.count("\n", 0, start) + 1,
                "column": start - line_start + 1,
                "written": body[start:stop].partition("\n")[0][:40],
                "why": why,
            }
        )

    for match in _TOKEN.finditer(body):
        sign, start = match.group(), match.start()
        is_name = len(sign) > 2
        if opened < 0 and sign == "{":
            opened, depth = start, 1
        elif opened < 0 and sign == "}":
            tell(
                start, start + 1, _("no brace opens it; write }} for a brace that is meant as such")
            )
        elif opened >= 0 and (is_name or sign == "{"):
            if depth == 1:
                tell(opened, match.end(), _("placeholders cannot stand inside one another"))
            depth = 2  # Told. The next closing brace that is no placeholder's ends it.
        elif opened >= 0 and sign in {"}", "}}"}:
            if depth == 1:
                tell(opened, start + 1, _why(body[opened + 1 : start]))
            opened, depth = -1, 0
    if opened >= 0 and depth == 1:
        tell(opened, len(body), _unclosed())
    return found


def _why(inner: str) -> str:
    if not inner.strip():
        return _("the braces are empty; write a name between them")
    if "\n" in inner:
        return _unclosed()
    return _("a name is a letter, then letters, digits and underscores, such as {order_number}")


def _unclosed() -> str:
    return _("it is not closed on this line; write {{ for a brace that is meant as such")
