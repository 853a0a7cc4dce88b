"""Figures of agreement in words. No figure without its interval and n; too few data are a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from measurement.agreement import Agreement, Figure, State

# Krippendorff's own bound for tentative conclusions.
ALIKE_FROM = 0.667


@dataclass(frozen=True, slots=True)
class Words:
    """What the report says about a criterion's figures: `exact`, `within_one` (empty with two levels)
    and `alpha` openly, `ac2` under details; `paradox` is empty unless values crowd in one level."""

    exact: str
    within_one: str
    alpha: str
    verdict: str
    ac2: str
    paradox: str


def words_of(figures: Agreement) -> Words:
    return Words(
        exact=_share(figures.exact, _("Exactly the same level")),
        within_one=_share(figures.within_one, _("At most one level apart"))
        if figures.within_one
        else "",
        alpha=_coefficient(figures.alpha, "α", is_lopsided=figures.is_lopsided),
        verdict=_verdict(figures),
        ac2=_coefficient(figures.ac2, "AC2", is_lopsided=figures.is_lopsided),
        paradox=_(
            "Nearly all interactions got the same score, so this sample says little about "
            "disagreement; add difficult ones."
        )
        if figures.is_lopsided
        else "",
    )


def difference_words(figure: Figure | None) -> str:
    """How much milder or stricter than the keys; empty without any key."""
    if figure is None:
        return ""
    if figure.state != State.SHOWN or figure.value is None:
        return _missing(_("The difference from the key"), figure)
    size = floatformat(abs(figure.value), 2)
    if figure.value == 0:
        lead = _("Neither milder nor stricter than the key on average")
    elif figure.value > 0:
        lead = _("%s levels milder than the key on average") % size
    else:
        lead = _("%s levels stricter than the key on average") % size
    if figure.low is None or figure.high is None:
        return _("%(lead)s, in each of %(n)d interactions alike.") % {"lead": lead, "n": figure.n}
    rest = _interval(figure, places=2)
    if figure.low <= 0 <= figure.high:
        return _("%(lead)s %(rest)s; that cannot be told apart from the key.") % {
            "lead": lead,
            "rest": rest,
        }
    return f"{lead} {rest}."


def total_words(totals: tuple[Figure, Figure] | None) -> Iterator[str]:
    if totals is None:
        yield _(
            "The agreement of total percents (ICC) needs everybody's percent for every interaction."
        )
        return
    for figure, name in zip(totals, ("ICC(2,1)", "ICC(2,k)"), strict=True):
        yield _coefficient(figure, name, is_lopsided=False)


def _share(figure: Figure, name: str) -> str:
    if figure.state != State.SHOWN or figure.value is None:
        return _missing(name, figure)
    limits = ""
    if figure.low is not None and figure.high is not None:
        limits = _("; with 95%% confidence %(low)s to %(high)s %%") % {
            "low": floatformat(100 * figure.low, 0),
            "high": floatformat(100 * figure.high, 0),
        }
    return _("%(name)s: %(share)s %% of pairs of grades (%(n)d interactions%(limits)s).") % {
        "name": name,
        "share": floatformat(100 * figure.value, 0),
        "n": figure.n,
        "limits": limits,
    }


def _coefficient(figure: Figure, name: str, *, is_lopsided: bool) -> str:
    if figure.state == State.NO_VARIATION:
        return _("%s: no variation. Everybody gave the same every time.") % name
    if figure.state == State.TOO_FEW or figure.value is None:
        missing = _missing(name, figure)
        if is_lopsided:
            return _("%s So many because nearly all got the same level.") % missing
        return missing
    value = floatformat(figure.value, 2)
    if figure.low is None:
        return _(
            "%(name)s = %(value)s (%(n)d interactions; too little spread for an interval)."
        ) % {
            "name": name,
            "value": value,
            "n": figure.n,
        }
    return f"{name} = {value} {_interval(figure, places=2)}."


def _verdict(figures: Agreement) -> str:
    """What the interval of alpha allows to say; silent where alpha and AC2 contradict one another."""
    alpha = figures.alpha
    if figures.is_lopsided or alpha.low is None or alpha.high is None:
        return ""
    if alpha.low >= ALIKE_FROM:
        return _("People read this criterion alike.")
    if alpha.high < ALIKE_FROM:
        return _("People read this criterion differently.")
    return _("Too uncertain to say whether people read this criterion alike.")


def _missing(name: str, figure: Figure) -> str:
    return ngettext(
        "%(name)s is shown from %(needed)d interactions with two answers to compare; there is "
        "%(n)d.",
        "%(name)s is shown from %(needed)d interactions with two answers to compare; there are "
        "%(n)d.",
        figure.n,
    ) % {"name": name, "needed": figure.needed, "n": figure.n}


def _interval(figure: Figure, *, places: int) -> str:
    return _("(%(n)d interactions; with 95%% confidence %(low)s to %(high)s)") % {
        "n": figure.n,
        "low": floatformat(figure.low, places),
        "high": floatformat(figure.high, places),
    }
