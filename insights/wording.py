"""Estimates in words. A figure never stands without its interval and its number of scorecards, and
too few scorecards are a sentence (docs/measurement.md)."""

import datetime as dt

from django.template.defaultfilters import floatformat
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights.skills import MINIMUM_SCORECARDS, Estimate, Window
from people.channels import Channel


def whole(value: float) -> str:
    """Rounded half up, as templates do; `number_format` alone would cut the decimals off."""
    return str(floatformat(value, 0))


def plus_minus(estimate: Estimate) -> str:
    """Half the interval as "±6". It is never rounded down to nothing."""
    return f"±{whole(max(1, estimate.half_width))}"


def brief(estimate: Estimate) -> str:
    """For a cell of a table or beside a dot: "81 ±6 · 14", or what is missing."""
    if not estimate.n:
        return _("no scorecards")
    if not estimate.is_enough:
        return _("%(n)d of %(needed)d needed") % {"n": estimate.n, "needed": MINIMUM_SCORECARDS}
    if not estimate.has_spread:
        return _("%(mean)s, all %(n)d alike") % {"mean": whole(estimate.mean), "n": estimate.n}
    return f"{whole(estimate.mean)} {plus_minus(estimate)} · {estimate.n}"


def sentence(estimate: Estimate) -> str:
    """The whole statement about one measure, without saying when."""
    if not estimate.n:
        return _("No scorecard measured this, so there is nothing to say.")
    if not estimate.is_enough:
        return ngettext(
            "Not enough to say: there is %(n)d scorecard of the %(needed)d that are needed.",
            "Not enough to say: there are %(n)d scorecards of the %(needed)d that are needed.",
            estimate.n,
        ) % {"n": estimate.n, "needed": MINIMUM_SCORECARDS}
    if not estimate.has_spread:
        return _(
            "All %(n)d scorecards gave %(mean)s %%. Without any difference between them there is "
            "no interval to work out."
        ) % {"n": estimate.n, "mean": whole(estimate.mean)}
    return _(
        "%(mean)s %% on average over %(n)d scorecards; with 95%% confidence between %(low)s and "
        "%(high)s %%."
    ) % {
        "mean": whole(estimate.mean),
        "n": estimate.n,
        "low": whole(estimate.low),
        "high": whole(estimate.high),
    }


def month_sentence(month: dt.date, estimate: Estimate) -> str:
    """What a dot of a chart says, and that it leads somewhere."""
    return _("%(month)s: %(statement)s Show these scorecards.") % {
        "month": date_format(month, "YEAR_MONTH_FORMAT"),
        "statement": sentence(estimate),
    }


def period(window: Window) -> str:
    """“September to November 2026”, or with both years where they differ."""
    first, last = window.first, window.last
    if (first.year, first.month) == (last.year, last.month):
        return date_format(last, "YEAR_MONTH_FORMAT")
    start = date_format(first, "F" if first.year == last.year else "YEAR_MONTH_FORMAT")
    return _("%(first)s to %(last)s") % {
        "first": start,
        "last": date_format(last, "YEAR_MONTH_FORMAT"),
    }


def channel(value: str) -> str:
    """A channel inside a sentence; empty is all of them."""
    return str(Channel(value).label) if value else _("all channels")
