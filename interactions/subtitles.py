"""Transcripts with times: WebVTT and SRT. Pure."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?[A-Za-z0-9.][^>]*>|\{\\[^}]*\}")
# "Agent:", ">> CALLER:", "- Chris L.:"; a sentence with a colon is longer or has other marks.
_PREFIX = re.compile(r"^(?:>>|-)?\s*([^\W\d_][\w .'’-]{0,39}?)\s*:\s+", re.UNICODE)
_IS_NO_CUE = re.compile(r"^(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")


class UnreadableTranscript(Exception):
    """Neither WebVTT nor SRT, or broken; the message says where."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words from `start` to `end`, in seconds; `speaker` as the file calls them, or ""."""

    start: float
    end: float
    speaker: str
    text: str


def read_cues(text: str) -> list[Cue]:
    """The cues of a WebVTT or SRT file in order of time; tags and positions are dropped.

    A speaker is a WebVTT voice tag or a name with a colon before the words; without one, whoever spoke
    in the cue before goes on. Raises `UnreadableTranscript`.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cues: list[Cue] = []
    for number, block in _blocks(lines):
        timing = next((i for i, line in enumerate(block[:2]) if "-->" in line), None)
        if timing is None:
            if _IS_NO_CUE.match(block[0]):
                continue
            raise UnreadableTranscript(f"Line {number} belongs to no cue: “{block[0][:60]}”.")
        match = _TIMING.match(block[timing])
        if match is None:
            raise UnreadableTranscript(f"Line {number + timing} has no readable times.")
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        if end < start:
            raise UnreadableTranscript(f"Line {number + timing} ends before it starts.")
        for speaker, words in _voices("\n".join(block[timing + 1 :])):
            cues.append(Cue(start, end, speaker or (cues[-1].speaker if cues else ""), words))
    if not cues:
        raise UnreadableTranscript(
            "It has no cues: this is no WebVTT or SRT file, or an empty one."
        )
    return sorted(cues, key=lambda cue: cue.start)


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between empty ones, with the number of their first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """(speaker or "", words) for each voice in a cue."""
    before, *voices = _VOICE.split(payload)
    pairs = [("", before), *zip(voices[::2], voices[1::2], strict=True)]
    for voice, words in pairs:
        lines = [" ".join(_plain(line).split()) for line in words.split("\n")]
        if voice:
            spoken = " ".join(line for line in lines if line)
            if spoken:
                yield _plain(voice).strip(), spoken
            continue
        speaker, said = "", ""
        for line in lines:
            match = _PREFIX.match(line)
            if match and said:
                yield speaker, said
                said = ""
            if match:
                speaker, line = match[1].strip(), line[match.end() :]
            said = f"{said} {line}".strip()
        if said:
            yield speaker, said


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((fraction or "0").ljust(3, "0")) / 1000
