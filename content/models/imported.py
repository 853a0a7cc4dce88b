"""Which file of a Markdown tree became which page, and what each import came to."""

import datetime as dt

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision


def private_storage() -> Storage:
    return storages["private"]


class ManualFile(models.Model):
    """A file of a tree and the page it became; a second import finds the page by this.

    `digest` is that of what the import wrote, not of the file: so a page is written again when a link
    in it leads somewhere else now, and not because of a space at a line's end. It is empty from the
    page's creation until its text is written.
    """

    tree = models.CharField(_("tree"), max_length=80)
    path = models.CharField(_("path"), max_length=500)
    page = models.ForeignKey(
        Page, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("page")
    )
    digest = models.CharField(max_length=64, blank=True)
    revision = models.ForeignKey(Revision, null=True, on_delete=models.SET_NULL, related_name="+")
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        constraints = [
            models.UniqueConstraint(fields=["tree", "path"], name="content_manualfile_once")
        ]

    def __str__(self) -> str:
        return f"{self.tree}: {self.path}"


class ManualImport(models.Model):
    """One tree on its way into the manual. The uploaded file goes when the import has ended."""

    # A page takes a fraction of a second; after this long without one, nobody is at work any more.
    STALLED_AFTER = dt.timedelta(seconds=120)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    tree = models.CharField(
        _("name of the tree"),
        max_length=80,
        help_text=_(
            "Under this name a later import finds the same pages again. Take the same name each time."
        ),
    )
    file = models.FileField(
        _("zip file"),
        upload_to="manual/%Y/%m/",
        storage=private_storage,
        blank=True,
        max_length=255,
    )
    section = models.ForeignKey(
        Page, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("below")
    )
    publish = models.BooleanField(_("publish"), default=True)
    ask_signatures = models.BooleanField(_("ask for signatures"), default=False)
    overwrite = models.BooleanField(_("overwrite what was edited here"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    failure = models.TextField(_("why it failed"), blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    progress_at = models.DateTimeField(_("last progress"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    files_total = models.PositiveIntegerField(default=0)
    files_done = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("import of the manual")
        verbose_name_plural = _("imports of the manual")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.tree} ({self.get_state_display()})"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def percent(self) -> int:
        return 100 * self.files_done // self.files_total if self.files_total else 0

    def is_stalled(self, *, at: dt.datetime) -> bool:
        """Whether it should be at work and nothing has been heard of it."""
        return not self.is_over and self.progress_at < at - self.STALLED_AFTER


class ManualImportFile(models.Model):
    """What came of one file in one import: the report's row."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("New")
        UPDATED = "updated", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        KEPT = "kept", _("Not overwritten")
        REFUSED = "refused", _("Refused")
        GONE = "gone", _("No longer in the tree")

    run = models.ForeignKey(ManualImport, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(_("file"), max_length=500)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    reason = models.TextField(_("reason"), blank=True)
    page = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+")
    # [{"line": 12, "text": "…"}]: what did not become what it was
    remarks = models.JSONField(_("remarks"), default=list)

    class Meta:
        verbose_name = _("file of an import")
        verbose_name_plural = _("files of an import")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["run", "path"], name="content_manualimportfile_once")
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.get_outcome_display()}"
