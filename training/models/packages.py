"""What people do with SCORM packages."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import Package, ScormPage
from people.models import User
from training import scorm

# A window that is open says so every minute; silent for longer, it no longer keeps others out.
HELD_FOR = dt.timedelta(seconds=150)
# How long the files of an open part are served without a word from its window: a laptop may sleep.
SERVED_FOR = dt.timedelta(minutes=15)


class PackageRunQuerySet(models.QuerySet["PackageRun"]):
    def visible_to(self, user: User) -> "PackageRunQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "PackageRunQuerySet":
        return self.filter(finished_at__isnull=True)


class PackageRun(models.Model):
    """One person's way through one package, over as many sittings as it takes.

    It keeps the package that it began with, whatever the page shows later. `completed` and `success`
    are the whole package's; `success` stays null where nothing judges.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="package_runs"
    )
    page = models.ForeignKey(ScormPage, on_delete=models.PROTECT, related_name="runs")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    completed = models.BooleanField(_("completed"), default=False)
    success = models.BooleanField(_("passed"), null=True)
    score_scaled = models.DecimalField(
        _("score"), max_digits=6, decimal_places=4, null=True, blank=True
    )
    score_raw = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    score_min = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    score_max = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    total_seconds = models.FloatField(_("time spent (seconds)"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = PackageRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of a package")
        verbose_name_plural = _("runs of packages")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(finished_at__isnull=True),
                name="training_packagerun_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.user_id} at {self.page_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def percent(self) -> float | None:
        return None if self.score_scaled is None else float(self.score_scaled * 100)


class PartState(models.Model):
    """How far a run is in one part of its package. `data` has what the part has set, by element.

    `key` is the address of its files while a window has it open; whoever knows it is that window.
    `sequence` counts what that window saved, so that nothing older comes over it.
    """

    run = models.ForeignKey(PackageRun, on_delete=models.CASCADE, related_name="parts")
    identifier = models.CharField(max_length=255)
    data = models.JSONField(default=dict)
    completed = models.BooleanField(_("completed"), default=False)
    success = models.BooleanField(_("passed"), null=True)
    score_scaled = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)
    has_ended = models.BooleanField(default=False)
    was_opened = models.BooleanField(default=False)
    past_seconds = models.FloatField(default=0)
    session_seconds = models.FloatField(default=0)
    key = models.CharField(max_length=43, unique=True, null=True, editable=False)
    sequence = models.PositiveBigIntegerField(default=0)
    held_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "identifier"], name="training_partstate_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.identifier}"

    def is_held(self, *, at: dt.datetime) -> bool:
        return self.key is not None and self.held_at is not None and self.held_at > at - HELD_FOR

    @property
    def percent(self) -> float | None:
        return None if self.score_scaled is None else float(self.score_scaled * 100)

    @property
    def total_seconds(self) -> float:
        return min(self.past_seconds + self.session_seconds, float(scorm.LONGEST))
