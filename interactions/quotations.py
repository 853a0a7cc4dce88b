"""What was quoted out of a conversation, after the conversation was masked."""

from interactions.masking import BLOCK
from interactions.models import Transcript


def requoted(
    quote: str, transcript: Transcript | None, message_id: str, start: int, end: int
) -> str:
    """What stands in the place of the quotation now, if it is the same with blocks in it; else the
    quotation as it was, from words that are in the conversation no longer."""
    turn = transcript.turn(message_id) if transcript else None
    now = turn.text[start:end] if turn else ""
    if BLOCK not in now or len(now) != len(quote):
        return quote
    is_same = all(new in {old, BLOCK} or old.isspace() for old, new in zip(quote, now, strict=True))
    return now if is_same else quote
