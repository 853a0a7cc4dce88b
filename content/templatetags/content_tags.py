"""How the manual's texts are shown."""

import re

from django import template
from django.template.defaultfilters import stringfilter
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PLACEHOLDER = re.compile(r"(\{\w+\})")


@register.filter
@stringfilter
def placeholders(text: str) -> SafeString:
    """The text of a reply template with its {placeholders} set apart; the words stay the same."""
    escaped = conditional_escape(text)
    return mark_safe(_PLACEHOLDER.sub(r'<span class="placeholder">\1</span>', escaped))  # noqa: S308
