"""Tags and filters that every template has without loading them. They format; they decide nothing."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader_tags import IncludeNode
from django.templatetags.static import static
from django.utils.formats import localize, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from lucide import _render_icon

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon by its lucide name: hidden from screen readers, unless `label` says what it means."""
    return _drawn(name, str(label))


@lru_cache(maxsize=2048)
def _drawn(name: str, label: str) -> SafeString:
    """Kept, because the package copies and writes a tree of XML for each, and pages have dozens."""
    meaning = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return mark_safe(_render_icon(name, 20, focusable="false", **meaning))  # noqa: S308 (package's own SVG)


@register.simple_tag
def avatar(user: Any) -> SafeString:
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', user.initials)


@register.filter
def percent(value: Decimal | float | str | None, places: int = 0) -> str:
    """A number of 0-100 as "84 %", rounded half up to `places`; "–" for none."""
    if value is None or value == "":
        return "–"
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
    return f"{number_format(rounded, decimal_pos=int(places))} %"


@register.filter
def exact_percent(value: Decimal | float | str | None) -> str:
    """As `percent`, with two places unless they are zeros: beside the percent that were needed, no
    69.6 may look like the 70 it did not reach."""
    if value is None or value == "":
        return percent(None)
    is_whole = round(Decimal(str(value)), 2) % 1 == 0
    return percent(value, 0 if is_whole else 2)


@register.filter
def clock(seconds: float | None) -> str:
    """Seconds from a start as "02:05", or "1:02:05" from an hour on; nothing for none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in words with the two largest units, "2 min 5 s"; "–" for none."""
    if seconds is None:
        return "–"
    left = round(seconds)
    parts = []
    for size, unit in ((86400, _("d")), (3600, _("h")), (60, _("min")), (1, _("s"))):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or f"0 {_('s')}"


@register.filter
def minutes_as_duration(minutes: int | None) -> str:
    """Minutes of a service standard in whole units where that is exact: "24 hours", "90 minutes"."""
    if minutes is None:
        return "–"
    if minutes and minutes % 1440 == 0 and minutes > 2880:
        days = minutes // 1440
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if minutes and minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


@register.filter
def hours_as_duration(hours: int | None) -> str:
    """Hours of a window in the same words: "7 days", "48 hours"."""
    return minutes_as_duration(None if hours is None else 60 * hours)


@register.filter
def at_offset(start: dt.datetime | None, seconds: float | None) -> dt.datetime | None:
    """The moment `seconds` after `start`; none where either is unknown."""
    if start is None or seconds is None:
        return None
    return start + dt.timedelta(seconds=seconds)


@register.simple_tag
@cache
def stylesheets(*paths: str) -> SafeString:
    """Links to style sheets, in this order. Worked out once per process: thirty addresses cost each page
    more than all of its permissions."""
    return format_html_join(
        "\n    ", '<link rel="stylesheet" href="{}">', ((static(path),) for path in paths)
    )


class KeptNode(template.Node):
    MOST = 1000

    def __init__(self, names: dict[str, FilterExpression], body: NodeList) -> None:
        self.names, self.body = names, body
        self.drawn: dict[Any, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: _frozen(given.resolve(context)) for name, given in self.names.items()}
        # By type too: 1, 1.0 and True are one key, and so are words that are safe and words that are not.
        key = (get_language(), context.autoescape, *map(_kind, values.values()))
        drawn = self.drawn.get(key)
        if drawn is None:
            if any(hasattr(value, "_meta") for value in values.values()):
                raise template.TemplateSyntaxError("A row that changed equals the one before.")
            drawn = self.body.render(context.new(values))
            if len(self.drawn) >= self.MOST:
                self.drawn.clear()
            self.drawn[key] = drawn
        return drawn


def _kind(value: Any) -> Any:
    return tuple(map(_kind, value)) if isinstance(value, tuple) else (type(value), value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept title=page.title %}…{% endkept %}`: what is drawn once for the same values and language,
    and kept in the memory of this process, because lists draw the same rows for everybody.

    Inside there is nothing but these values, so what is kept is never out of date and tells nobody more
    than they were given. They are words, numbers and tuples of them, no rows of the database; and what is
    drawn may depend on nothing else, such as the time zone or the token of a form.
    """
    names = token_kwargs(token.split_contents()[1:], parser)
    if not names:
        raise template.TemplateSyntaxError("kept needs the values that it depends on.")
    body = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(names, body)


@register.tag
def drawn(parser: Parser, token: Token) -> KeptNode:
    """`{% drawn "ui/_channel.html" channel=row.channel %}`: a template of which the same holds as of what
    stands in `kept`, for the rows of lists."""
    _tag, *rest = token.split_contents()
    names = token_kwargs(rest[1:], parser)
    if not names:
        raise template.TemplateSyntaxError("drawn needs a template and the values it depends on.")
    body: Any = IncludeNode(parser.compile_filter(rest[0]))
    # What the parser gives to the nodes that it makes itself.
    body.origin, body.token = parser.origin, token
    return KeptNode(names, NodeList([body]))


@register.simple_tag
def options_of(choices: Iterable[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The options of a list to choose from, of values and labels. Some lists have hundreds, which a loop
    of a template takes as long for as for the rest of the page."""
    return _options((value, label, {"selected": value == chosen}) for value, label in choices)


@register.simple_tag
def options_of_widget(groups: Iterable[tuple[Any, list[dict[str, Any]], int]]) -> SafeString:
    """The same for the `optgroups` of a widget, some of which have a name."""
    drawn = []
    for group, options, _index in groups:
        said = _options((each["value"], each["label"], each["attrs"]) for each in options)
        drawn.append(_named_group(group, said) if group else said)
    return mark_safe("\n".join(drawn))  # noqa: S308 (escaped below)


def _named_group(name: Any, options: SafeString) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', name, options)


def _options(rows: Iterable[tuple[Any, Any, dict[str, Any]]]) -> SafeString:
    drawn = [
        f'<option value="{_escaped(value)}"{_attributes(more) if more else ""}>'
        f"{_escaped(localize(label))}</option>"
        for value, label, more in rows
    ]
    return mark_safe("\n".join(drawn))  # noqa: S308 (escaped above)


def _escaped(value: Any) -> str:
    """As `conditional_escape`, which spends most of its time on finding out whether it is lazy."""
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)


def _attributes(of: dict[str, Any]) -> str:
    """As Django's own template has them."""
    return "".join(
        f" {name}" if value is True else f' {name}="{_escaped(value)}"'
        for name, value in of.items()
        if value is not False
    )


@register.inclusion_tag("ui/form_field.html")
def form_field(field: BoundField) -> dict[str, Any]:
    """Label, control, help and errors of one form field, wired together for screen readers."""
    return {"field": field, "is_check": isinstance(field.field.widget, CheckboxInput)}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    return {"form": form}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(
    icon: str, title: str, text: str = "", url: str = "", action: str = ""
) -> dict[str, Any]:
    """An empty list: what would be here, and what to do next."""
    return {"icon_name": icon, "title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Where one is in a list and the ways on; the other parameters of the address stay. `name` is that of
    the parameter, as given to `paginate`."""
    kept = context["request"].GET.copy()
    kept.pop(name, None)
    is_capped = getattr(page.paginator.object_list, "is_capped", False)
    return {"page": page, "kept": kept.urlencode(), "name": name, "is_capped": is_capped}
