"""WAV files made on the spot."""

import io
import wave
from collections.abc import Sequence


def wav(samples: Sequence[int], *, channels: int = 1, width: int = 2, rate: int = 8000) -> bytes:
    """`samples` (signed, of all channels in turn) as a WAV file."""
    shift = 128 if width == 1 else 0
    data = b"".join(
        (sample + shift).to_bytes(width, "little", signed=width > 1) for sample in samples
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return out.getvalue()
