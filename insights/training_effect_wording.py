"""What may be said about the effect of a module: one sentence each, and never more than it allows."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights.training_effect import ModuleEffect
from measurement.training_effect import (
    REVIEWS_FROM,
    Choice,
    Doubt,
    Effect,
    Method,
    Missing,
    Need,
    TrainingEffect,
    Verdict,
)
from ui.charts.numbers import number, span

# Half a point is what rounding would show as nothing.
NOTHING = 0.5

VERDICTS = {
    Verdict.GAIN: lambda: _("A gain"),
    Verdict.LOSS: lambda: _("Less than peers"),
    Verdict.NO_EVIDENCE: lambda: _("No evidence yet"),
    Verdict.CANNOT_TELL: lambda: _("Cannot be told"),
    Verdict.TOO_FEW: lambda: _("Too few"),
}
METHODS = {
    Method.ANCOVA: lambda: _("Compared with peers who had the same scores before"),
    Method.DIFFERENCE_IN_DIFFERENCES: lambda: _("Change compared with the change of peers"),
    Method.DIFFERENCE_IN_MEANS: lambda: _("Compared with those who were not drawn"),
}
CHOICES = {
    Choice.BY_SCORE: lambda: _("Most people were chosen by a rule about their scores."),
    Choice.BY_LOT: lambda: _("People were drawn by lot from all who were eligible."),
    Choice.OTHERWISE: lambda: _(
        "Most people were chosen by somebody's judgement or came by themselves, so trained and peers may "
        "have differed from the start."
    ),
}


def verdict(effect: TrainingEffect) -> str:
    return VERDICTS[effect.verdict]()


def method(effect: Effect) -> str:
    return METHODS[effect.method]()


def choice(value: Choice) -> str:
    return CHOICES[value]()


def by_chance(effect: TrainingEffect) -> str:
    """What to expect without any training: said before any result. People are counted before anything
    is said about them."""
    if effect.verdict == Verdict.TOO_FEW:
        return _("With so few people it cannot be said what chance alone would do.")
    if effect.expected_gain is None:
        return _("What chance alone would do cannot be worked out from these months.")
    if abs(effect.expected_gain) < NOTHING:
        return _(
            "Chance alone would have changed next to nothing: in the month by which they were chosen, "
            "these people stood where they usually stand."
        )
    if effect.expected_gain > 0:
        return _(
            "Without any training these people would have risen by about %(points)s points from the "
            "month by which they were chosen, because a low month is partly bad luck."
        ) % {"points": number(effect.expected_gain, 1)}
    return _(
        "Without any training these people would have fallen by about %(points)s points from the month "
        "by which they were chosen, because a high month is partly good luck."
    ) % {"points": number(-effect.expected_gain, 1)}


def sentence(effect: TrainingEffect) -> str:
    """The one that the figures allow; it stands after the verdict."""
    if effect.verdict == Verdict.TOO_FEW or effect.headline is None:
        return _("%(what)s.") % {"what": _(" and ").join(map(_missing, _to_name(effect)))}
    head = effect.headline
    values = {
        "points": number(abs(head.value), 1),
        "range": span(head.low, head.high, 1, signed=True),
        "detectable": number(effect.detectable or 0, 1),
    }
    if effect.verdict == Verdict.CANNOT_TELL:
        return " ".join(_doubts(effect))
    if effect.verdict == Verdict.GAIN:
        return (
            _(
                "Those who took it rose by %(points)s points more than peers who did not (with 95%% "
                "confidence %(range)s), beyond what chance alone would do."
            )
            % values
        )
    if effect.verdict == Verdict.LOSS:
        return (
            _(
                "Those who took it came out %(points)s points below what peers did (with 95%% confidence "
                "%(range)s). That need not be the module: ask what else was different for them."
            )
            % values
        )
    return (
        _(
            "No evidence yet: the difference to peers may be chance (%(range)s points). An effect of "
            "%(detectable)s points would have been found four times out of five; a smaller one may be "
            "there."
        )
        % values
    )


def left_out(found: ModuleEffect) -> list[str]:
    """Who finished and does not count, and why."""
    parts = []
    if found.waiting:
        parts.append(
            ngettext(
                "%(n)d person finished too lately: the months after are still to come.",
                "%(n)d people finished too lately: the months after are still to come.",
                found.waiting,
            )
            % {"n": found.waiting}
        )
    if found.new:
        parts.append(
            ngettext(
                "%(n)d person was new in these months, and new people rise by themselves.",
                "%(n)d people were new in these months, and new people rise by themselves.",
                found.new,
            )
            % {"n": found.new}
        )
    if found.slow:
        parts.append(
            ngettext(
                "%(n)d person took more than two months for it.",
                "%(n)d people took more than two months for it.",
                found.slow,
            )
            % {"n": found.slow}
        )
    thin = found.counted - found.effect.trained
    if thin > 0:
        parts.append(
            ngettext(
                "%(n)d person has fewer than %(needed)d scorecards before or after, or none in the "
                "month of selection.",
                "%(n)d people have fewer than %(needed)d scorecards before or after, or none in the "
                "month of selection.",
                thin,
            )
            % {"n": thin, "needed": REVIEWS_FROM}
        )
    return parts


def _to_name(effect: TrainingEffect) -> tuple[Missing, ...]:
    """Without anybody trained there are no months to compare, and nobody is a peer in them."""
    none = [m for m in effect.missing if m.need == Need.TRAINED and not m.people]
    return tuple(none) or effect.missing


def _missing(missing: Missing) -> str:
    lacking = missing.needed - missing.have
    values = {"n": lacking, "have": missing.have, "needed": missing.needed, "least": REVIEWS_FROM}
    if missing.need == Need.TRAINED:
        return (
            ngettext(
                "%(n)d more trained person with %(least)d scorecards before and after is needed "
                "(%(have)d of %(needed)d)",
                "%(n)d more trained people with %(least)d scorecards before and after are needed "
                "(%(have)d of %(needed)d)",
                lacking,
            )
            % values
        )
    return (
        ngettext(
            "%(n)d more peer with %(least)d scorecards before and after is needed (%(have)d of "
            "%(needed)d)",
            "%(n)d more peers with %(least)d scorecards before and after are needed (%(have)d of "
            "%(needed)d)",
            lacking,
        )
        % values
    )


def _doubts(effect: TrainingEffect) -> Iterator[str]:
    for doubt in effect.doubts:
        if doubt == Doubt.METHODS_DISAGREE and effect.headline and effect.beside:
            yield _(
                "Two fair ways of comparing differ by more than chance: one finds %(one)s points "
                "(%(one_range)s), the other %(other)s (%(other_range)s)."
            ) % {
                "one": number(effect.headline.value, 1, signed=True),
                "one_range": span(effect.headline.low, effect.headline.high, 1, signed=True),
                "other": number(effect.beside.value, 1, signed=True),
                "other_range": span(effect.beside.low, effect.beside.high, 1, signed=True),
            }
            lows = (effect.headline.low, effect.beside.low)
            if min(lows) > 0:
                yield _("Both are above zero, but how much is the training's cannot be said.")
        elif doubt == Doubt.DIFFERENT_BEFORE:
            yield _(
                "Trained and peers were drifting apart before anybody was trained, so what came after "
                "cannot be put down to the module."
            )
        elif doubt == Doubt.BEFORE_UNKNOWN:
            yield _(
                "There are too few scorecards from before to see whether trained and peers were drifting "
                "apart already."
            )
