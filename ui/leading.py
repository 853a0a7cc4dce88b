"""`{% url "…" %}` of Django with the addresses of rows, which differ in their numbers alone, made from a
form of each kind that a process works out once.

A list has an address or three in each row, and finding one among some hundred patterns costs Django what
the rest of a cell does. All but positive whole numbers as arguments is left to Django.
"""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import defaulttags
from django.template.base import Parser, Token
from django.template.context import Context
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape
from django.utils.translation import get_language

# Ids below it are what every converter for whole numbers takes, and none is like a stand-in.
MOST = 10**9
_STAND_INS = (MOST + 1, MOST + 2, MOST + 3)


class AddressNode(defaulttags.URLNode):
    def __init__(self, node: defaulttags.URLNode) -> None:
        self.__dict__.update(node.__dict__)

    def render(self, context: Context) -> str:
        args = [arg.resolve(context) for arg in self.args]
        if not all(type(arg) is int and 0 < arg < MOST for arg in args):
            return super().render(context)
        form = _form(
            self.view_name.resolve(context),
            len(args),
            _current_app(context),
            get_urlconf() or settings.ROOT_URLCONF,
            get_script_prefix(),
            get_language(),
        )
        if form is None:
            return super().render(context)
        return form.format(*args)


@lru_cache(maxsize=1024)
def _form(view_name: str, count: int, current_app: str | None, *_where: str | None) -> str | None:
    """The escaped address with places for `count` numbers in their order; None where it is more than
    that."""
    stand_ins = _STAND_INS[:count]
    try:
        address = reverse(view_name, args=stand_ins, current_app=current_app)
        smallest = reverse(view_name, args=(1,) * count, current_app=current_app)
    except NoReverseMatch:
        return None
    form = str(conditional_escape(address)).replace("{", "{{").replace("}", "}}")
    for number in stand_ins:
        form = form.replace(str(number), "{}")
    is_form = form.format(*stand_ins) == address and form.format(*(1,) * count) == smallest
    return form if is_form and len(stand_ins) == count else None


def _current_app(context: Context) -> str | None:
    """As Django's own tag finds it."""
    request: Any = getattr(context, "request", None)
    if hasattr(request, "current_app"):
        found: str | None = request.current_app
        return found
    match = getattr(request, "resolver_match", None)
    return getattr(match, "namespace", None)


def url(parser: Parser, token: Token) -> defaulttags.URLNode:
    node = defaulttags.url(parser, token)
    return node if node.kwargs or node.asvar else AddressNode(node)


def install() -> None:
    defaulttags.register.tag("url", url)
