"""What the pages of Objectivity say. A reviewer is never wrong: they differ, or cannot be told apart."""

import datetime as dt
from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights.objectivity.reviewers import Keys, Reviewers
from measurement.drift import DriftState, Period, ReviewerDrift
from measurement.erratic import Spread
from measurement.figures import Figure
from measurement.islands import CROSS_TEAM_TARGET, Crossing
from measurement.severity import SeverityModel
from ui.charts.numbers import number, span
from ui.templatetags.ui import duration


def points(value: float) -> str:
    return _("%(n)s points") % {"n": number(abs(value), 1)}


def share_sentence(model: SeverityModel) -> str:
    """How much of the differences between single scores comes from who reviewed."""
    share = model.share
    if share is None:
        return _(
            "How much of the differences between scores comes from who graded is not known yet: it "
            "takes two reviewers who share people or conversations, and 30 scorecards of these."
        )
    limits = {"low": number(share.low, 1), "high": number(share.high, 1)}
    if number(share.value, 1).strip("0.,") == "":
        return _(
            "Up to %(high)s %% of the differences between single scores may come from who graded; the "
            "best guess is next to nothing."
        ) % {"high": limits["high"]}
    return _(
        "%(value)s %% of the differences between single scores come from who graded; with 95%% "
        "confidence %(low)s to %(high)s %%."
    ) % {"value": number(share.value, 1), **limits}


def severity_sentence(reviewers: Reviewers, reviewer: int) -> str:
    """To the reviewer themselves."""
    figure = reviewers.severity(reviewer)
    if not figure.is_shown or figure.value is None:
        return severity_missing(figure)
    interval = _("95%% interval %(range)s") % {
        "range": span(figure.low, figure.high, 1, signed=True)
    }
    if reviewer in reviewers.stricter:
        lead = _("Gives %(points)s less than the average reviewer would for the same work")
    elif reviewer in reviewers.milder:
        lead = _("Gives %(points)s more than the average reviewer would for the same work")
    else:
        return _("Cannot be told apart from the average reviewer (%(interval)s).") % {
            "interval": interval
        }
    return f"{lead % {'points': points(figure.value)}} ({interval})."


def severity_missing(figure: Figure) -> str:
    """Why there is no severity."""
    if not figure.n:
        return _("Not yet known: nothing graded that counts here.")
    return _(
        "Not yet known: %(n)d scorecards, about %(needed)d are needed of people whom others grade too"
    ) % {"n": figure.n, "needed": figure.needed}


def drift_sentence(drift: ReviewerDrift | None) -> str:
    """Whether something changed; the alarm in words."""
    if drift is None:
        return _("Not yet known: nothing graded in these months.")
    by_quarter = drift.period == Period.QUARTER
    if drift.state == DriftState.TOO_FEW_PERIODS:
        text = (
            _("Not yet known: %(have)d of %(needed)d quarters with enough scorecards.")
            if by_quarter
            else _("Not yet known: %(have)d of %(needed)d months with enough scorecards.")
        )
        return text % {"have": drift.usable, "needed": drift.needed}
    if drift.state == DriftState.NOT_LINKED:
        return _("Cannot be known: nobody else grades the same people in the same months.")
    if drift.state == DriftState.NO_VARIATION:
        return _("Cannot be known: all scorecards are alike.")
    chart = drift.chart
    if not drift.is_drifting or chart.change is None or chart.since is None:
        return _("No change found.")
    text = (
        _(
            "Since %(since)s about %(points)s stricter than before, beside the others (%(interval)s)."
        )
        if chart.change < 0
        else _(
            "Since %(since)s about %(points)s milder than before, beside the others (%(interval)s)."
        )
    )
    interval = span(chart.change_low, chart.change_high, 1, signed=True)
    return text % {
        "since": month_name(int(drift.periods[chart.since])),
        "points": points(chart.change),
        "interval": _("95%% interval %(range)s") % {"range": interval},
    }


def month_name(number_of_month: int) -> str:
    month = dt.date(number_of_month // 12, number_of_month % 12 + 1, 1)
    return date_format(month, "YEAR_MONTH_FORMAT")


def keys_sentence(keys: Keys) -> str:
    """Grades beside the expert's key."""
    same = keys.same
    if not same.is_shown or same.value is None:
        return _("Not yet known: %(n)d of %(needed)d conversations with a key") % {
            "n": same.n,
            "needed": same.needed,
        }
    interval = f" ({span(same.low, same.high)})" if same.low is not None else ""
    return _("%(share)s %%%(interval)s as the key, of %(n)d conversations") % {
        "share": number(same.value),
        "interval": interval,
        "n": same.n,
    }


def sides_sentence(keys: Keys) -> str:
    """On which side the other answers were; empty where there are none."""
    if not keys.milder and not keys.stricter:
        return ""
    return _(
        "Of %(criteria)d answers %(milder)d were milder than the key and %(stricter)d stricter."
    ) % {
        "criteria": keys.criteria,
        "milder": keys.milder,
        "stricter": keys.stricter,
    }


def time_in_words(figure: Figure) -> str:
    if not figure.is_shown or figure.value is None:
        return _("Not yet known: %(n)d of %(needed)d gradings") % {
            "n": figure.n,
            "needed": figure.needed,
        }
    text = str(duration(figure.value))
    if figure.low is None or figure.high is None:
        return text
    return _("%(time)s (%(low)s to %(high)s)") % {
        "time": text,
        "low": duration(figure.low),
        "high": duration(figure.high),
    }


def spread_sentence(spread: Spread | None) -> str:
    """Only where there is something worth a look; empty otherwise."""
    if spread is None or not spread.is_worth_a_look:
        return ""
    return _(
        "Worth a look: grades scatter %(ratio)s times as much as usual around what person and severity "
        "would give. There may be good reasons, such as more difficult work."
    ) % {"ratio": number(spread.ratio, 1)}


def linking_sentences(model: SeverityModel, crossing: Crossing) -> Iterator[str]:
    """Whether all can be compared, and how well teams are tied together."""
    if model.islands.count > 1:
        yield ngettext(
            "Reviewers fall into %(n)d group that shares no people or conversations with another. "
            "Nothing can be compared across.",
            "Reviewers fall into %(n)d groups that share no people or conversations with each other. "
            "Nothing can be compared across.",
            model.islands.count,
        ) % {"n": model.islands.count}
    elif model.n:
        yield _(
            "All reviewers are linked by people or conversations they share: all can be compared."
        )
    if crossing.share is None:
        return
    low, high = CROSS_TEAM_TARGET
    figures = {
        "share": number(crossing.share, 1),
        "reviews": crossing.reviews,
        "all": crossing.of_reviews,
        "low": number(low),
        "high": number(high),
    }
    yield (
        _(
            "%(share)s %% of scorecards (%(reviews)d of %(all)d) were given outside of the team where "
            "their reviewer grades most."
        )
        % figures
    )
    if crossing.is_below_target:
        yield (
            _(
                "%(low)s to %(high)s %%, or two calibration conversations a month, would make "
                "severities better known."
            )
            % figures
        )


def time_band_sentence(band: tuple[float, float, int]) -> str:
    low, high, n = band
    return _(
        "Eight of ten of the %(n)d other reviewers have a median between %(low)s and %(high)s."
    ) % {
        "n": n,
        "low": duration(low),
        "high": duration(high),
    }
