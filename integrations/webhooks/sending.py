"""Sends what waits, each delivery signed by the rules of Standard Webhooks (standardwebhooks.com)."""

import datetime as dt
import email.utils
import json
import random
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from standardwebhooks import Webhook

from integrations.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from integrations.webhooks.posting import Answer, post

# For so long nobody else takes a delivery that somebody is sending; much longer than a request takes.
LEASE = dt.timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=15), dt.timedelta(hours=8)
MOST_TRIES = 12  # about a day and a half
KEPT = dt.timedelta(days=60)
BATCH = 200
State = WebhookDelivery.State


@dataclass
class Sent:
    """What one round came to."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0


def send_waiting(*, at: dt.datetime | None = None, limit: int = BATCH) -> Sent:
    """Send what is due, the oldest first; an endpoint that fails is left alone for the rest of the round.

    Two at once never send the same delivery. Each attempt is written down before the next is sent. A
    sender that dies after the request sends it again, under the same id.
    """
    done = Sent()
    begun = at or timezone.now()
    due = WebhookDelivery.objects.due(at=begun).order_by("next_try_at", "pk")
    resting: set[int] = set()
    for pk, endpoint in list(due.values_list("pk", "endpoint")[:limit]):
        now = at or timezone.now()
        if endpoint in resting:
            continue
        taken = (
            WebhookDelivery.objects.due(at=now)
            .filter(pk=pk)
            .update(next_try_at=now + LEASE, tries=F("tries") + 1)
        )
        if not taken:
            continue
        row = WebhookDelivery.objects.select_related("event", "endpoint").get(pk=pk)
        answer = post(row.endpoint.url, *signed(row.event, row.endpoint, at=now))
        _write_down(row, answer, at=at or timezone.now(), done=done)
        if not answer.is_success:
            resting.add(endpoint)
    return done


def signed(
    event: WebhookEvent, endpoint: WebhookEndpoint, *, at: dt.datetime
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of one request. The signature holds for the time of this attempt."""
    body = json.dumps(
        {"type": event.kind, "timestamp": event.created_at.isoformat(), "data": event.data},
        separators=(",", ":"),
    )
    moment = at.astimezone(dt.UTC)
    signatures = [
        Webhook(secret).sign(str(event.pk), moment, body) for secret in endpoint.secrets(at=at)
    ]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Evenhand-Webhooks/1",
        "webhook-id": str(event.pk),
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return body.encode(), headers


def pause_after(tries: int) -> dt.timedelta:
    """15 s, 30 s, 1 min … at most eight hours; half of it by chance, so that what failed together does
    not come back together."""
    whole = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    return whole * (0.5 + random.random() / 2)  # noqa: S311 (nothing secret about it)


def forget_old(*, at: dt.datetime | None = None) -> int:
    """Delete events that happened long ago, with their log; what still waits stays."""
    before = (at or timezone.now()) - KEPT
    waiting = WebhookDelivery.objects.filter(state=State.WAITING).values("event")
    old = WebhookEvent.objects.filter(created_at__lt=before).exclude(pk__in=waiting)
    deleted, _by_model = old.delete()
    return deleted


def next_due() -> dt.datetime | None:
    """When there will be something to send."""
    waiting = WebhookDelivery.objects.filter(state=State.WAITING)
    waiting = waiting.exclude(endpoint__state=WebhookEndpoint.State.PAUSED)
    return waiting.order_by("next_try_at").values_list("next_try_at", flat=True).first()


def _write_down(row: WebhookDelivery, answer: Answer, *, at: dt.datetime, done: Sent) -> None:
    endpoints = WebhookEndpoint.objects.filter(pk=row.endpoint_id)
    failing = WebhookEndpoint.State.FAILING
    with transaction.atomic():
        WebhookAttempt.objects.create(
            delivery=row,
            at=at,
            status=answer.status,
            milliseconds=answer.milliseconds,
            answer=answer.text,
        )
        if answer.is_success:
            done.sent += 1
            row.state = State.SENT
            endpoints.filter(state=failing).update(
                state=WebhookEndpoint.State.ACTIVE, failing_since=None
            )
        elif answer.status == 410 or row.tries >= MOST_TRIES:
            # 410 is the receiver's own word that it wants no more.
            done.given_up += 1
            row.state = State.GIVEN_UP
            endpoints.exclude(state=failing).update(state=failing, failing_since=at)
        else:
            done.put_off += 1
            pause = max(pause_after(row.tries), _asked_pause(answer.retry_after, at=at))
            row.next_try_at = at + pause
        row.save(update_fields=["state", "next_try_at"])


def _asked_pause(header: str, *, at: dt.datetime) -> dt.timedelta:
    if header.strip().isdigit():
        return dt.timedelta(seconds=min(int(header), int(LONGEST_PAUSE.total_seconds())))
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return dt.timedelta(0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max(moment - at, dt.timedelta(0)), LONGEST_PAUSE)
