"""Statements on their way to the record store."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingStatementQuerySet(models.QuerySet["OutgoingStatement"]):
    def waiting(self) -> "OutgoingStatementQuerySet":
        return self.filter(state=OutgoingStatement.State.WAITING)

    def due(self, *, at: dt.datetime) -> "OutgoingStatementQuerySet":
        return self.waiting().filter(next_try_at__lte=at)

    def refused(self) -> "OutgoingStatementQuerySet":
        return self.filter(state=OutgoingStatement.State.REFUSED)


class OutgoingStatement(models.Model):
    """One statement, written in the transaction of what it tells, and sent later.

    Whoever sends it first moves `next_try_at` ahead, which keeps others off and, should the sender die,
    brings it back. The id is the statement's own: sent twice, it is still told once.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")

    statement_id = models.UUIDField(unique=True)
    statement = models.JSONField(_("statement"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("what was answered"), max_length=500, blank=True)

    objects = OutgoingStatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("xAPI statement")
        verbose_name_plural = _("xAPI statements")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state="waiting"),
                name="training_statement_due",
            ),
            models.Index(fields=["state", "-created_at"], name="training_statement_state"),
        ]

    def __str__(self) -> str:
        return str(self.statement_id)

    @property
    def verb(self) -> str:
        display = self.statement.get("verb", {}).get("display", {})
        return str(next(iter(display.values()), ""))

    @property
    def subject(self) -> str:
        definition = self.statement.get("object", {}).get("definition", {})
        return str(next(iter(definition.get("name", {}).values()), ""))
