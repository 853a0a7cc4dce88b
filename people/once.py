"""What several parts of one page ask for is looked up once.

Only while a page is being read (GET or HEAD): such a request changes nothing, so what it has looked up
stays true for its length. Every other request, and all that runs outside of one, asks the database each
time.
Nothing outlives the request, so there is nothing to be invalidated.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.signals import request_finished, request_started

P = ParamSpec("P")
R = TypeVar("R")

_known: ContextVar[dict[Any, Any] | None] = ContextVar("known_in_this_request", default=None)


def _start(environ: dict[str, Any] | None = None, scope: Any = None, **kwargs: Any) -> None:
    method = (environ or {}).get("REQUEST_METHOD") or (scope or {}).get("method")
    _known.set({} if method in ("GET", "HEAD") else None)


def _finish(**kwargs: Any) -> None:
    _known.set(None)


request_started.connect(_start, dispatch_uid="people.once.start")
request_finished.connect(_finish, dispatch_uid="people.once.finish")


def is_reading() -> bool:
    """Whether what is looked up now is kept for the rest of the request."""
    return _known.get() is not None


@contextmanager
def reading() -> Iterator[None]:
    """For the length of the block, as on a page. What it does must change nothing that it looks up."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def once(look_up: Callable[P, R]) -> Callable[P, R]:
    """Decorates a function of hashable arguments whose answer nobody changes."""

    @wraps(look_up)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        known = _known.get()
        if known is None:
            return look_up(*args, **kwargs)
        key = (found, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = look_up(*args, **kwargs)
        answer: R = known[key]
        return answer

    return found


def tell(found: Callable[P, R], answer: R, *args: P.args, **kwargs: P.kwargs) -> None:
    """While a page is being read: what `found`, decorated by `once`, will answer to these arguments."""
    known = _known.get()
    if known is not None:
        known[found, args, tuple(sorted(kwargs.items()))] = answer
