"""What every chart has in common, and the frame it stands in."""

from dataclasses import dataclass
from typing import Protocol

from ui.charts.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`key` is unique on its page and names the exported file; letters, digits, `-` and `_` only.
    `title` and `description` are what somebody gets who does not see the drawing: the description says
    in a sentence what is drawn and what it comes to."""

    key: str
    title: str
    description: str


class Drawing(Protocol):
    """A chart laid out: `template` draws it, `table` says the same in cells."""

    @property
    def chart(self) -> Chart: ...
    @property
    def template(self) -> str: ...
    @property
    def table(self) -> Table: ...
    @property
    def is_table(self) -> bool:
        """Whether the drawing is a table itself, so that none is needed behind it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with all that must never be apart from it, for `{% include "ui/charts/figure.html"
    with figure=… %}`.

    `period` and `n` are words ("September to November 2026", "214 scorecards by 6 reviewers");
    `definition` is the address of the text that says how it is worked out; `statement` is the sentence
    the figure allows. `level` is that of the heading, 0 for a title that is only read out because a
    heading stands above already. The link to the file keeps the page's filters and adds
    `format=csv&chart=<key>`, which the view answers with `ui.exports.chart_csv`; `csv_url` leads
    elsewhere, `has_csv=False` nowhere.
    """

    drawing: Drawing
    period: str
    n: str
    definition: str
    statement: str = ""
    note: str = ""
    level: int = 3
    csv_url: str = ""
    has_csv: bool = True

    @property
    def chart(self) -> Chart:
        return self.drawing.chart

    @property
    def key(self) -> str:
        return self.drawing.chart.key
