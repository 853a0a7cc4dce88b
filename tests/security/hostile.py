"""Texts that would do something if a page took them for more than words, and what finds them there."""

from collections.abc import Iterator

from lxml import html

# Stands in each of them, and nowhere else in the house.
MARK = "zqx7"
# Letters of a link, with what browsers overlook in it.
LINKS = [
    f"javascript:alert('{MARK}')",
    f"JaVaScRiPt:alert('{MARK}')",
    f"java\nscript:alert('{MARK}')",
    f"\x01javascript:alert('{MARK}')",
    f"data:text/html,<script>alert('{MARK}')</script>",
    f"vbscript:alert('{MARK}')",
]
TAGS = [
    f"<script>alert('{MARK}')</script>",
    f"<img {MARK} src=x onerror=alert('{MARK}')>",
    f"<svg {MARK} onload=alert('{MARK}')><animate onbegin=alert(1) attributeName=x></svg>",
    f"<iframe {MARK} srcdoc=\"<script>alert('{MARK}')</script>\"></iframe>",
    f"<object {MARK} data=/x></object><embed {MARK} src=/x>",
    f"<style {MARK}>@import '/{MARK}'; * {{ display: none }}</style>",
    f'<form {MARK} action=/x><button {MARK} formaction="javascript:alert(1)">',
    f'<base {MARK} href=//{MARK}.example><meta {MARK} http-equiv=refresh content="0;url=/x">',
    f'<p {MARK} style="position:fixed" hx-get="/x" hx-trigger="load" data-confirm="{MARK}">',
    # Left open, so that what follows on the page would be taken for part of it.
    f"<a {MARK} href='",
    f"<!-- {MARK}",
    f"</textarea></title></select></script><img {MARK} src=x onerror=alert(1)>",
    f"\" onmouseover=alert(1) {MARK}=\" ' onfocus=alert(1) autofocus {MARK}='",
    # Harmless as it is read first, and something else when what was read is written and read again.
    f"<math><mtext><table><mglyph><style><!--</style><img {MARK} src=x onerror=alert(1)>",
    f'<svg></p><style><a id="</style><img {MARK} src=x onerror=alert(1)>">',
    f'<noscript><p title="</noscript><img {MARK} src=x onerror=alert(1)>">',
    f"<form><math><mtext></form><form><mglyph><style></math><img {MARK} src onerror=alert(1)>",
    f"{{{{ {MARK} }}}}{{% debug %}}",
    *(f'<a {MARK} href="{link}">{MARK}</a>' for link in LINKS),
    f'<svg {MARK}><a xlink:href="javascript:alert(1)"><text>{MARK}</text></a></svg>',
]
ALL = "".join(TAGS)

_ADDRESSES = {
    *("href", "src", "action", "formaction", "data", "srcdoc", "poster", "background", "ping"),
    *("xlink:href", "manifest", "hx-get", "hx-post", "hx-put", "hx-delete", "srcset"),
}
_RUNNING = ("javascript:", "vbscript:", "data:text", "data:application", "data:image/svg")
# None of our pages has one of these but with what we wrote into it.
_HOLDERS = {"script", "style", "iframe", "object", "embed", "base", "meta", "link", "template"}


def active(page: str) -> Iterator[str]:
    """What on the page somebody else's text has become that is not words, one line each."""
    if not page.strip():
        return
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str):
            # Our templates hold no comment of ours, so one that has the mark was opened by a text.
            if MARK in (element.text or ""):
                yield f"comment {element.text!r:.80}"
            continue
        name = element.tag.lower()
        # Wagtail hands its scripts data as text that is no script.
        is_data = element.get("type") == "application/json"
        if name in _HOLDERS and not is_data and MARK in (element.text or ""):
            yield f"<{name}> with {element.text!r:.80}"
        for attribute, value in element.attrib.items():
            attribute = attribute.lower()
            pressed = "".join(sign for sign in value if sign > " ").lower()
            is_running = attribute in _ADDRESSES and pressed.startswith(_RUNNING)
            if MARK in attribute or attribute.startswith("on") or is_running:
                yield f"<{name} {attribute}={value!r:.80}>"
            if MARK in value and (attribute.startswith("hx-") or attribute == "style"):
                yield f"<{name} {attribute}={value!r:.80}>"
