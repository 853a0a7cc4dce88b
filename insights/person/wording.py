"""A person's figures in words. What is said of somebody they read themselves, so it tells what is known
and how well, and judges nobody."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.person.scores import Level
from measurement.drift import AgentChange, DriftState
from measurement.figures import Figure
from measurement.severity import Score


def month_of(number: int) -> dt.date:
    """The reverse of `insights.fair.month_number`."""
    return dt.date(number // 12, number % 12 + 1, 1)


def scorecards(n: int) -> str:
    return ngettext("%(n)d scorecard", "%(n)d scorecards", n) % {"n": n}


def reviewers(n: int) -> str:
    return ngettext("%(n)d reviewer", "%(n)d reviewers", n) % {"n": n}


def span(figure: Figure) -> str:
    """“71 to 85”, cut to the scale; empty where there is no interval."""
    if figure.low is None or figure.high is None:
        return ""
    words = {"low": wording.whole(max(0, figure.low)), "high": wording.whole(min(100, figure.high))}
    return _("%(low)s to %(high)s") % words


def adjusted(score: Score) -> str:
    """The fair score of somebody who has one."""
    words = {"value": wording.whole(score.figure.value or 0), "span": span(score.figure)}
    if not words["span"]:
        return _("%(value)s %%") % words
    return _("%(value)s %%, with 95%% confidence %(span)s") % words


def now(level: Level) -> str:
    """What holds now: adjusted and as graded, with how many, or why there is nothing to say."""
    raw, score = level.raw, level.fair
    if not raw.is_enough or score is None or not level.is_adjusted:
        return wording.sentence(raw)
    words = {
        "adjusted": adjusted(score),
        "raw": wording.whole(score.raw or 0),
        "n": scorecards(score.figure.n),
        "reviewers": reviewers(score.reviewers),
    }
    return (
        _("%(adjusted)s, adjusted for who graded. As graded: %(raw)s %%. %(n)s by %(reviewers)s.")
        % words
    )


def unadjusted(level: Level) -> str:
    """Why a figure is not adjusted; empty where it is, and where there is no figure."""
    if not level.raw.is_enough or level.is_adjusted:
        return ""
    return _(
        "Not adjusted for who graded: too few scorecards are shared among reviewers to tell who of them "
        "grades more strictly."
    )


def need(level: Level) -> str:
    """What is missing until the figure can stand beside those of others; empty where nothing is."""
    if level.need is None:
        return ""
    if level.need.more is None:
        return _(
            "Too uncertain to be set beside others’ figures. More scorecards by the same reviewers would "
            "not change that; other reviewers would."
        )
    return ngettext(
        "Too uncertain to be set beside others’ figures: about %(n)d more scorecard is needed.",
        "Too uncertain to be set beside others’ figures: about %(n)d more scorecards are needed.",
        level.need.more,
    ) % {"n": level.need.more}


def change(found: AgentChange | None) -> str:
    """The alarm in words; empty where nothing was graded."""
    if found is None:
        return ""
    if found.state != DriftState.SHOWN:
        lacking = found.needed - found.usable
        return ngettext(
            "Too early to say whether something changed: %(n)d more month with at least 4 scorecards "
            "is needed.",
            "Too early to say whether something changed: %(n)d more months with at least 4 "
            "scorecards are needed.",
            lacking,
        ) % {"n": lacking}
    chart = found.chart
    if not found.has_changed or chart.since is None or chart.change is None:
        return _("No sign of a change: it varies as it did in the first months shown.")
    size = wording.whole(max(1, abs(chart.change)))
    words = {
        "month": date_format(month_of(int(found.months[chart.since])), "YEAR_MONTH_FORMAT"),
        "size": size,
        "span": "",
    }
    if chart.change_low is not None and chart.change_high is not None:
        limits = sorted((chart.change_low, chart.change_high))
        if chart.change < 0:
            limits = [-limits[1], -limits[0]]
        words["span"] = _(" (%(low)s to %(high)s)") % {
            "low": wording.whole(limits[0]),
            "high": wording.whole(limits[1]),
        }
    if chart.change > 0:
        sentence = _(
            "Something changed: since %(month)s about %(size)s points higher%(span)s than in the first "
            "four months."
        )
    else:
        sentence = _(
            "Something changed: since %(month)s about %(size)s points lower%(span)s than in the first "
            "four months."
        )
    return sentence % words


def adjusted_month(month: dt.date, score: Score) -> str:
    """What the adjusted dot of a chart says."""
    return _("%(month)s, adjusted for who graded: %(statement)s. %(n)s by %(reviewers)s.") % {
        "month": date_format(month, "YEAR_MONTH_FORMAT"),
        "statement": adjusted(score),
        "n": scorecards(score.figure.n),
        "reviewers": reviewers(score.reviewers),
    }


def adjusted_tip(score: Score) -> str:
    return _("adjusted %(value)s · %(n)d") % {
        "value": wording.whole(score.figure.value or 0),
        "n": score.figure.n,
    }
