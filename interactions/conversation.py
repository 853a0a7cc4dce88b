"""A conversation as it is shown: turn by turn, for readers who may or may not know whose it is."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from interactions.audio import waveform
from interactions.letters import Part, parts_of
from interactions.masking import mask_names
from interactions.models import Interaction, Message, Recording
from people.channels import Channel

WAVE_MIDDLE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One turn on the screen. `opens` tells that another spoke before; `moment` is when it was, where
    dates matter; `waited` how many seconds too long the customer waited for it, or None; `parts` are
    a letter's own and quoted words, empty for any other text."""

    turn: Message
    opens: bool
    moment: dt.datetime | None = None
    waited: float | None = None
    parts: Sequence[Part] = ()


def lines_of(
    turns: Iterable[Message],
    *,
    channel: str,
    start: dt.datetime | None = None,
    waits: Mapping[str, float] | None = None,
) -> list[Line]:
    """Every turn with what its channel shows about it. `waits` are seconds by message id."""
    late = waits or {}
    is_dated = start is not None and channel in {Channel.EMAIL, Channel.SOCIAL}
    lines: list[Line] = []
    before = ""
    for turn in turns:
        parts: Sequence[Part] = ()
        if (
            channel == Channel.EMAIL
            and not turn.is_system
            and (">" in turn.text or "--" in turn.text)
        ):
            found = parts_of(turn.text)
            parts = found if len(found) > 1 else ()
        moment = None
        if is_dated and start is not None and turn.offset is not None:
            moment = start + dt.timedelta(seconds=turn.offset)
        lines.append(Line(turn, turn.speaker != before, moment, late.get(turn.id), parts))
        before = turn.speaker
    return lines


@dataclass(frozen=True, slots=True)
class Track:
    """One channel of a recording as the outline of its loudness; `side` is whose, "" for both."""

    side: str
    path: str
    width: int


def tracks_of(recording: Recording) -> list[Track]:
    return [
        Track(side, waveform(peaks, middle=WAVE_MIDDLE, reach=WAVE_MIDDLE - 1), len(peaks))
        for side, peaks in recording.tracks
    ]


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
