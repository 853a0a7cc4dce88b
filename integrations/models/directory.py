"""What came from a directory of people, and what it changed or would have."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models.tokens import ApiToken
from interactions.models import private_storage


class DirectoryRun(models.Model):
    """One file, or one request of a directory, held against the people and teams here.

    `changes` lists what differs as it was worked out: who, what was done with them, which values
    before and after, and why a row was refused. A file waits in `file` until it is applied. Requests of
    SCIM, which a directory sends all day, are forgotten after a while; the audit log keeps what they did.
    """

    KEPT = dt.timedelta(days=60)

    class Source(models.TextChoices):
        FILE = "file", _("CSV file")
        SCIM = "scim", _("SCIM")

    class State(models.TextChoices):
        PLANNED = "planned", _("Dry run")
        APPLIED = "applied", _("Applied")

    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PLANNED
    )
    title = models.CharField(_("what"), max_length=255)
    deactivates = models.BooleanField(_("deactivates who is missing"), default=False)
    file = models.FileField(
        upload_to="directory/%Y/%m/", storage=private_storage, blank=True, max_length=255
    )
    counts = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    token = models.ForeignKey(
        ApiToken, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("directory run")
        verbose_name_plural = _("directory runs")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"])]

    def __str__(self) -> str:
        return self.title
