"""Grading standards and their frozen editions."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage, Skill
from people.channels import Channel
from people.models import User
from scorecards import scoring


class Rubric(models.Model):
    """A grading standard through all its editions."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")
        ordering = ["name"]
        permissions = [("edit_rubrics", _("Can write and publish rubrics"))]

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

    def of_standard(self, rubric: int, first: int) -> "RubricVersionQuerySet":
        """The versions from number `first` of a rubric up to the next that cannot be compared."""
        rows = self.filter(rubric=rubric, number__gte=first).exclude(
            state=RubricVersion.State.DRAFT
        )
        breaks = (
            RubricVersion.objects.filter(rubric=rubric, number__gt=first, is_comparable=False)
            .exclude(state=RubricVersion.State.DRAFT)
            .order_by("number")
        )
        after = models.Subquery(breaks.values("number")[:1])
        return rows.filter(number__lt=Coalesce(after, models.F("number") + 1))

    def visible_to(self, user: User) -> "RubricVersionQuerySet":
        """What was ever published, to everybody: one may read what one is graded by. Drafts only to
        who writes them."""
        if user.has_perm("scorecards.edit_rubrics"):
            return self
        return self.exclude(state=RubricVersion.State.DRAFT)


class RubricVersion(models.Model):
    """One edition of a rubric. Once published it never changes, nor does anything below it.

    `places` is where percents are rounded, decimal and half up; `pass_mark` is compared after that. The
    policies are those of `scorecards.scoring`, which says what each does.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    class NotApplicablePolicy(models.TextChoices):
        EXCLUDE = scoring.NotApplicable.EXCLUDE, _("Left out; the others take its weight")
        COUNTS_FULL = scoring.NotApplicable.COUNTS_FULL, _("Counts as fully met")
        COUNTS_ZERO = scoring.NotApplicable.COUNTS_ZERO, _("Counts as not met at all")
        NOT_SCORABLE = (
            scoring.NotApplicable.NOT_SCORABLE,
            _("Makes the whole scorecard not scorable"),
        )

    class CriticalFailurePolicy(models.TextChoices):
        KEEP = scoring.CriticalFailure.KEEP, _("Percent stays as earned, outcome is critical fail")
        PERCENT_ZERO = scoring.CriticalFailure.PERCENT_ZERO, _("Percent becomes 0")
        SECTION_ZERO = scoring.CriticalFailure.SECTION_ZERO, _("The section becomes 0")

    class Aggregation(models.TextChoices):
        WEIGHTED_SECTIONS = (
            scoring.Aggregation.WEIGHTED_SECTIONS,
            _("Sections by weight: each section's points earned over possible"),
        )
        WEIGHTED_SECTION_POINTS = (
            scoring.Aggregation.WEIGHTED_SECTION_POINTS,
            _("Points by section weight: all weighted points earned over possible"),
        )
        POINTS = scoring.Aggregation.POINTS, _("Points earned over points possible")
        WEIGHTED_CRITERIA = (
            scoring.Aggregation.WEIGHTED_CRITERIA,
            _("Criteria by weight, whatever their section"),
        )
        MEAN_OF_CRITERIA = (
            scoring.Aggregation.MEAN_OF_CRITERIA,
            _("Plain mean of the criteria"),
        )

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
    not_applicable_policy = models.CharField(
        _("not applicable"),
        max_length=20,
        choices=NotApplicablePolicy.choices,
        default=NotApplicablePolicy.EXCLUDE,
    )
    critical_failure_policy = models.CharField(
        _("critical failure"),
        max_length=20,
        choices=CriticalFailurePolicy.choices,
        default=CriticalFailurePolicy.KEEP,
    )
    aggregation = models.CharField(
        _("aggregation"),
        max_length=30,
        choices=Aggregation.choices,
        default=Aggregation.WEIGHTED_SECTIONS,
    )
    completeness = models.DecimalField(
        _("share that must be answered (percent)"),
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Before that there is no result and nothing can be submitted."),
    )
    hides_agent = models.BooleanField(
        _("hide the agent until submission"),
        default=True,
        help_text=_("Also in the words of the conversation."),
    )
    hides_scores = models.BooleanField(_("hide earlier scorecards until submission"), default=True)
    hides_customer_rating = models.BooleanField(
        _("hide the customer's rating until submission"), default=True
    )
    holds_feedback = models.BooleanField(
        _("hold feedback until a manager releases it"),
        default=False,
        help_text=_("The agent sees nothing of a grade before that."),
    )
    undo_minutes = models.PositiveSmallIntegerField(
        _("minutes to take a submission back"),
        default=10,
        validators=[MaxValueValidator(10080)],
        help_text=_("After that only an override with a reason changes a grade."),
    )
    dispute_days = models.PositiveSmallIntegerField(
        _("days to dispute a grade"),
        default=14,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "Counted from the day on which the agent could see it, to the end of the last day where "
            "the agent is."
        ),
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

    def get_absolute_url(self) -> str:
        return reverse("scorecards:rubric_version", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT


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

    class Scale(models.TextChoices):
        LEVELS = "levels", _("Choose a level")
        COUNT = "count", _("Enter a count, which falls into a level")

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(_("key"), max_length=60)
    title = models.CharField(_("title"), max_length=160)
    guidance = models.TextField(_("guidance"), blank=True)
    good_example = models.TextField(_("good example"), blank=True)
    bad_example = models.TextField(_("bad example"), blank=True)
    scale = models.CharField(_("scale"), max_length=10, choices=Scale.choices, default=Scale.LEVELS)
    channels = models.JSONField(
        _("only for these channels"),
        default=list,
        blank=True,
        help_text=_("None means all."),
    )
    flows = models.JSONField(
        _("only for these kinds of interaction"),
        default=list,
        blank=True,
        help_text=_("The flows as the source names them; none means all."),
    )
    depends_on = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        # Not PROTECT: a draft is deleted whole, with what depends and what it depends on.
        on_delete=models.RESTRICT,
        related_name="dependents",
        verbose_name=_("only after an answer to"),
    )
    depends_on_positions = models.JSONField(
        _("namely these levels"),
        default=list,
        blank=True,
        help_text=_("Positions of levels of the earlier criterion, counted from 0."),
    )
    is_bonus = models.BooleanField(
        _("bonus"),
        default=False,
        help_text=_("Adds what it earns and nothing to what is possible."),
    )
    critical_below = models.DecimalField(
        _("fails under (percent)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Strictly under. Empty means: only the lowest level fails."),
    )
    procedure_anchor = models.CharField(
        _("section of the procedure"),
        max_length=80,
        blank=True,
        help_text=_("The id of a heading or step on that page."),
    )
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

    @property
    def counts(self) -> bool:
        return self.scale == self.Scale.COUNT

    @property
    def channel_names(self) -> list[str]:
        return [str(Channel(channel).label) for channel in self.channels]

    def level_for(self, count: int) -> "Level | None":
        """The level whose band `count` falls into. No query where the levels are loaded."""
        for level in self.levels.all():
            first, last = level.count_from, level.count_to
            if first is not None and first <= count and (last is None or count <= last):
                return level
        return None


class Level(models.Model):
    """A point of a criterion's scale: what one can observe there, and its points."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    label = models.CharField(_("label"), max_length=60)
    descriptor = models.TextField(_("what one can observe"))
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2)
    requires_comment = models.BooleanField(_("needs a comment"), default=False)
    is_critical_failure = models.BooleanField(_("is a critical failure"), default=False)
    count_from = models.PositiveIntegerField(_("count from"), null=True, blank=True)
    count_to = models.PositiveIntegerField(_("count to"), null=True, blank=True)
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
