"""Recognitions as they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from coaching.models import Recognition
from people.models import User


@dataclass(frozen=True, slots=True)
class Told:
    """A recognition; `is_removed` where the passage does not stand in the conversation any more."""

    recognition: Recognition
    is_removed: bool
    is_own: bool


def told(rows: Iterable[Recognition], *, reader: User) -> list[Told]:
    """Needs `scorecard__interaction__transcript`; then no query."""
    return [Told(row, _is_removed(row), row.author_id == reader.pk) for row in rows]


def _is_removed(row: Recognition) -> bool:
    if not row.quote:
        return False
    turn = row.scorecard.interaction.turn(row.message_id)
    return turn is None or turn.text[row.start : row.end] != row.quote
