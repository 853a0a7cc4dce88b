"""A line the size of a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.charts.scales import Scale

WIDTH, HEIGHT, MARGIN = 72, 22, 3

Spot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """It repeats what stands beside it in words, so it is hidden from screen readers.

    `dots` are values without a neighbour; `last` is the newest value.
    """

    lines: list[str]
    dots: list[Spot]
    last: Spot
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    template: str = "ui/charts/sparkline.html"


def draw_spark(values: Sequence[float | None], scale: Scale) -> Sparkline | None:
    """Lay out one value per step, None for a gap. There is no line below two values."""
    if sum(value is not None for value in values) < 2:
        return None
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    runs: list[list[Spot]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            y = HEIGHT - MARGIN - scale.share(value) * (HEIGHT - 2 * MARGIN)
            runs[-1].append((f"{MARGIN + index * step:.1f}", f"{y:.1f}"))
    runs = [run for run in runs if run]
    return Sparkline(
        lines=[" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1],
        dots=[run[0] for run in runs if len(run) == 1],
        last=runs[-1][-1],
    )
