"""SCORM packages, and the pages that make one of them a step of a module."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from content.models.base import EvenhandPage
from content.models.modules import ModuleStep
from content.packages import Item


class Package(index.Indexed, models.Model):  # type: ignore[django-manager-missing]
    """An uploaded package. It never changes: a new edition of the course is another package.

    Its files are in private storage, in a folder named by `sha256`.
    """

    title = models.CharField(_("title"), max_length=255)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    file_name = models.CharField(_("file"), max_length=255, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), editable=False)
    edition = models.CharField(_("SCORM edition"), max_length=10, editable=False)
    edition_text = models.CharField(max_length=40, editable=False)
    items = models.JSONField(_("parts"), editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        verbose_name = _("SCORM package")
        verbose_name_plural = _("SCORM packages")
        ordering = ["title", "-uploaded_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def parts(self) -> list[Item]:
        """What can be started in it, in order."""
        return [Item(**item) for item in self.items]

    @property
    def edition_label(self) -> str:
        return f"SCORM {self.edition_text or self.edition}"


class ScormPage(ModuleStep):
    """A step of a module that somebody else's authoring tool made."""

    class Rule(models.TextChoices):
        PACKAGE = "package", _("As the package says: completed, and not failed")
        SCORE = "score", _("Completed, with at least the score below")
        COMPLETED = "completed", _("Completed is enough, whatever the score")

    introduction = models.TextField(_("introduction"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=15)
    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, related_name="pages", verbose_name=_("SCORM package")
    )
    mastery_rule = models.CharField(
        _("when it is done"), max_length=10, choices=Rule.choices, default=Rule.PACKAGE
    )
    mastery_score = models.PositiveSmallIntegerField(
        _("score that is needed (percent)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("For “Completed, with at least the score below”."),
    )

    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    outline_icon = "package"
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("minutes"),
        FieldPanel("package"),
        FieldPanel("mastery_rule"),
        FieldPanel("mastery_score"),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("SCORM package in a module")
        verbose_name_plural = _("SCORM packages in modules")

    def clean(self) -> None:
        super().clean()
        if self.mastery_rule == self.Rule.SCORE and self.mastery_score is None:
            raise ValidationError({"mastery_score": _("Say which score is needed, 1 to 100.")})

    @property
    def outline_detail(self) -> str:
        return ngettext("%(n)d minute", "%(n)d minutes", self.minutes) % {"n": self.minutes}

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return {**context, "parts": self.package.parts}
