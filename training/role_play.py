"""How a role play goes: from what the trainee did to where they stand, what was said, and what it shows
by a rubric. Without the database.

The events of a run are `{"scene", "wrote"}` (an answer was written) and `{"scene", "choice", "ticked"}`
(it went on by that choice).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.scenarios import Choice, End, Mark, Scenario, Scene
from interactions.models import Message

# A loop may be gone round; whoever does so for ever is asked to begin anew.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Move:
    """One answer of the trainee. `number` counts from 1."""

    number: int
    scene: Scene
    choice: Choice
    wrote: str = ""
    ticked: Sequence[int] = ()

    @property
    def words(self) -> str:
        return self.wrote if self.scene.is_written else self.choice.text

    @property
    def checklist(self) -> list[tuple[str, bool]]:
        return [(item, place in self.ticked) for place, item in enumerate(self.scene.checklist)]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: at a scene or at an end. `wrote` is the answer written there that was not
    gone on from; None where none was."""

    moves: Sequence[Move]
    scene: Scene | None
    end: End | None
    wrote: str | None = None

    @property
    def is_writing(self) -> bool:
        return self.scene is not None and self.scene.is_written and self.wrote is None

    @property
    def last(self) -> Move | None:
        return self.moves[-1] if self.moves else None


def position(scenario: Scenario, events: Sequence[Mapping[str, Any]]) -> Position:
    """Play `events` again. They fit the scenario, which a run keeps as it was."""
    here: Scene | End | None = scenario.start
    moves: list[Move] = []
    wrote: str | None = None
    for event in events:
        if not isinstance(here, Scene):
            break
        if "wrote" in event:
            wrote = event["wrote"]
            continue
        choice = here.ways[event["choice"]]
        ticked = tuple(event.get("ticked", ()))
        moves.append(Move(len(moves) + 1, here, choice, wrote or "", ticked))
        wrote, here = None, scenario.find(choice.to_key)
    return Position(
        moves,
        here if isinstance(here, Scene) else None,
        here if isinstance(here, End) else None,
        wrote,
    )


def turns_of(place: Position) -> list[Message]:
    """The conversation so far, as `_conversation.html` shows it."""
    turns = []
    for move in place.moves:
        turns.append(Message(id=f"c{move.number}", speaker="customer", text=move.scene.says))
        turns.append(Message(id=f"a{move.number}", speaker="agent", text=move.words))
    number = len(place.moves) + 1
    if place.scene is not None:
        turns.append(Message(id=f"c{number}", speaker="customer", text=place.scene.says))
        if place.wrote is not None:
            turns.append(Message(id=f"a{number}", speaker="agent", text=place.wrote))
    return turns


@dataclass(frozen=True, slots=True)
class Shown:
    """What a choice showed about a criterion, and the trainee's words that show it."""

    mark: Mark
    move: Move


def shown_by_criterion(moves: Sequence[Move]) -> dict[str, list[Shown]]:
    """By the criterion's key; the lowest level first, of equal ones the later. The first decides: one
    slip in a conversation is not undone by what was good in it."""
    found: dict[str, list[Shown]] = {}
    for move in moves:
        for mark in move.choice.marks:
            found.setdefault(mark.criterion, []).append(Shown(mark, move))
    for rows in found.values():
        rows.sort(key=lambda row: (row.mark.level, -row.move.number))
    return found
