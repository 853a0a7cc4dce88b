"""Sends what waits to the record store, one statement at a time, over plain HTTP(S)."""

import base64
import datetime as dt
import email.utils
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from training.models.statements import OutgoingStatement

# For so long nobody else takes a statement that somebody is sending; much longer than a request takes.
LEASE = dt.timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=30), dt.timedelta(hours=6)
KEPT = dt.timedelta(days=30)  # how long one can see that a statement was sent
BATCH = 200


@dataclass(frozen=True)
class Answer:
    """What the store said. `is_final` when asking again would be answered the same."""

    is_there: bool
    is_final: bool
    text: str = ""
    retry_after: dt.timedelta | None = None


@dataclass
class Sent:
    """What one round came to."""

    sent: int = 0
    refused: int = 0
    put_off: int = 0


def is_configured() -> bool:
    return bool(settings.XAPI_ENDPOINT)


def send_waiting(*, at: dt.datetime | None = None, limit: int = BATCH) -> Sent:
    """Send what is due, the oldest first, until a store that cannot be reached ends the round.

    Two at once never send the same statement. Each statement is written down before the next is sent.
    """
    done = Sent()
    if not is_configured():
        return done
    clock = at or timezone.now()
    ids = list(
        OutgoingStatement.objects.due(at=clock).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    for pk in ids:
        now = at or timezone.now()
        taken = (
            OutgoingStatement.objects.due(at=now)
            .filter(pk=pk)
            .update(next_try_at=now + LEASE, attempts=F("attempts") + 1)
        )
        if not taken:
            continue
        row = OutgoingStatement.objects.get(pk=pk)
        answer = put(row)
        _write_down(row, answer, at=at or timezone.now(), done=done)
        if not answer.is_there and not answer.is_final:
            break
    return done


def forget_sent(*, at: dt.datetime | None = None) -> int:
    """Delete what was sent long ago; what was refused stays until somebody sees to it."""
    before = (at or timezone.now()) - KEPT
    deleted, _by_model = OutgoingStatement.objects.filter(
        state=OutgoingStatement.State.SENT, sent_at__lt=before
    ).delete()
    return deleted


def put(row: OutgoingStatement) -> Answer:
    """One request: PUT, so that a repeat is either the same or a conflict, and both mean it is there."""
    address = f"{settings.XAPI_ENDPOINT.rstrip('/')}/statements"
    query = urlencode({"statementId": str(row.statement_id)})
    pair = f"{settings.XAPI_KEY}:{settings.XAPI_SECRET}".encode()
    request = urllib.request.Request(  # noqa: S310 (the scheme is checked below)
        f"{address}?{query}",
        data=json.dumps(row.statement).encode(),
        method="PUT",
        headers={
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        },
    )
    if urlsplit(address).scheme not in ("http", "https"):
        return Answer(False, False, "XAPI_ENDPOINT is no http(s) address")
    try:
        with _opener.open(request, timeout=settings.XAPI_TIMEOUT) as response:
            return Answer(True, True, f"{response.status}")
    except urllib.error.HTTPError as refusal:
        return _answer_of(refusal)
    except (OSError, HTTPException, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        return Answer(False, False, f"The record store could not be reached: {reason}"[:500])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the password to wherever it points."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _answer_of(refusal: urllib.error.HTTPError) -> Answer:
    with refusal:
        try:
            body = refusal.read(2000).decode("utf-8", "replace").strip()
        except (OSError, HTTPException):
            body = ""
    text = f"{refusal.code} {refusal.reason}. {body}"[:500]
    if refusal.code == 409:
        return Answer(True, True, text)
    is_final = 300 <= refusal.code < 500 and refusal.code not in (408, 429)
    return Answer(False, is_final, text, _retry_after(refusal.headers.get("Retry-After")))


def _retry_after(header: str | None) -> dt.timedelta | None:
    if not header:
        return None
    if header.strip().isdigit():
        return dt.timedelta(seconds=min(int(header), int(LONGEST_PAUSE.total_seconds())))
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max(moment - timezone.now(), dt.timedelta(0)), LONGEST_PAUSE)


def pause_after(attempts: int) -> dt.timedelta:
    """30 s, 1 min, 2 min … and at most six hours."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def _write_down(row: OutgoingStatement, answer: Answer, *, at: dt.datetime, done: Sent) -> None:
    if answer.is_there:
        done.sent += 1
        row.state, row.sent_at, row.last_error = OutgoingStatement.State.SENT, at, ""
    elif answer.is_final:
        done.refused += 1
        row.state, row.last_error = OutgoingStatement.State.REFUSED, answer.text
    else:
        done.put_off += 1
        pause = max(pause_after(row.attempts), answer.retry_after or dt.timedelta(0))
        row.next_try_at, row.last_error = at + pause, answer.text
    row.save(update_fields=["state", "sent_at", "next_try_at", "last_error"])
