"""What rich text may be made of where it is shown, whichever way it came in."""

import nh3
from django.utils.safestring import SafeString, mark_safe

# What Draftail and the Markdown import can write, and what their links become.
_TAGS = {
    *("a", "b", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("i", "li", "ol", "p", "strong", "sub", "sup", "ul"),
}
_ATTRIBUTES = {"a": {"href"}}
# Those of Wagtail's own editor; addresses without one are ours.
_SCHEMES = {"ftp", "http", "https", "mailto", "tel"}


def clean(html: str) -> SafeString:
    """`html` with nothing in it but words and what marks them; what else it held is gone, with its
    contents where those are no words. Well-formed afterwards, so that it stays within its place."""
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        clean_content_tags={"script", "style", "template"},
        link_rel=None,
    )
    return mark_safe(cleaned)  # noqa: S308
