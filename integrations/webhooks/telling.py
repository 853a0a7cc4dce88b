"""Events are queued where they happen, in the same transaction; the worker writes and sends them."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.actions import NotAllowed
from integrations.models import EventKind, WebhookDelivery, WebhookEndpoint, WebhookEvent
from integrations.models.webhooks import TEST_EVENT, new_nonce
from integrations.permissions import can_manage
from integrations.tasks import send_webhooks, write_webhook_event
from people.audit import record
from people.models import User

State = WebhookDelivery.State
MOST_REPLAYED = 10_000


def tell(kind: EventKind, data: dict[str, Any], *, at: dt.datetime | None = None) -> None:
    """Have the endpoints told that want to know. One query: who they are is the worker's to find out."""
    now = at or timezone.now()
    # The queue is a table: the task is there exactly if the change is.
    write_webhook_event.enqueue(str(uuid.uuid4()), kind.value, data, now.isoformat())


def write_event(pk: uuid.UUID, kind: str, data: dict[str, Any], *, at: dt.datetime) -> None:
    """The event, and a delivery for each endpoint that wants it; nothing where none does. A worker that
    took over from a killed one may come with the same `pk` again: then it is there already."""
    wanting = [endpoint for endpoint in WebhookEndpoint.objects.all() if kind in endpoint.events]
    if not wanting:
        return
    with transaction.atomic():
        event, is_new = WebhookEvent.objects.get_or_create(
            pk=pk, defaults={"kind": kind, "data": data, "created_at": at}
        )
        if not is_new:
            return
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(event=event, endpoint=endpoint, created_at=at, next_try_at=at)
            for endpoint in wanting
        )
        # A task that cannot be queued must not undo the change: `send_webhooks` comes by regularly.
        transaction.on_commit(send_webhooks.enqueue, robust=True)


def send_test(endpoint: WebhookEndpoint, *, by: User, at: dt.datetime | None = None) -> None:
    """An event that says nothing, to this endpoint alone."""
    _require_manager(by)
    now = at or timezone.now()
    with transaction.atomic():
        event = WebhookEvent.objects.create(
            kind=TEST_EVENT, data={"endpoint": endpoint.pk}, created_at=now
        )
        WebhookDelivery.objects.create(
            event=event, endpoint=endpoint, created_at=now, next_try_at=now
        )
        transaction.on_commit(send_webhooks.enqueue, robust=True)


def save_endpoint(endpoint: WebhookEndpoint, *, by: User, at: dt.datetime | None = None) -> None:
    """Add or change one; what was failing is tried again."""
    _require_manager(by)
    now = at or timezone.now()
    before = WebhookEndpoint.objects.filter(pk=endpoint.pk).first() if endpoint.pk else None
    with transaction.atomic():
        if before is None:
            endpoint.created_by, endpoint.created_at = by, now
        if endpoint.state != WebhookEndpoint.State.FAILING:
            endpoint.failing_since = None
        endpoint.save()
        record(
            "change_webhook" if before else "add_webhook",
            by=by,
            of=endpoint,
            before=_facts(before) if before else None,
            after=_facts(endpoint),
            at=now,
        )
        transaction.on_commit(send_webhooks.enqueue, robust=True)


def remove_endpoint(endpoint: WebhookEndpoint, *, by: User, at: dt.datetime | None = None) -> None:
    """With its log; events stay for the others."""
    _require_manager(by)
    with transaction.atomic():
        record("remove_webhook", by=by, of=endpoint, before=_facts(endpoint), at=at)
        endpoint.delete()


def rotate_secret(endpoint: WebhookEndpoint, *, by: User, at: dt.datetime | None = None) -> None:
    """A new secret; the old one signs too for a day, so that the receiver can change over in between."""
    _require_manager(by)
    now = at or timezone.now()
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        locked.old_nonce, locked.nonce = locked.nonce, new_nonce()
        locked.old_until = now + WebhookEndpoint.OLD_KEPT
        locked.save(update_fields=["nonce", "old_nonce", "old_until"])
        record("rotate_webhook_secret", by=by, of=locked, at=now)


def replay(
    endpoint: WebhookEndpoint,
    *,
    by: User,
    delivery: int | None = None,
    since: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Send one delivery again, or everything that happened since, under the ids it had; return how many.

    Events that this endpoint was not told of when they happened are included in "since" if it wants
    them now.
    """
    _require_manager(by)
    now = at or timezone.now()
    with transaction.atomic():
        rows = WebhookDelivery.objects.filter(endpoint=endpoint)
        if delivery is not None:
            count = rows.filter(pk=delivery).update(state=State.WAITING, tries=0, next_try_at=now)
        elif since is not None:
            events = WebhookEvent.objects.filter(created_at__gte=since, kind__in=endpoint.events)
            missing = events.exclude(deliveries__endpoint=endpoint).order_by("created_at")
            WebhookDelivery.objects.bulk_create(
                [
                    WebhookDelivery(event=event, endpoint=endpoint, created_at=now, next_try_at=now)
                    for event in missing.only("pk")[:MOST_REPLAYED]
                ],
                ignore_conflicts=True,
                batch_size=500,
            )
            count = rows.filter(event__created_at__gte=since).update(
                state=State.WAITING, tries=0, next_try_at=now
            )
        else:
            count = 0
        if count:
            after = {"delivery": delivery, "since": since, "count": count}
            record("replay_webhook", by=by, of=endpoint, after=after, at=now)
            WebhookEndpoint.objects.filter(
                pk=endpoint.pk, state=WebhookEndpoint.State.FAILING
            ).update(state=WebhookEndpoint.State.ACTIVE, failing_since=None)
            transaction.on_commit(send_webhooks.enqueue, robust=True)
    return count


def _require_manager(by: User) -> None:
    if not can_manage(by):
        raise NotAllowed(_("Webhooks are managed by administrators."))


def _facts(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "state": endpoint.state,
    }
