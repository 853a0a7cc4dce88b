"""What people do with the modules: assignments, attempts at quizzes, completions."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision

from content.models import LearningPath, ModulePage, QuizPage
from people.models import User
from training.marking import Question, Result, from_json, mark


class ModuleAssignmentQuerySet(models.QuerySet["ModuleAssignment"]):
    def visible_to(self, user: User) -> "ModuleAssignmentQuerySet":
        """One's own, and those of people one may see."""
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def unfinished(self) -> "ModuleAssignmentQuerySet":
        return self.filter(completed_at__isnull=True)

    def overdue(self, *, on: dt.date) -> "ModuleAssignmentQuerySet":
        """Unfinished after their due day. Nobody is late with a module that is not published."""
        return self.unfinished().filter(due_on__lt=on, module__live=True)

    def in_order(self) -> "ModuleAssignmentQuerySet":
        return self.order_by(F("due_on").asc(nulls_last=True), "assigned_at", "position", "pk")


class ModuleAssignment(models.Model):
    """Somebody is to take a module, alone or as a part of a learning path."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="module_assignments"
    )
    module = models.ForeignKey(ModulePage, on_delete=models.PROTECT, related_name="assignments")
    path = models.ForeignKey(
        LearningPath, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    position = models.PositiveSmallIntegerField(default=0)
    assigned_at = models.DateTimeField(_("assigned"), default=timezone.now)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = ModuleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("module assignment")
        verbose_name_plural = _("module assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "module"],
                condition=Q(completed_at__isnull=True),
                name="training_moduleassignment_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.module_id}"

    def is_overdue(self, *, on: dt.date) -> bool:
        """The same rule for one row as `overdue` for many. Needs `module`."""
        return (
            self.completed_at is None
            and self.due_on is not None
            and self.due_on < on
            and self.module.live
        )


class CompletionQuerySet(models.QuerySet["Completion"]):
    def visible_to(self, user: User) -> "CompletionQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))


class Completion(models.Model):
    """A lesson read, a quiz passed or a whole module done, at the edition it was then."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions"
    )
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="completions")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    completed_at = models.DateTimeField(_("completed"), default=timezone.now)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [
            models.UniqueConstraint(fields=["user", "page"], name="training_completion_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.page_id}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User) -> "AttemptQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "AttemptQuerySet":
        return self.filter(submitted_at__isnull=True)

    def submitted(self) -> "AttemptQuerySet":
        return self.filter(submitted_at__isnull=False)

    def without_questions(self) -> "AttemptQuerySet":
        """For lists: leaves the two JSON columns in the database."""
        return self.defer("questions", "answers")


class Attempt(models.Model):
    """One go at a quiz. `questions` is the quiz as it was asked; later edits do not touch it.

    `answers` maps a question's id to the ids of the chosen options, all of them strings
    (`training.marking`); `percent` is 0-100 and null until submission.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts"
    )
    quiz = models.ForeignKey(QuizPage, on_delete=models.PROTECT, related_name="attempts")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    questions = models.JSONField(_("questions as asked"))
    pass_mark = models.PositiveSmallIntegerField(_("pass mark (percent)"))
    answers = models.JSONField(_("answers"), default=dict)
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    passed = models.BooleanField(_("passed"), null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "quiz"],
                condition=Q(submitted_at__isnull=True),
                name="training_attempt_one_open",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, percent__isnull=True)
                | Q(submitted_at__isnull=False, percent__isnull=False, passed__isnull=False),
                name="training_attempt_marked_when_submitted",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} of {self.user_id} at {self.quiz_id}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def percent_places(self) -> int:
        """The decimal places to show, so that no 69.6 looks like the 70 that was needed."""
        return 0 if self.percent is None or self.percent % 1 == 0 else 2

    @property
    def asked(self) -> list[Question]:
        return from_json(self.questions)

    @property
    def result(self) -> Result:
        """The answers marked by the questions as asked; what was shown on the day is `percent`."""
        return mark(self.asked, self.answers)
