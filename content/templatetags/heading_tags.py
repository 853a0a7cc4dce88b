"""Places to lead to inside of a text."""

import re
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from content.headings import HEADING, Ids

register = template.Library()


@register.filter
def heading_ids(text: Any) -> SafeString:
    """Rendered rich text with an id on each heading, made of its words as sites of Markdown do.

    So `#award-leave` in a link leads to the heading "Award leave". Of equal headings in one text, the
    second gets "-1".
    """
    ids = Ids()

    def with_id(match: re.Match[str]) -> str:
        tag, attributes, words = match.groups()
        found = "" if " id=" in attributes else ids.next(words)
        return f'<{tag}{attributes} id="{found}">{words}</{tag}>' if found else match[0]

    # The text is what rich text rendered to; the ids hold nothing but letters, digits and dashes.
    return mark_safe(HEADING.sub(with_id, str(text)))  # noqa: S308
