"""The whole manual as a file."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ManualPrint(models.Model):
    """One PDF of the manual. Who may read the same pages shares it; `digest` says what is in it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being made")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    # What goes into it, by id and in reading order, as the person who asked may read it.
    page_ids = models.JSONField(default=list)
    language = models.CharField(max_length=12)
    done = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    progress_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("printed manual")

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.state})"

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def total(self) -> int:
        return len(self.page_ids)
