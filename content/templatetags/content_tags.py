"""How the manual's texts are shown."""

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from wagtail.models import Page

from content import languages, placeholders
from content.models.base import Reader, address_of
from content.tree import Node

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """A language of the manual by its own name."""
    return languages.name_of(code)


# These are made here and not by a template: there are dozens of them on a page, and a loop of a template
# costs ten times as much for each.
@register.simple_tag
def reply_inputs(
    key: str,
    fields: tuple[tuple[str, str], ...],
    values: Mapping[str, str] | None,
    user: Reader | None,
    longest: int | str,
) -> SafeString:
    """A labelled input for each placeholder of the reply `key`, `fields` with their labels."""
    filled = tuple((name, label, value_for(name, values, user)) for name, label in fields)
    draw = _inputs.__wrapped__ if values else _inputs  # What somebody typed is not kept.
    return draw(key, filled, int(longest or placeholders.LONGEST_VALUE), gettext("empty"))


@lru_cache(maxsize=1000)
def _inputs(
    key: str, filled: tuple[tuple[str, str, str], ...], longest: int, empty: str
) -> SafeString:
    return format_html_join(
        "\n",
        """<p class="reply__field">
<label for="field-{0}-{1}">{2} <span class="reply__empty small" data-empty-mark>{5}</span></label>
<textarea id="field-{0}-{1}" name="field-{1}" rows="1" maxlength="{3}" data-field="{1}" data-label="{2}">{4}</textarea>
</p>""",  # noqa: E501 (one line of HTML)
        ((key, name, label, longest, value, empty) for name, label, value in filled),
    )


@register.simple_tag
def reply_words(body: str) -> SafeString:
    """The text of a reply template with its placeholders marked."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html(_PLACEHOLDER, part.name, part.text) if part.name else part.text,)
            for part in placeholders.parts(body)
        ),
    )


_PLACEHOLDER = '<span class="placeholder" data-placeholder="{}">{}</span>'


@register.simple_tag(takes_context=True)
def page_address(context: Context, page: Page) -> str:
    """As `pageurl` has it, for a page that may be known only as one of Wagtail's."""
    return address_of(page, context.get("request")) or ""


@register.simple_tag(takes_context=True)
def tree_links(context: Context, nodes: list[Node], current: Page) -> SafeString:
    """The manual as nested lists of links; `current` is the page being read."""
    return format_html(
        '<ul class="tree">{}</ul>',
        format_html_join(
            "\n",
            '<li{}><a href="{}"{}{}>{}</a>{}</li>',
            (
                (
                    _SECTION if node.is_section else "",
                    address_of(node.page, context.get("request")) or "",
                    format_html(' lang="{}"', node.page.in_language)
                    if getattr(node.page, "in_language", "")
                    else "",
                    _HERE if node.page.translation_key == current.translation_key else "",
                    node.page.title,
                    tree_links(context, node.children, current) if node.children else "",
                )
                for node in nodes
            ),
        ),
    )


_SECTION = mark_safe(' class="tree__section"')
_HERE = mark_safe(' aria-current="page"')


def value_for(name: str, values: Mapping[str, str] | None, user: Reader | None) -> str:
    """What a placeholder's field starts with: what was typed, and for {agent_name} the reader's name."""
    if values and name in values:
        return values[name]
    is_known = name == "agent_name" and user is not None and user.is_authenticated
    return str(user) if is_known else ""
