"""Requests to addresses, and what their forms and their views say that they read."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import quote_plus, urljoin, urlsplit

from bs4 import BeautifulSoup
from django.http import QueryDict

FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


class Forms:
    """What is in the forms that pages held, by the path that they are sent to."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], Pairs] = {}
        self.read: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.files: dict[str, set[str]] = defaultdict(set)

    def learn(self, page: str, html: str) -> None:
        for form in BeautifulSoup(html, "html.parser").find_all("form"):
            method = str(form.get("method") or "get").lower()
            for sender in [form, *form.select("[formaction], [hx-post], [hx-get]")]:
                action = next(
                    (
                        str(sender[name])
                        for name in ("formaction", "hx-post", "hx-get", "action")
                        if sender.get(name)
                    ),
                    page,
                )
                path = urlsplit(urljoin(page, action)).path
                self.sent[method, path] = pairs_of(form)
                for field in form.select("input[type=file][name]"):
                    self.files[path].add(str(field["name"]))


def pairs_of(form: BeautifulSoup) -> Pairs:
    """What a browser would send of it as it stands."""
    pairs: Pairs = []
    for field in form.select("input[name], select[name], textarea[name], button[name]"):
        name, kind = str(field["name"]), str(field.get("type") or "")
        if name == "csrfmiddlewaretoken" or kind == "file":
            continue
        if field.name == "select":
            chosen = field.select("option[selected]") or field.select("option")[-1:]
            pairs += [(name, str(option.get("value", option.text))) for option in chosen]
        elif field.name == "textarea":
            pairs.append((name, field.text))
        else:
            pairs.append((name, str(field.get("value") or "")))
    return pairs


def encoded(pairs: Pairs) -> bytes:
    """As a form is sent; half a surrogate pair as its three bytes, which are no UTF-8."""
    return "&".join(
        f"{quote_plus(name, errors='surrogatepass')}={quote_plus(value, errors='surrogatepass')}"
        for name, value in pairs
    ).encode()


@contextlib.contextmanager
def names_read(into: set[str]) -> Iterator[None]:
    """What is asked for in forms and query strings meanwhile."""
    kept = {name: getattr(QueryDict, name) for name in ("__getitem__", "getlist", "__contains__")}

    def noting(method):
        def read(self, key, *args, **kwargs):
            if isinstance(key, str) and len(into) < 200:
                into.add(key)
            return method(self, key, *args, **kwargs)

        return read

    for name, method in kept.items():
        setattr(QueryDict, name, noting(method))
    try:
        yield
    finally:
        for name in kept:
            delattr(QueryDict, name)
