"""What other systems are told, where to, and what came of it."""

import datetime as dt
import uuid
from base64 import b64encode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    SCORECARD_SUBMITTED = "scorecard.submitted", _("Scorecard submitted")
    SCORECARD_DISPUTED = "scorecard.disputed", _("Scorecard disputed")
    DISPUTE_RESOLVED = "dispute.resolved", _("Dispute resolved")
    MODULE_COMPLETED = "module.completed", _("Module completed")
    PROCEDURE_CHANGED = "procedure.changed", _("Procedure changed")


TEST_EVENT = "test"


def new_nonce() -> str:
    return get_random_string(22)


class WebhookEndpoint(models.Model):
    """An address that is told of events.

    The secret is no column: it is worked out from the installation's own key and `nonce`, so a copy of
    the database signs nothing. After a rotation both the new and the old one sign until `old_until`.
    """

    OLD_KEPT = dt.timedelta(hours=24)

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        FAILING = "failing", _("Failing")

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    old_nonce = models.CharField(max_length=32, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        return _secret(self.nonce)

    def secrets(self, *, at: dt.datetime) -> list[str]:
        """Those that sign at `at`, the newest first: also what the receiver was told before the
        installation's key changed, for as long as the old key stands in `SECRET_KEY_FALLBACKS`."""
        is_old_kept = self.old_nonce and self.old_until is not None and at < self.old_until
        nonces = [self.nonce, *([self.old_nonce] if is_old_kept else [])]
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return [_secret(nonce, key) for key in keys for nonce in nonces]

    @property
    def event_names(self) -> list[str]:
        return [str(EventKind(kind).label) for kind in self.events if kind in EventKind.values]


def _secret(nonce: str, key: str | None = None) -> str:
    secret = salted_hmac("integrations.webhook", nonce, key, algorithm="sha256").digest()
    return f"whsec_{b64encode(secret).decode()}"


class WebhookEvent(models.Model):
    """One thing that happened, written in the transaction in which it did. The id is the receiver's
    means to know a repeat, and outlives every retry and replay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(_("event"), max_length=40)
    data = models.JSONField(_("data"))
    created_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def kind_name(self) -> str:
        return str(EventKind(self.kind).label) if self.kind in EventKind.values else self.kind


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, *, at: dt.datetime) -> "WebhookDeliveryQuerySet":
        """What is to be sent now; a paused endpoint keeps what waits for it."""
        return self.filter(state=WebhookDelivery.State.WAITING, next_try_at__lte=at).exclude(
            endpoint__state=WebhookEndpoint.State.PAUSED
        )


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint.

    Whoever sends it first moves `next_try_at` ahead, which keeps others off and, should the sender
    die, brings it back.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        GIVEN_UP = "given_up", _("Given up")

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="integrations_delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state="waiting"),
                name="integrations_delivery_due",
            ),
            models.Index(fields=["endpoint", "-created_at"], name="integrations_delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One request, and what was answered: `status` is empty where nobody answered."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("when"), default=timezone.now)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"
