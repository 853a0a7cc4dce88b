"""How the demo organisation talks with other systems: a token, a webhook with its log, a dry run.

The webhook is paused, so that the demo never calls anybody.
"""

import datetime as dt
import io

from django.utils import timezone

from config.demo.people import Staff
from integrations.actions import create_token
from integrations.directory.files import start_run
from integrations.models import (
    EventKind,
    Scope,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from scorecards.models import Scorecard

# What the receiver answered, one try after the other.
_Tries = list[tuple[int | None, int, str]]
_LOG: tuple[tuple[str, _Tries], ...] = (
    (EventKind.SCORECARD_SUBMITTED, [(200, 84, "ok")]),
    (EventKind.SCORECARD_SUBMITTED, [(503, 1240, "Down for maintenance"), (200, 97, "ok")]),
    (EventKind.DISPUTE_RESOLVED, [(None, 10_000, "TimeoutError: timed out"), (200, 120, "ok")]),
)


def build(staff: Staff, *, today: dt.date) -> None:
    now = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(9)))
    by = staff.administrator
    create_token(
        name="Help desk, every hour",
        scopes=[Scope.INTERACTIONS_WRITE],
        by=by,
        at=now,
        expires_at=now + dt.timedelta(days=90),
    )
    endpoint = WebhookEndpoint.objects.create(
        name="Warehouse",
        url="https://hooks.harbour-and-pine.example/evenhand",
        events=[EventKind.SCORECARD_SUBMITTED, EventKind.DISPUTE_RESOLVED],
        state=WebhookEndpoint.State.PAUSED,
        created_at=now,
        created_by=by,
    )
    scorecard = Scorecard.objects.submitted().order_by("-pk").values_list("pk", flat=True).first()
    for hour, (kind, attempts) in enumerate(_LOG):
        at = now + dt.timedelta(hours=hour)
        event = WebhookEvent.objects.create(kind=kind, data={"scorecard": scorecard}, created_at=at)
        delivery = WebhookDelivery.objects.create(
            event=event,
            endpoint=endpoint,
            state=WebhookDelivery.State.SENT,
            tries=len(attempts),
            next_try_at=at,
            created_at=at,
        )
        WebhookAttempt.objects.bulk_create(
            WebhookAttempt(
                delivery=delivery,
                at=at + dt.timedelta(seconds=20 * place),
                status=status,
                milliseconds=milliseconds,
                answer=answer,
            )
            for place, (status, milliseconds, answer) in enumerate(attempts)
        )
    lines = (
        "email,first_name,last_name,roles,teams",
        "tilda.marsh@harbour-and-pine.example,Tilda,Marsh,agent,Night shift",
        "no address,Otto,Fell,agent,",
    )
    start_run(
        io.BytesIO("\n".join(lines).encode()), name="people.csv", by=by, deactivates=False, at=now
    )
