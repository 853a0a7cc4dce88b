"""A copy of everything that is stored here, on its way into a file."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.models import private_storage


class DataDump(models.Model):
    """One dump of all tables. `file` is there only while it is done and has not expired.

    `counts` holds the rows of each finished table. Whoever writes it moves `progress_at` on.
    """

    KEPT = dt.timedelta(days=7)
    STALLED_AFTER = dt.timedelta(minutes=5)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")
        DELETED = "deleted", _("File deleted")

    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    file = models.FileField(
        upload_to="dumps/%Y/%m/", storage=private_storage, blank=True, max_length=255
    )
    size = models.BigIntegerField(_("bytes"), default=0)
    counts = models.JSONField(_("rows by table"), default=dict)
    tables_total = models.PositiveIntegerField(default=0)
    tables_done = models.PositiveIntegerField(default=0)
    rows_done = models.BigIntegerField(_("rows"), default=0)
    stop_requested = models.BooleanField(default=False)
    failure = models.TextField(_("why it failed"), blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    progress_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("full dump")
        verbose_name_plural = _("full dumps")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(state__in=["waiting", "running"]),
                name="integrations_datadump_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def is_stalled(self) -> bool:
        """Whether whoever wrote it seems to be gone, or was never there."""
        return self.is_live and timezone.now() - self.progress_at > self.STALLED_AFTER

    def is_ready(self, *, at: dt.datetime) -> bool:
        return (
            self.state == self.State.DONE
            and bool(self.file)
            and self.expires_at is not None
            and at < self.expires_at
        )
