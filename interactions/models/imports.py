"""Files on their way in."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.models.storage import private_storage
from people.models import User


class ImportMappingQuerySet(models.QuerySet["ImportMapping"]):
    def visible_to(self, user: User) -> "ImportMappingQuerySet":
        return self if user.has_perm("interactions.import_interactions") else self.none()

    def for_file(self, fingerprint: str) -> "ImportMappingQuerySet":
        """Those made for a file with the same columns, the latest used first."""
        return self.filter(fingerprint=fingerprint).order_by("-updated_at", "-pk")


class ImportMapping(models.Model):
    """How files of one make are read, kept for the next one: a plan (`importing/plans.py`) under a name.

    `fingerprint` tells the make of a file by its columns.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    plan = models.JSONField(_("rules"), default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now)

    objects = ImportMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("import mapping")
        verbose_name_plural = _("import mappings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> "ImportRunQuerySet":
        return self if user.has_perm("interactions.import_interactions") else self.none()


class ImportRun(models.Model):
    """One file on its way in: how far it got, what came of each row. A stopped run can go on.

    `file` is empty for a file that the command reads in place, and for one that is of no more use:
    the contents are customers' own words, so what is done with is not kept.
    """

    # A batch takes a second or two; after this long without one, nobody is at work any more.
    STALLED_AFTER = dt.timedelta(seconds=60)

    class State(models.TextChoices):
        DRAFT = "draft", _("Not started")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(
        _("stored file"),
        upload_to="imports/%Y/%m/",
        storage=private_storage,
        blank=True,
        max_length=255,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    failure = models.TextField(_("why it failed"), blank=True)
    # How the file is read (`importing/plans.py`), kept so that going on reads it in the same way.
    plan = models.JSONField(default=dict)
    mapping = models.ForeignKey(
        ImportMapping,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        verbose_name=_("mapping"),
    )
    # What was found out about the file, a sentence each.
    notes = models.JSONField(default=list)
    # Tells whether a file that somebody wants to go on with is the same one.
    digest = models.CharField(max_length=64, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    progress_at = models.DateTimeField(_("last progress"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    stop_requested = models.BooleanField(default=False)
    # The place to go on from: lines done, and bytes of the stored file for the progress bar.
    lines_done = models.PositiveBigIntegerField(_("lines read"), default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    # From here the file can be read on, where its format allows that (`importing/reading.py`, `Place`).
    place = models.JSONField(default=dict)
    bytes_total = models.PositiveBigIntegerField(default=0)
    created_count = models.PositiveBigIntegerField(_("new"), default=0)
    updated_count = models.PositiveBigIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveBigIntegerField(_("already here"), default=0)
    rejected_count = models.PositiveBigIntegerField(_("rejected"), default=0)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        permissions = [("import_interactions", _("Can import interactions"))]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def is_stalled(self) -> bool:
        """Whether whoever ran it seems to be gone: killed, or never there to begin with."""
        return self.is_live and timezone.now() - self.progress_at > self.STALLED_AFTER

    @property
    def is_resumable(self) -> bool:
        """Whether it may go on, given the file: stopped, failed on the way, or left behind."""
        return self.state in {self.State.STOPPED, self.State.FAILED} or self.is_stalled

    @property
    def imported_count(self) -> int:
        return self.created_count + self.updated_count + self.unchanged_count

    @property
    def rows_done(self) -> int:
        """Interactions of the file that were dealt with: what going on passes over."""
        return self.imported_count + self.rejected_count

    @property
    def percent(self) -> int:
        """Share of the file that was read, 0-100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.bytes_done // self.bytes_total) if self.bytes_total else 0


class ImportRejection(models.Model):
    """One row that was not imported, and why.

    `content` is the row as JSON, for the file that can be mended and imported again: {"rows": [...]} or
    {"raw": "..."}. It holds customers' own words and goes with the run.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejections")
    line = models.PositiveBigIntegerField(_("line"))
    external_id = models.CharField(_("id"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    content = models.TextField(blank=True)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="interactions_rejection_once")
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
