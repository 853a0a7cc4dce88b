"""The chain of the audit log: whoever changes, drops or slips in a line past the triggers breaks it.

A digest is SHA-256 over the digest before and the event as canonical JSON. Events are sealed in the order
in which they were written, soon after they were committed: the command `seal_audit` runs every minute.
The newest digest, kept somewhere else (`verify_audit` prints it), also tells of a chain that was written
anew as a whole or cut off at its end.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from people.models import AuditEvent, AuditSeal

PORTION = 1_000
BEGINNING = "0" * 64
# An event that waits longer than this for its seal is a finding: `seal_audit` does not run.
SEALED_WITHIN = timedelta(hours=1)
# Any number that nobody else of ours locks.
_LOCK = 7_355_608


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` are sentences; none means that the log is whole. `waiting` events have no seal yet."""

    checked: int
    waiting: int
    newest: str
    findings: tuple[str, ...]


def seal(limit: int = 100_000) -> int:
    """Seal what waits, oldest first, at most `limit` events; return how many.

    Three queries for each 1,000. Of several at once on PostgreSQL the later ones leave it to the first.
    """
    done = 0
    while done < limit:
        sealed = _seal_portion(min(PORTION, limit - done))
        done += sealed
        if sealed < PORTION:
            break
    return done


def _seal_portion(size: int) -> int:
    with transaction.atomic():
        if not _is_ones_turn():
            return 0
        last = AuditSeal.objects.order_by("-position").first()
        position, digest = (last.position, last.digest) if last else (0, BEGINNING)
        seals = []
        for event in AuditEvent.objects.filter(seal__isnull=True).order_by("pk")[:size]:
            position += 1
            digest = digest_of(event, after=digest)
            seals.append(AuditSeal(position=position, event=event, digest=digest))
        AuditSeal.objects.bulk_create(seals)
        return len(seals)


def _is_ones_turn() -> bool:
    """SQLite lets one write at a time anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def digest_of(event: AuditEvent, *, after: str) -> str:
    """The digest of `event` behind one whose digest is `after`; 64 hexadecimal digits."""
    said = [
        event.pk,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.action,
        event.object_type,
        event.object_id,
        event.before,
        event.after,
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(f"{after}\n{text}".encode()).hexdigest()


def verify(*, newest: str = "") -> Verdict:
    """Walk the whole chain from its beginning, in constant memory; a query for each 1,000 events.

    `newest` is a digest that was noted earlier: it must still stand in the chain.
    """
    findings: list[str] = []
    digest, expected, checked = BEGINNING, 1, 0
    is_there = newest in ("", BEGINNING)
    for seal_ in _seals():
        if seal_.position != expected:
            findings.append(
                f"Position {expected} is missing: after it comes {seal_.position}."
                if seal_.position > expected
                else f"Position {seal_.position} stands there twice."
            )
        digest_here = digest_of(seal_.event, after=digest)
        if digest_here != seal_.digest:
            findings.append(
                f"Event {seal_.event_id} at position {seal_.position} is not what was sealed, "
                f"or the seal before it was changed."
            )
        # Goes on from what is stored, so that one change is one finding.
        digest, expected, checked = seal_.digest, seal_.position + 1, checked + 1
        is_there = is_there or digest == newest
    if not is_there:
        findings.append(f"The chain no longer contains {newest}: it was cut off or written anew.")
    unsealed = AuditEvent.objects.filter(seal__isnull=True)
    waiting = unsealed.count()
    late = unsealed.filter(at__lt=timezone.now() - SEALED_WITHIN).count()
    if late:
        findings.append(
            f"{late} events wait for their seal longer than an hour: does `seal_audit` run?"
        )
    return Verdict(checked, waiting, digest, tuple(findings))


def _seals() -> Iterator[AuditSeal]:
    position = 0
    while True:
        portion: list[Any] = list(
            AuditSeal.objects.filter(position__gt=position)
            .select_related("event")
            .order_by("position")[:PORTION]
        )
        yield from portion
        if len(portion) < PORTION:
            return
        position = portion[-1].position
