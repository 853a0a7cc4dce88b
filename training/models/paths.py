"""Who takes which learning path."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import LearningPath
from people.models import User


class PathAssignmentQuerySet(models.QuerySet["PathAssignment"]):
    def visible_to(self, user: User) -> "PathAssignmentQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def running(self) -> "PathAssignmentQuerySet":
        """Not done yet."""
        return self.filter(completed_at__isnull=True)

    def standing(self, *, on: dt.date) -> "PathAssignmentQuerySet":
        """What locks modules: running, or done and to be renewed."""
        return self.filter(ended_at__isnull=True).filter(
            Q(completed_at__isnull=True) | Q(lapses_on__lte=on)
        )


class PathAssignment(models.Model):
    """Somebody is to take a learning path, from `starts_on` on. A renewal is a new row."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="path_assignments"
    )
    path = models.ForeignKey(
        LearningPath, on_delete=models.PROTECT, related_name="path_assignments"
    )
    starts_on = models.DateField(_("starts"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), default=timezone.now)
    # Empty for who was asked because of their role, or to renew.
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    lapses_on = models.DateField(_("to be renewed from"), null=True, blank=True)
    # When a renewal took its place.
    ended_at = models.DateTimeField(_("round ended"), null=True, blank=True)

    objects = PathAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("path assignment")
        verbose_name_plural = _("path assignments")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "path"],
                condition=Q(ended_at__isnull=True),
                name="training_pathassignment_one_counts",
            ),
            models.UniqueConstraint(
                fields=["user", "path", "round"], name="training_pathassignment_once_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.path_id}"
