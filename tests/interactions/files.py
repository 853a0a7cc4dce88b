"""Import files for tests."""

import io
import json
from typing import Any


def row(external_id: str | int = "1", **changes: Any) -> dict[str, Any]:
    """A short chat of customer "carla" with agent "a1"."""
    return {
        "source": "desk",
        "external_id": external_id,
        "channel": "chat",
        "subject": f"Contact {external_id}",
        "started_at": "2026-09-14T10:00:00Z",
        "ended_at": "2026-09-14T10:09:00Z",
        "customer": {"id": "carla", "name": "Carla Customer", "tier": "plus"},
        "agent": {"id": "a1", "name": "Ada"},
        "messages": [
            {"speaker": "customer", "text": "Where is my order?", "offset_seconds": 0},
            {"speaker": "system", "text": None, "action": {"name": "open_order", "id": 7}},
            {"speaker": "agent", "text": "It leaves tomorrow.", "offset_seconds": 30},
        ],
        **changes,
    }


def json_lines(*rows: Any) -> bytes:
    """Rows as a file; a string or bytes among them is a line as it stands."""
    lines = [
        each if isinstance(each, bytes) else each.encode() if isinstance(each, str) else None
        for each in rows
    ]
    return b"".join(
        (json.dumps(each).encode() if line is None else line) + b"\n"
        for each, line in zip(rows, lines, strict=True)
    )


def stream_of(*rows: Any) -> io.BytesIO:
    return io.BytesIO(json_lines(*rows))
