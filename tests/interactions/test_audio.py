import io
import wave

import pytest

from interactions.audio import UnreadableSound, join_sides, read_sound, waveform
from tests.interactions.sounds import wav


def read(data: bytes):
    return read_sound(io.BytesIO(data))


def joined(left: bytes, right: bytes) -> bytes:
    out = io.BytesIO()
    join_sides(io.BytesIO(left), io.BytesIO(right), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("width", "loud", "quiet"),
    [(1, -128, 64), (2, 20_000, -10_000), (3, -8_000_000, 4_000_000), (4, 2**30, -(2**29))],
)
def test_peaks_are_relative_to_the_loudest_in_any_width(width, loud, quiet):
    sound = read(wav([0, loud, quiet, 0], width=width, rate=4))

    assert sound.duration == 1
    assert sound.peaks[0] == [0, 1000, pytest.approx(500, abs=1), 0]


def test_peaks_tell_the_channels_apart():
    assert read(wav([1000, 0, 0, 500], channels=2)).peaks == [[1000, 0], [0, 500]]


def test_a_long_recording_has_six_hundred_stretches_with_none_left_out():
    samples = [0] * 100_000
    samples[-1] = 30_000
    peaks = read(wav(samples)).peaks[0]

    assert len(peaks) == 600
    assert peaks == [0] * 599 + [1000]


def test_silence_has_no_peaks():
    assert read(wav([0, 0])).peaks == [[0, 0]]


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 no wave at all" * 9, wav([])])
def test_what_is_no_sound_is_refused(data):
    with pytest.raises(UnreadableSound):
        read(data)


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes():
    whole = wav([20_000] * 1000)

    assert read(whole[: len(whole) // 2]).peaks[0][0] == 1000


@pytest.mark.parametrize("width", [1, 2, 3])
def test_join_sides_changes_no_sample_and_fills_up_with_silence(width):
    with wave.open(io.BytesIO(joined(wav([1, 2, 3], width=width), wav([9], width=width)))) as both:
        assert both.getnchannels() == 2
        data = both.readframes(9)
    assert data == wav([1, 9, 2, 0, 3, 0], channels=2, width=width)[44:]


@pytest.mark.parametrize(
    "other", [wav([1], rate=16_000), wav([1], width=1), wav([1, 1], channels=2), b"no sound"]
)
def test_join_sides_refuses_what_does_not_fit(other):
    with pytest.raises(UnreadableSound):
        joined(wav([1]), other)


def test_waveform_is_an_outline_around_the_middle():
    assert waveform([0, 1000], middle=20, reach=19) == "M0,19.5 1,1.0 1,39.0 0,20.5Z"
    assert waveform([], middle=20, reach=19) == ""
