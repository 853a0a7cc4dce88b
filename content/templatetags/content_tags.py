"""How the manual's texts are shown."""

from collections.abc import Mapping

from django import template

from content import languages
from content.models.base import Reader

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """A language of the manual by its own name."""
    return languages.name_of(code)


@register.simple_tag
def value_for(name: str, values: Mapping[str, str] | None, user: Reader | None) -> str:
    """What a placeholder's field starts with: what was typed, and for {agent_name} the reader's name."""
    if values and name in values:
        return values[name]
    is_known = name == "agent_name" and user is not None and user.is_authenticated
    return str(user) if is_known else ""
