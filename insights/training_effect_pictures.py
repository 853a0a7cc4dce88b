"""The charts and tables of one module's effect on one skill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.models import ModulePage
from insights import training_effect_wording as words
from insights import wording
from insights.pictures import LEAST_SPAN
from insights.skills import HIGHEST, LOWEST, Measure, Window
from insights.training_effect import End, ModuleEffect, Side
from measurement.training_effect import Effect, Verdict
from ui.charts import (
    Figure,
    ForestChart,
    ForestGroup,
    ForestRow,
    SlopeChart,
    SlopeEnd,
    SlopeGroup,
    draw_forest,
    draw_slope,
    nice_scale,
)

# A scale of differences is at least so wide to either side.
LEAST_REACH = 5.0


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One line of the list."""

    found: ModuleEffect
    verdict: str
    by_chance: str
    sentence: str

    @property
    def module(self) -> ModulePage:
        return self.found.module

    @property
    def measure(self) -> Measure:
        return self.found.measure

    @property
    def url(self) -> str:
        return detail_url(self.module, self.measure)


# In addresses; no skill may have this key.
WHOLE = "whole-scorecard"


def detail_url(module: ModulePage, measure: Measure) -> str:
    return reverse("insights:training_effect_detail", args=[module.pk, measure.key or WHOLE])


def row_of(found: ModuleEffect) -> EffectRow:
    return EffectRow(
        found,
        words.verdict(found.effect),
        words.by_chance(found.effect),
        words.sentence(found.effect),
    )


def figures_of(found: ModuleEffect, period: Window) -> list[Figure]:
    """Before and after, then the comparisons; nothing while there are too few people."""
    if found.effect.verdict == Verdict.TOO_FEW:
        return []
    return [_before_after(found, period), _comparisons(found, period)]


def people_in_words(found: ModuleEffect) -> str:
    trained = ngettext("%(n)d trained", "%(n)d trained", found.effect.trained)
    peers = ngettext("%(n)d peer", "%(n)d peers", found.effect.peers)
    return _("%(trained)s, %(peers)s") % {
        "trained": trained % {"n": found.effect.trained},
        "peers": peers % {"n": found.effect.peers},
    }


def list_table(rows: Sequence[EffectRow]) -> tuple[list[str], Iterator[list[Any]]]:
    header = [
        _("Module"),
        _("Skill"),
        _("Finished it"),
        _("Trained with enough scorecards"),
        _("Peers with enough scorecards"),
        _("By chance (points)"),
        _("Effect (points)"),
        _("from"),
        _("to"),
        _("Smallest effect to be found"),
        _("Verdict"),
        _("In words"),
    ]

    def records() -> Iterator[list[Any]]:
        for row in rows:
            effect = row.found.effect
            head = effect.headline
            is_few = effect.verdict == Verdict.TOO_FEW
            yield [
                row.module.title,
                row.measure.name,
                row.found.finished,
                effect.trained,
                effect.peers,
                None if is_few else _rounded(effect.expected_gain),
                _rounded(head.value) if head else None,
                _rounded(head.low) if head else None,
                _rounded(head.high) if head else None,
                _rounded(effect.detectable),
                row.verdict,
                row.sentence,
            ]

    return header, records()


def _before_after(found: ModuleEffect, period: Window) -> Figure:
    ends = [
        end
        for side in (found.trained, found.peers)
        for end in (side.before, side.after)
        if end is not None
    ]
    limits = [limit for end in ends for limit in (end.mean, end.low, end.high) if limit is not None]
    chart = SlopeChart(
        key="before-after",
        title=_("%(measure)s before and after") % {"measure": found.measure.name},
        description=_(
            "Means of people's monthly means in the three months before and after, each as far from the "
            "month by which people were chosen, which is left out. %(sentence)s"
        )
        % {"sentence": words.sentence(found.effect)},
        groups=[_slope(_("Trained"), found.trained), _slope(_("Peers"), found.peers)],
        scale=nice_scale(limits, within=(LOWEST, HIGHEST), least_span=LEAST_SPAN / 2),
        before_name=_("Before"),
        after_name=_("After"),
        value_name=_("Mean (%)"),
        group_name=_("Group"),
        count_name=_("People"),
        places=1,
    )
    return Figure(
        draw_slope(chart),
        period=_period(found, period),
        n=people_in_words(found),
        definition=reverse("insights:method") + "#training-effect",
        level=3,
    )


def _comparisons(found: ModuleEffect, period: Window) -> Figure:
    effect = found.effect
    groups = [ForestGroup(_("What counts"), [_forest(effect.headline, effect.trained)])]
    if effect.beside:
        groups.append(
            ForestGroup(_("The other way of looking"), [_forest(effect.beside, effect.trained)])
        )
    if effect.placebo:
        row = _forest(effect.placebo, effect.trained, name=_("The same before any training"))
        groups.append(ForestGroup(_("Cross-check: there should be nothing"), [row]))
    known = [each for each in (effect.headline, effect.beside, effect.placebo) if each]
    reach = max([LEAST_REACH, *(abs(limit) for each in known for limit in (each.low, each.high))])
    chart = ForestChart(
        key="comparisons",
        title=_("Trained against peers"),
        description=_("Differences in points with 95%% intervals. %(sentence)s")
        % {"sentence": words.sentence(effect)},
        groups=groups,
        scale=nice_scale([-reach, reach], within=(-100, 100)),
        row_name=_("Comparison"),
        value_name=_("Points"),
        count_name=_("Trained"),
        reference=0,
        reference_name=_("no difference"),
        places=1,
        signed=True,
    )
    return Figure(
        draw_forest(chart),
        period=_period(found, period),
        n=people_in_words(found),
        definition=reverse("insights:method") + "#training-effect",
        level=3,
    )


def _forest(effect: Effect | None, n: int, *, name: str = "") -> ForestRow:
    if effect is None:
        return ForestRow(name, None, n=n)
    return ForestRow(name or words.method(effect), effect.value, effect.low, effect.high, n=n)


def _slope(name: str, side: Side) -> SlopeGroup:
    return SlopeGroup(name, _slope_end(side.before), _slope_end(side.after), n=side.people)


def _slope_end(end: End | None) -> SlopeEnd:
    return SlopeEnd(end.mean, end.low, end.high) if end else SlopeEnd(None)


def _period(found: ModuleEffect, period: Window) -> str:
    if found.months is None:
        return wording.period(period)
    return _("chosen in %(months)s") % {"months": wording.period(Window(*found.months))}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
