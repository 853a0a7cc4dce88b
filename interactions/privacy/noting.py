"""What an import knows of masking and removal: what was masked is counted, what is gone stays so."""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interactions.models import ImportRejection, ImportRun, Interaction, Redaction

if TYPE_CHECKING:
    from interactions.importing.rows import Row

Key = tuple[str, str]
REMOVALS = ("words_removed_at", "customer_removed_at", "is_erased")


def without_removed(
    rows: "Sequence[tuple[int, Row]]", existing: Mapping[Key, Interaction], *, run: ImportRun
) -> "tuple[list[tuple[int, Row]], list[ImportRejection]]":
    """(rows that may be written, rejections of those whose words or customer were removed: no repeated
    import brings them back)."""
    allowed, refused = [], []
    for line, row in rows:
        known = existing.get(row.key)
        if known is None:
            allowed.append((line, row))
            continue
        when = known.words_removed_at or known.customer_removed_at
        if when is None:
            allowed.append((line, row))
            continue
        reason = (
            _(
                "external_id is %(value)s, whose customer was erased on request on %(day)s; "
                "what they said does not come back"
            )
            if known.is_erased
            else _(
                "external_id is %(value)s, which a retention rule emptied on %(day)s; "
                "its words do not come back"
            )
        ) % {
            "value": json.dumps(row.external_id, ensure_ascii=False),
            "day": date_format(when, "DATE_FORMAT"),
        }
        refused.append(
            ImportRejection(run=run, line=line, external_id=row.external_id, reason=reason[:500])
        )
    return allowed, refused


def note_masked(
    rows: "Sequence[tuple[Row, Interaction]]", *, known: Collection[Key], at: dt.datetime
) -> None:
    """Keep what was masked in the rows just written; two queries at most, none where nothing was."""
    notes = [
        Redaction(interaction=interaction, counts=row.masked, original=row.original, masked_at=at)
        for row, interaction in rows
        if row.masked
    ]
    clean = [interaction.pk for row, interaction in rows if not row.masked and row.key in known]
    if clean:
        Redaction.objects.filter(pk__in=clean).delete()
    if notes:
        Redaction.objects.bulk_create(
            notes,
            update_conflicts=True,
            unique_fields=["interaction"],
            update_fields=["counts", "original", "masked_at"],
        )


def add_counts(interaction: Interaction, found: Mapping[str, int], *, at: dt.datetime) -> None:
    """What was masked in words that came later."""
    if not found:
        return
    redaction, _is_new = Redaction.objects.select_for_update().get_or_create(
        pk=interaction.pk, defaults={"masked_at": at}
    )
    redaction.counts = {
        kind: redaction.counts.get(kind, 0) + found.get(kind, 0)
        for kind in {*redaction.counts, *found}
    }
    redaction.masked_at = at
    redaction.save(update_fields=["counts", "masked_at"])
