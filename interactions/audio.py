"""Reading recordings with the standard library: length, loudness, joining two sides. Pure."""

import array
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

STRETCHES = 600
LOUDEST = 1000
FRAMES_AT_ONCE = 1 << 16


class UnreadableSound(Exception):
    """No WAV file with plain samples."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file's length and, for each channel, the peak of `STRETCHES` equal stretches, 0-1000."""

    duration: float
    peaks: list[list[int]]


def read_sound(file: IO[bytes]) -> Sound:
    """Measure a WAV file, reading it in portions. Peaks are relative to the loudest of all channels,
    so that a quiet recording can be read too and its two sides can be compared."""
    with _opened(file) as wav:
        channels, frames = wav.getnchannels(), wav.getnframes()
        if not frames:
            raise UnreadableSound("It has no samples.")
        stretches = min(STRETCHES, frames)
        peaks = [[0] * stretches for _channel in range(channels)]
        for stretch in range(stretches):
            first = frames * stretch // stretches
            left = frames * (stretch + 1) // stretches - first
            while left > 0:
                data = wav.readframes(min(left, FRAMES_AT_ONCE))
                if not data:
                    break  # The header promised more than there is.
                samples = _samples(data, wav.getsampwidth())
                for channel in range(channels):
                    side = samples[channel::channels]
                    peak = max(max(side), -min(side))
                    peaks[channel][stretch] = max(peaks[channel][stretch], peak)
                left -= len(samples) // channels
        loudest = max(map(max, peaks)) or 1
        scaled = [[round(LOUDEST * peak / loudest) for peak in side] for side in peaks]
        return Sound(frames / wav.getframerate(), scaled)


def join_sides(left: IO[bytes], right: IO[bytes], into: IO[bytes]) -> None:
    """Write two mono WAV files as one with two channels; the shorter one ends in silence.

    Not a sample changes. Raises `UnreadableSound` where they cannot stand in one file.
    """
    with _opened(left) as one, _opened(right) as two:
        if one.getnchannels() != 1 or two.getnchannels() != 1:
            raise UnreadableSound("Each of two files must have one channel.")
        width, rate = one.getsampwidth(), one.getframerate()
        if (width, rate) != (two.getsampwidth(), two.getframerate()):
            raise UnreadableSound("The two files differ in sample rate or width.")
        silence = b"\x80" if width == 1 else b"\0" * width
        with wave.open(into, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(width)
            out.setframerate(rate)
            while True:
                first, second = one.readframes(FRAMES_AT_ONCE), two.readframes(FRAMES_AT_ONCE)
                frames = max(len(first), len(second)) // width
                if not frames:
                    return
                both = bytearray(2 * width * frames)
                for offset, data in ((0, first), (width, second)):
                    whole = data + silence * (frames - len(data) // width)
                    for byte in range(width):
                        both[offset + byte :: 2 * width] = whole[byte::width]
                out.writeframesraw(bytes(both))


def waveform(peaks: Sequence[int], *, middle: float, reach: float) -> str:
    """The `d` of an SVG path: the outline of `peaks` around the line y=`middle`, one unit of x each,
    at most `reach` up and down."""
    heights = [max(0.5, reach * peak / LOUDEST) for peak in peaks]
    upper = [f"{x},{middle - height:.1f}" for x, height in enumerate(heights)]
    lower = [f"{x},{middle + height:.1f}" for x, height in enumerate(heights)]
    return f"M{' '.join([*upper, *reversed(lower)])}Z" if peaks else ""


def _opened(file: IO[bytes]) -> wave.Wave_read:
    try:
        return wave.open(file, "rb")
    except (wave.Error, EOFError) as problem:
        raise UnreadableSound(str(problem)) from problem


def _samples(data: bytes, width: int) -> Sequence[int]:
    """Signed samples of whatever width, of 24 and 32 bits the upper 16."""
    if width == 1:
        return array.array("b", data.translate(_FROM_UNSIGNED))
    if width > 2:
        upper = bytearray(len(data) // width * 2)
        upper[0::2], upper[1::2] = data[width - 2 :: width], data[width - 1 :: width]
        data = bytes(upper)
    samples = array.array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


_FROM_UNSIGNED = bytes((value - 128) % 256 for value in range(256))
