"""Message ids that keep pointing at the same words when a conversation is imported again. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

Messages = Sequence[dict[str, Any]]


def keep_message_ids(new: Messages, *, old: Messages) -> list[dict[str, Any]]:
    """Return `new` with the ids of those `old` messages that they repeat.

    Evidence on a scorecard points at message ids, so a message inserted above must not shift the
    ids below it. A message keeps its id when it was said by the same speaker in the same words and
    order, or stands alone between such in the place of one by the same speaker (a corrected text).
    All others get numbers that `old` does not use.
    """
    matcher = SequenceMatcher(None, [*map(_said, old)], [*map(_said, new)], autojunk=False)
    kept: dict[int, str] = {}
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag not in {"equal", "replace"} or old_end - old_start != new_end - new_start:
            continue
        for before, after in zip(range(old_start, old_end), range(new_start, new_end), strict=True):
            if old[before]["speaker"] == new[after]["speaker"]:
                kept[after] = old[before]["id"]
    unused = 1 + max(
        (int(number[1]) for m in old if (number := re.fullmatch(r"m(\d+)", m["id"]))), default=0
    )
    messages = []
    for index, message in enumerate(new):
        message_id = kept.get(index)
        if message_id is None:
            message_id = f"m{unused}"
            unused += 1
        messages.append({**message, "id": message_id})
    return messages


def _said(message: dict[str, Any]) -> tuple[str, str, str]:
    return message["speaker"], message["text"], message.get("action", "")
