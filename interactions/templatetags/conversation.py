"""Tags of `_conversation.html` and `_player.html`."""

from collections.abc import Iterable, Mapping

from django import template

from interactions.conversation import Line, Track, lines_of, tracks_of
from interactions.models import Interaction, Message, Recording

register = template.Library()


@register.simple_tag
def conversation_lines(
    turns: Iterable[Message],
    channel: str,
    interaction: Interaction | None = None,
    waits: Mapping[str, float] | None = None,
) -> list[Line]:
    start = interaction.started_at if interaction else None
    return lines_of(turns, channel=channel, start=start, waits=waits or None)


@register.simple_tag
def recording_tracks(recording: Recording) -> list[Track]:
    return tracks_of(recording)
