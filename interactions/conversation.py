"""Conversations for readers who must not know whose they are."""

from collections.abc import Iterable
from dataclasses import replace

from interactions.masking import mask_names
from interactions.models import Interaction, Message


def agent_names(interaction: Interaction) -> list[str]:
    """Every name or id by which a conversation may tell its agent. Needs `agent` loaded."""
    names = [interaction.agent_name]
    # A bare number may be anything in a conversation; an id with letters tells who it was.
    if any(character.isalpha() for character in interaction.agent_reference):
        names.append(interaction.agent_reference)
    if interaction.agent:
        names += [interaction.agent.first_name, interaction.agent.last_name]
    return [name for name in names if name]


def blind_title(interaction: Interaction) -> str:
    """What the interaction is about, without the agent's names. Needs `agent` loaded."""
    return mask_names(str(interaction), agent_names(interaction))


def blind_turns(turns: Iterable[Message], names: Iterable[str]) -> list[Message]:
    """`turns` with `names` blacked out in what was said, done and found.

    Ids and the length of every text stay, so evidence may be picked in them.
    """
    hidden = [*names]
    return [
        replace(
            turn,
            text=mask_names(turn.text, hidden),
            action=mask_names(turn.action, hidden),
            details=[(name, mask_names(value, hidden)) for name, value in turn.details],
        )
        for turn in turns
    ]
