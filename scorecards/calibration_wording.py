"""Figures of agreement in words. No figure without its interval and n; too few data are a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from measurement.agreement import ALPHA_FROM_IF_LOPSIDED, Agreement, Figure, State

# Krippendorff's own bound for tentative conclusions.
ALIKE_FROM = 0.667
# More criteria are counted, not named.
NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Words:
    """What the report says about a criterion's figures: `exact`, `within_one` (empty with two levels)
    and `alpha` openly, `ac2` under details; `paradox` is empty unless values crowd in one level.

    What has too few interactions behind it is empty too, and named in `few`: see `few_words`.
    """

    exact: str
    within_one: str
    alpha: str
    verdict: str
    ac2: str
    paradox: str
    from_key: str
    few: Sequence[tuple[str, Figure]]

    @property
    def are_any(self) -> bool:
        return any((self.exact, self.within_one, self.alpha, self.ac2, self.from_key, self.paradox))


def words_of(figures: Agreement, from_key: Figure | None = None) -> Words:
    named = [
        (_("Exactly the same level"), figures.exact),
        (_("At most one level apart"), figures.within_one),
        (_("The difference from the key"), from_key),
        ("α", figures.alpha),
        ("AC2", figures.ac2),
    ]
    return Words(
        exact=_share(figures.exact, _("Exactly the same level")),
        within_one=_share(figures.within_one, _("At most one level apart"))
        if figures.within_one
        else "",
        alpha=_coefficient(figures.alpha, "α"),
        verdict=_verdict(figures),
        ac2=_coefficient(figures.ac2, "AC2"),
        paradox=_(
            "Nearly all interactions got the same score, so this sample says little about "
            "disagreement; add difficult ones."
        )
        if figures.is_lopsided
        else "",
        from_key=difference_words(from_key),
        few=[(name, figure) for name, figure in named if figure and figure.state == State.TOO_FEW],
    )


def few_words(rows: Iterable[tuple[object, Words]]) -> Iterator[str]:
    """Once for all criteria of `rows`: which figures need how many interactions, and which criteria
    have not so many."""
    counts: dict[tuple[int, str], dict[object, int]] = defaultdict(dict)
    criterion_count = 0
    for criterion, words in rows:
        criterion_count += 1
        for name, figure in words.few:
            counts[figure.needed, name][criterion] = figure.n
    # What lacks for the same criteria is said in one sentence.
    alike: dict[tuple[int, tuple[object, ...]], list[str]] = defaultdict(list)
    for (needed, name), of_name in counts.items():
        alike[needed, tuple(of_name)].append(name)
    for (needed, criteria), names in sorted(alike.items(), key=lambda item: item[0][0]):
        most = max(counts[needed, names[0]].values())
        yield _few_sentence(needed, names, criteria, most, of=criterion_count)


def _few_sentence(
    needed: int, names: Sequence[str], criteria: Sequence[object], most: int, *, of: int
) -> str:
    if len(criteria) == of:
        rest = ngettext("Here there is %(n)d.", "Here there are at most %(n)d.", most) % {"n": most}
    elif len(criteria) > NAMED_AT_MOST:
        rest = _("Too few yet for %(n)d of %(all)d criteria.") % {"n": len(criteria), "all": of}
    else:
        rest = _("Too few yet for: %s.") % ", ".join(str(row) for row in criteria)
    if needed == ALPHA_FROM_IF_LOPSIDED:
        rest = f"{rest} {_('So many because nearly all got the same level.')}"
    return _(
        "Shown from %(needed)d interactions with two answers to compare: %(names)s. %(rest)s"
    ) % {"needed": needed, "names": "; ".join(names), "rest": rest}


def share_in_brief(figure: Figure | None) -> str:
    """A share of pairs with its interval, for a table; empty without."""
    if figure is None or figure.state != State.SHOWN or figure.value is None:
        return ""
    share = floatformat(100 * figure.value, 0)
    if figure.low is None or figure.high is None:
        return _("%s %%") % share
    return _("%(share)s %% (%(low)s–%(high)s)") % {
        "share": share,
        "low": floatformat(100 * figure.low, 0),
        "high": floatformat(100 * figure.high, 0),
    }


def difference_words(figure: Figure | None) -> str:
    """How much milder or stricter than the keys; empty without any key, and with too few."""
    if figure is None or figure.state != State.SHOWN or figure.value is None:
        return ""
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
        yield _coefficient(figure, name) or _missing(name, figure)


def _share(figure: Figure, name: str) -> str:
    if figure.state != State.SHOWN or figure.value is None:
        return ""
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


def _coefficient(figure: Figure, name: str) -> str:
    """Empty with too few."""
    if figure.state == State.NO_VARIATION:
        return _("%s: no variation. Everybody gave the same every time.") % name
    if figure.state == State.TOO_FEW or figure.value is None:
        return ""
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
