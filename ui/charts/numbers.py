"""Numbers as charts write them, after the reader's locale."""

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

MISSING = "–"
MINUS = "−"


def number(value: float, places: int = 0, *, signed: bool = False) -> str:
    """Rounded half up. `signed` writes the plus before what is above zero, as differences need."""
    text = str(floatformat(value, places))
    if not text.strip("-0.,"):
        return text.lstrip("-")
    if text.startswith("-"):
        return MINUS + text[1:]
    return f"+{text}" if signed else text


def span(low: float | None, high: float | None, places: int = 0, *, signed: bool = False) -> str:
    """An interval as "71 to 91"; a dash where there is none."""
    if low is None or high is None:
        return MISSING
    return _("%(low)s to %(high)s") % {
        "low": number(low, places, signed=signed),
        "high": number(high, places, signed=signed),
    }


def plus_minus(half_width: float, places: int = 0) -> str:
    """Half an interval as "±6", never rounded down to nothing."""
    return f"±{number(max(half_width, 10.0**-places), places)}"
