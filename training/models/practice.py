"""What joins a practice exercise with rubrics and expert keys, and what people make of it."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from content.models import PracticePage, SamplePage
from content.scenarios import Scenario, from_json
from people.models import User
from scorecards.models import ExpertKey, ReviewAssignment, Rubric, RubricVersion


class PracticeSetup(models.Model):
    """By which rubric a role play is graded: by the version published when a run begins."""

    page = models.OneToOneField(
        PracticePage, on_delete=models.CASCADE, related_name="practice_setup"
    )
    rubric = models.ForeignKey(
        Rubric, on_delete=models.PROTECT, related_name="+", verbose_name=_("rubric")
    )

    class Meta:
        verbose_name = _("rubric of a role play")
        verbose_name_plural = _("rubrics of role plays")

    def __str__(self) -> str:
        return f"{self.page_id} by {self.rubric_id}"


class SampleSetup(models.Model):
    """Which conversations a trainee grades, each with its expert key."""

    page = models.OneToOneField(SamplePage, on_delete=models.CASCADE, related_name="sample_setup")
    keys = models.ManyToManyField(ExpertKey, related_name="+", verbose_name=_("samples"))

    class Meta:
        verbose_name = _("samples of an exercise")
        verbose_name_plural = _("samples of exercises")

    def __str__(self) -> str:
        return f"samples of {self.page_id}"


class PracticeRunQuerySet(models.QuerySet["PracticeRun"]):
    def visible_to(self, user: User) -> "PracticeRunQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "PracticeRunQuerySet":
        return self.filter(finished_at__isnull=True)

    def finished(self) -> "PracticeRunQuerySet":
        return self.filter(finished_at__isnull=False)

    def without_words(self) -> "PracticeRunQuerySet":
        """For lists: leaves the JSON columns in the database."""
        return self.defer("scenario", "events", "grades")


class PracticeRun(models.Model):
    """One go at a role play. `scenario` is as it was at the start, as is the rubric `version`; later
    edits touch neither. It is no scorecard: nothing made from scorecards can meet it.

    `events` are what the trainee did, in order: `{"scene", "wrote"}` and `{"scene", "choice", "ticked"}`
    (`training.role_play`). `grades` has per criterion id what was said about it at the end; the figures
    are what `scorecards.scoring` made of that.
    """

    class Outcome(models.TextChoices):
        PASS = "pass", _("Pass")
        FAIL = "fail", _("Fail")
        CRITICAL_FAIL = "critical_fail", _("Critical fail")
        NOT_SCORABLE = "not_scorable", _("Not scorable")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_runs"
    )
    page = models.ForeignKey(PracticePage, on_delete=models.PROTECT, related_name="runs")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.ForeignKey(
        RubricVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(_("channel"), max_length=10)
    customer_name = models.CharField(_("customer's name"), max_length=80, blank=True)
    scenario = models.JSONField(_("scenario as played"))
    events = models.JSONField(_("events"), default=list)
    grades = models.JSONField(_("grades"), default=dict)
    percent = models.DecimalField(
        _("percent"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    section_percents = models.JSONField(_("section percents"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices, blank=True)
    ended_well = models.BooleanField(_("ended well"), null=True)
    passed = models.BooleanField(_("passed"), null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = PracticeRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of a role play")
        verbose_name_plural = _("runs of role plays")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(finished_at__isnull=True),
                name="training_practicerun_one_open",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True)
                | Q(passed__isnull=False, ended_well__isnull=False),
                name="training_practicerun_judged_when_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"role play {self.pk} of {self.user_id} at {self.page_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @cached_property
    def played(self) -> Scenario:
        return from_json(self.scenario)

    @property
    def stored_section_percents(self) -> dict[int, Decimal | None]:
        stored: dict[str, Any] = self.section_percents
        return {int(key): None if each is None else Decimal(each) for key, each in stored.items()}


class SampleGradingQuerySet(models.QuerySet["SampleGrading"]):
    def visible_to(self, user: User) -> "SampleGradingQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "SampleGradingQuerySet":
        return self.filter(submitted_at__isnull=True)

    def submitted(self) -> "SampleGradingQuerySet":
        return self.filter(submitted_at__isnull=False)


class SampleGrading(models.Model):
    """A trainee's grade of a sample: its scorecard is off the record, and this is what came of it.

    `furthest` is in levels.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sample_gradings"
    )
    page = models.ForeignKey(SamplePage, on_delete=models.PROTECT, related_name="gradings")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.PROTECT, related_name="sample_grading"
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    compared_count = models.PositiveSmallIntegerField(_("criteria compared"), default=0)
    same_count = models.PositiveSmallIntegerField(_("graded alike"), default=0)
    furthest = models.PositiveSmallIntegerField(_("furthest apart (levels)"), default=0)
    passed = models.BooleanField(_("passed"), null=True)

    objects = SampleGradingQuerySet.as_manager()

    class Meta:
        verbose_name = _("graded sample")
        verbose_name_plural = _("graded samples")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(submitted_at__isnull=True),
                name="training_samplegrading_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"sample {self.assignment_id} of {self.user_id}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def same_percent(self) -> Decimal | None:
        if not self.compared_count:
            return None
        return Decimal(100 * self.same_count) / self.compared_count
