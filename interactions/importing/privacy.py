"""The one place where a row may be changed between being read and being written."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from django.db.models.signals import post_delete, post_save

from interactions.importing.rows import Row
from interactions.models import RedactionRule
from interactions.privacy.patterns import BLOCK, NAME, blocks
from interactions.privacy.redacting import original_of
from interactions.privacy.rules import Masking, Maskings, masked_messages, masked_value
from interactions.privacy.sealing import can_seal, seal

# How long rules may be old for a caller who brings rows one by one.
SECONDS_HELD = 1.0
_held: tuple[float, Maskings] | None = None


def prepared(row: Row) -> Row:
    """`row` as it may be stored or shown: masked by the rules. Called once for each row that was parsed
    and is no repetition."""
    global _held
    now = time.monotonic()
    if _held is None or now - _held[0] > SECONDS_HELD:
        _held = (now, Maskings())
    return masked_row(row, _held[1].of(row.channel, row.source))


def prepared_rows(rows: Sequence[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """As `prepared`, for numbered rows. One query."""
    maskings = Maskings()
    return [(line, masked_row(row, maskings.of(row.channel, row.source))) for line, row in rows]


def forget_rules(**kwargs: object) -> None:
    """Read the rules anew with the next row."""
    global _held
    _held = None


post_save.connect(forget_rules, sender=RedactionRule)
post_delete.connect(forget_rules, sender=RedactionRule)


def masked_row(row: Row, masking: Masking) -> Row:
    if not masking.rules:
        return row
    found: Counter[str] = Counter()
    names = (row.customer.name,) if row.customer and masking.masks_names else ()
    customer = row.customer
    if customer and names:
        if customer.name and BLOCK not in customer.name:
            found[NAME] += 1
        customer = replace(customer, name=blocks(customer.name), email="")
    masked = replace(
        row,
        subject=masking.masker.mask(row.subject, found, names=names),
        labels=masked_value(row.labels, masking, found, names),
        messages=masked_messages(row.messages, masking, found, names),
        answers=tuple(
            replace(answer, text=masking.masker.mask(answer.text, found, names=names))
            if answer.text
            else answer
            for answer in row.answers
        ),
        customer=customer,
    )
    if not found:
        return replace(row, customer=customer)
    keeps = masking.keeps_original and can_seal()
    original = None
    if keeps:
        answers = {answer.kind: answer.text for answer in row.answers if answer.text}
        name = row.customer.name if row.customer else ""
        original = seal(original_of(row.subject, row.labels, row.messages, answers, name))
    return replace(masked, masked=dict(found), original=original)
