"""A recording for the demo: two voices without words, each in its own channel, timed by a transcript."""

import io
import wave
from collections.abc import Sequence

import numpy as np
from django.core.files.base import ContentFile

from interactions.actions import attach_recording, import_transcript
from interactions.models import Interaction, Message
from interactions.subtitles import Cue
from people.models import User

RATE = 8000  # samples a second: a telephone's
WORDS_PER_SECOND = 2.8
SYLLABLES_PER_SECOND = 4.6
LOUDNESS = 0.22
# The pitch of each speaker in Hz; the agent's channel is the first one.
PITCH = {"agent": 196.0, "customer": 122.0}


def attach(interaction: Interaction, *, by: User) -> None:
    """Give an interaction the words with their times, and a recording in which somebody speaks then."""
    cues = cues_of(list(interaction.turns))
    import_transcript(interaction, cues, speakers={side: side for side in PITCH}, by=by)
    attach_recording(interaction, ContentFile(speech(cues), name="call.wav"), by=by)


def cues_of(turns: Sequence[Message]) -> list[Cue]:
    """What was said with when it ended: after the time its words take, before the next one speaks."""
    said = [turn for turn in turns if not turn.is_system]
    cues = []
    for place, turn in enumerate(said):
        start = float(turn.offset or 0)
        end = start + len(turn.text.split()) / WORDS_PER_SECOND
        if place + 1 < len(said):
            end = min(end, float(said[place + 1].offset or 0) - 0.3)
        cues.append(Cue(start, end, turn.speaker, turn.text))
    return cues


def speech(cues: Sequence[Cue]) -> bytes:
    """A WAV file of 8 bits: for every cue a hum that rises and falls with the syllables."""
    length = int((cues[-1].end + 1) * RATE)
    sides = {side: np.zeros(length) for side in PITCH}
    for cue in cues:
        first, last = int(cue.start * RATE), int(cue.end * RATE)
        sides[cue.speaker][first:last] = _voice(PITCH[cue.speaker], last - first)
    samples = np.stack(list(sides.values()), axis=1)
    content = io.BytesIO()
    with wave.open(content, "wb") as out:
        out.setnchannels(len(sides))
        out.setsampwidth(1)
        out.setframerate(RATE)
        out.writeframes(np.round(128 + 127 * LOUDNESS * samples).astype(np.uint8).tobytes())
    return content.getvalue()


def _voice(pitch: float, length: int) -> np.ndarray:
    time = np.arange(length) / RATE
    melody = pitch * (1 + 0.08 * np.sin(2.1 * time) + 0.05 * np.sin(7.3 * time + 1))
    phase = 2 * np.pi * np.cumsum(melody) / RATE
    tone = sum(np.sin(harmonic * phase) / harmonic for harmonic in (1, 2, 3, 5)) / 2.1
    syllables = np.abs(np.sin(np.pi * SYLLABLES_PER_SECOND * time)) ** 0.7
    words = 0.65 + 0.35 * np.sin(2 * np.pi * 0.9 * time + pitch)
    ends = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.05 * RATE))
    return tone * syllables * words * ends
