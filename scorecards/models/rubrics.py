"""Grading standards and their frozen editions."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage, Skill


class Rubric(models.Model):
    """A grading standard through all its editions."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RubricVersionQuerySet(models.QuerySet["RubricVersion"]):
    def published(self) -> "RubricVersionQuerySet":
        return self.filter(state=RubricVersion.State.PUBLISHED)

    def with_structure(self) -> "RubricVersionQuerySet":
        """Sections, criteria (with skill and the procedure's title) and levels, in three more
        queries."""
        criteria = (
            Criterion.objects.select_related("skill", "procedure")
            .defer("procedure__steps", "procedure__notes")
            .prefetch_related("levels")
        )
        return self.select_related("rubric").prefetch_related(
            models.Prefetch("sections__criteria", criteria)
        )


class RubricVersion(models.Model):
    """One edition of a rubric. Once published it never changes, nor does anything below it.

    `places` is where percents are rounded, decimal and half up; `pass_mark` is compared after that.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    change_note = models.TextField(_("what changed"), blank=True)
    is_comparable = models.BooleanField(
        _("comparable with the last version"),
        default=False,
        help_text=_("Trends go on through a comparable version and break at any other."),
    )
    pass_mark = models.DecimalField(
        _("pass mark (percent)"),
        max_digits=5,
        decimal_places=2,
        default=75,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    places = models.PositiveSmallIntegerField(
        _("decimal places of a percent"), default=0, validators=[MaxValueValidator(4)]
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects = RubricVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("rubric version")
        verbose_name_plural = _("rubric versions")
        ordering = ["rubric", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["rubric", "number"], name="scorecards_rubricversion_number"
            ),
            models.UniqueConstraint(
                fields=["rubric"],
                condition=Q(state="published"),
                name="scorecards_rubricversion_one_published",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rubric} v{self.number}"


class Section(models.Model):
    version = models.ForeignKey(RubricVersion, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(_("key"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    weight = models.DecimalField(
        _("weight"), max_digits=7, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="scorecards_section_key")
        ]

    def __str__(self) -> str:
        return self.title


class Criterion(models.Model):
    """One thing to judge. `key` stays the same through versions; the row does not."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(_("key"), max_length=60)
    title = models.CharField(_("title"), max_length=160)
    guidance = models.TextField(_("guidance"), blank=True)
    weight = models.DecimalField(
        _("weight"), max_digits=7, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )
    allows_not_applicable = models.BooleanField(_("may be not applicable"), default=False)
    is_critical = models.BooleanField(
        _("critical"),
        default=False,
        help_text=_("The lowest level fails the whole scorecard, whatever else was good."),
    )
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        related_name="criteria",
        verbose_name=_("skill it measures"),
    )
    procedure = models.ForeignKey(
        ProcedurePage,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="criteria",
        verbose_name=_("procedure it rests on"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["section", "key"], name="scorecards_criterion_key")
        ]

    def __str__(self) -> str:
        return self.title


class Level(models.Model):
    """A point of a criterion's scale: what one can observe there, and its points."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    label = models.CharField(_("label"), max_length=60)
    descriptor = models.TextField(_("what one can observe"))
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "position"], name="scorecards_level_position"
            )
        ]

    def __str__(self) -> str:
        return self.label
