"""How a drawing gets as wide as its place while its letters stay as large as they are.

The drawings have no viewBox. Across, everything is a percentage of the plot; down, it is CSS pixels
from its top. Lines and areas, which know no percentages, are drawn 1000 wide in a nested drawing that
is stretched (`.chart__stretch`), with strokes that are not; marks are outlines around 0, 0 in a nested
drawing that only moves (`.chart__at`). Names of the vertical axis hang out to the left, where
components/charts.css leaves room. So one drawing serves a phone, a wide screen and paper.

Numbers are strings, so that no locale can turn a decimal point into a comma.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ui.charts.numbers import number
from ui.charts.scales import Scale

ACROSS = 1000
MARK = 5
# A text nearer to a side than this share of the width is written away from it.
SIDE = 0.2

Height = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A name at a place on an axis; `below` stands in the row under it. `is_extra` ones are left out
    where the drawing is narrow."""

    at: str
    label: str
    below: str = ""
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    x: str
    y: str
    anchor: str
    text: str


def px(value: float) -> str:
    return f"{value:.1f}"


def percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def spot(share: float, y: float) -> str:
    """A point of a line in the stretched drawing."""
    return f"{ACROSS * share:.1f},{y:.1f}"


def line(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(spot(share, y) for share, y in points)


def area(points: Sequence[tuple[float, float, float]]) -> str:
    """The outline around (share, upper y, lower y)."""
    upper = [(share, top) for share, top, _bottom in points]
    lower = [(share, bottom) for share, _top, bottom in reversed(points)]
    return line([*upper, *lower])


def anchor(share: float) -> str:
    if share < SIDE:
        return "start"
    return "end" if share > 1 - SIDE else "middle"


def outline(series: int, size: float = MARK) -> str:
    """A mark around 0, 0. Series differ by shape, so that none needs its colour to be told."""
    r = size
    outlines = (
        f"M{-r} 0a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z",
        f"M{-r} {-r}h{2 * r}v{2 * r}h{-2 * r}Z",
        f"M0 {-r - 1}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}Z",
        f"M0 {-r - 1}l{r + 1} {2 * r}h{-2 * r - 2}Z",
    )
    return outlines[series % len(outlines)]


def whisker(top: float, bottom: float) -> str:
    """An upright interval around x = 0, capped at both ends."""
    return f"M{-MARK} {px(top)}h{2 * MARK}M0 {px(top)}V{px(bottom)}M{-MARK} {px(bottom)}h{2 * MARK}"


def heights(scale: Scale, top: float, base: float) -> Height:
    """From a value to its place down a plot from `top` to `base`."""
    return lambda value: base - scale.share(value) * (base - top)


def value_ticks(scale: Scale, height: Height, *, signed: bool = False) -> list[Tick]:
    return [
        Tick(px(height(tick)), number(tick, scale.decimal_places, signed=signed))
        for tick in scale.ticks
    ]


def along_ticks(scale: Scale, *, signed: bool = False) -> list[Tick]:
    """The ticks of a scale that runs across. On a phone every other one is left out if they are many."""
    many = len(scale.ticks) > 5
    return [
        Tick(
            percent(scale.share(tick)),
            number(tick, scale.decimal_places, signed=signed),
            is_extra=many and index % 2 == 1,
        )
        for index, tick in enumerate(scale.ticks)
    ]
