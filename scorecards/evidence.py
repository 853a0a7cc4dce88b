"""Finding quoted words in a conversation, and showing them to somebody who must not know the agent."""

from collections.abc import Sequence
from dataclasses import dataclass

from interactions.masking import mask_names
from interactions.models import Interaction, Message


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start` to `end` (Python's code points) of one message."""

    message_id: str
    start: int
    end: int


def find_passage(turns: Sequence[Message], quote: str) -> Passage | None:
    """The first place where `quote` stands in the conversation, spaces around it aside.

    Masked turns work as well as plain ones: masking keeps every offset.
    """
    wanted = quote.strip()
    if not wanted:
        return None
    for turn in turns:
        start = turn.text.find(wanted)
        if start >= 0:
            return Passage(turn.id, start, start + len(wanted))
    return None


def agent_names(interaction: Interaction) -> list[str]:
    """Every name by which the conversation may call its agent. Needs `interaction.agent` loaded."""
    names = [interaction.agent_name]
    if interaction.agent is not None:
        names += [str(interaction.agent), interaction.agent.first_name, interaction.agent.last_name]
    return [name for name in names if name]


def masked(text: str, interaction: Interaction) -> str:
    """`text` with the agent's names blacked out, as long as before."""
    return mask_names(text, agent_names(interaction))
