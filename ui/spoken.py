"""`{% translate "…" %}` of Django's library i18n, worked out once for each language.

A page says some hundred such words, and looking one up and marking it safe costs Django ten times what it
takes to remember it. The tag takes the place of Django's in Django's own library (`ui/apps.py`): another
library by that name is what its check `templates.W003` warns of.
"""

from django.template.base import Parser, Token, Variable
from django.template.context import Context
from django.templatetags import i18n
from django.utils.translation import get_language


class SaidNode(i18n.TranslateNode):
    """A literal without a filter and without a context: it depends on nothing but the language."""

    def __init__(self, node: i18n.TranslateNode) -> None:
        self.__dict__.update(node.__dict__)
        self.said: dict[tuple[str | None, bool], str] = {}

    def render(self, context: Context) -> str:
        key = (get_language(), context.autoescape)
        if key not in self.said:
            self.said[key] = super().render(context)
        return self.said[key]


def translate(parser: Parser, token: Token) -> i18n.TranslateNode:
    node = i18n.do_translate(parser, token)
    given = node.filter_expression
    is_word = isinstance(given.var, Variable) and isinstance(given.var.literal, str)
    if not is_word or given.filters or node.message_context or node.asvar:
        return node
    return SaidNode(node)


def install() -> None:
    for name in ("translate", "trans"):
        i18n.register.tag(name, translate)
