"""Attempts at quizzes."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from content.models import QuizPage
from people.models import User
from training.marking import CertaintyResult, Question, Result, certainty_marks, from_json, mark

# What was sent in time may arrive a little late.
GRACE = dt.timedelta(seconds=30)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User) -> "AttemptQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "AttemptQuerySet":
        return self.filter(submitted_at__isnull=True)

    def submitted(self) -> "AttemptQuerySet":
        return self.filter(submitted_at__isnull=False)

    def out_of_time(self, *, at: dt.datetime) -> "AttemptQuerySet":
        """Open ones that take no more answers: their time and the grace after it are over."""
        return self.open().filter(closes_at__lt=at - GRACE)

    def without_questions(self) -> "AttemptQuerySet":
        """For lists: leaves the JSON columns in the database."""
        return self.defer("questions", "answers", "certainty", "saved_in")


class Attempt(models.Model):
    """One go at a quiz. `questions` is the quiz as it was asked; later edits do not touch it.

    `answers` maps a question's id to what was answered, a list of strings (`training.marking`),
    `certainty` to how certain that is, and `saved_in` to the window it came from; `percent` is 0-100 and
    null until submission. `closes_at` is when its time is up; `ran_out` says that this ended it.
    `seed` is what the random draw of questions and the shuffling came from.
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
    certainty = models.JSONField(_("certainty"), default=dict)
    saved_in = models.JSONField(_("saved in"), default=dict)
    asks_certainty = models.BooleanField(_("certainty-based marking"), default=False)
    seed = models.PositiveBigIntegerField(_("seed of the draw"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    ran_out = models.BooleanField(_("time ran out"), default=False)
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
        indexes = [
            models.Index(
                fields=["closes_at"],
                condition=Q(submitted_at__isnull=True),
                name="training_attempt_open_closes",
            )
        ]
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

    def by_certainty(self, result: Result) -> CertaintyResult | None:
        """What certainty earned, if this attempt asked for it."""
        return certainty_marks(result, self.certainty) if self.asks_certainty else None

    def is_out_of_time(self, at: dt.datetime) -> bool:
        return self.closes_at is not None and at > self.closes_at + GRACE
