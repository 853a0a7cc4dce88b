"""Who is to take which module, and what they finished."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision

from content.models import LearningPath, ModulePage
from people.models import User


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
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Which time this is for the person: 1, and one more with each renewal.
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    # From this day on what was completed has to be renewed; empty for never.
    lapses_on = models.DateField(_("to be renewed from"), null=True, blank=True)

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

    def current(self, *, on: dt.date) -> "CompletionQuerySet":
        """Those that count on that day; what is to be renewed does not, also before anything wrote
        that down."""
        return self.filter(ended_at__isnull=True).exclude(lapses_on__lte=on)

    def lapsed(self, *, on: dt.date) -> "CompletionQuerySet":
        """Those whose round is over on that day and was not ended yet."""
        return self.filter(ended_at__isnull=True, lapses_on__lte=on)


class Completion(models.Model):
    """A lesson read, a quiz passed or a whole module done, at the edition it was then.

    It counts until `lapses_on`, if that is set; `ended_at` is when it was put aside for a new round.
    The rows of earlier rounds are history.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions"
    )
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="completions")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    completed_at = models.DateTimeField(_("completed"), default=timezone.now)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    lapses_on = models.DateField(_("to be renewed from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("round ended"), null=True, blank=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(ended_at__isnull=True),
                name="training_completion_one_counts",
            ),
            models.UniqueConstraint(
                fields=["user", "page", "round"], name="training_completion_once_a_round"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lapses_on"],
                condition=Q(ended_at__isnull=True),
                name="training_completion_lapses",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.page_id}"

    def counts(self, *, on: dt.date) -> bool:
        """The same rule for one row as `current` for many."""
        return self.ended_at is None and (self.lapses_on is None or self.lapses_on > on)
