"""What coach and agent agreed that one of them does."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.models.sessions import CoachingSession
from coaching.permissions import can_coach
from content.models import ModulePage, Skill
from people.models import User
from scorecards.models import Criterion

if TYPE_CHECKING:
    import datetime as dt


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: User) -> "ActionItemQuerySet":
        """To the agent it is about, to its owner, to who wrote it, and to whoever develops the agent
        today."""
        seen = Q(agent=user) | Q(owner=user) | Q(created_by=user)
        if can_coach(user):
            people = User.objects.managed_by(user, on=timezone.localdate())
            seen |= Q(agent__in=people.values("pk"))
        return self.filter(seen)

    def open(self) -> "ActionItemQuerySet":
        return self.filter(done_at__isnull=True, dropped_at__isnull=True)

    def overdue(self, *, on: "dt.date") -> "ActionItemQuerySet":
        return self.open().filter(due_on__lt=on)

    def with_people(self) -> "ActionItemQuerySet":
        return self.select_related(
            "agent", "owner", "created_by", "criterion", "skill", "module", "session"
        )


class ActionItem(models.Model):
    """Open, done, or dropped with a reason. `agent` is whom it is about; `owner` does it: the agent or
    the coach."""

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="action_items"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="action_items_to_do",
        verbose_name=_("who does it"),
    )
    session = models.ForeignKey(
        CoachingSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="action_items",
    )
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("due on"))
    criterion = models.ForeignKey(
        Criterion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("criterion"),
    )
    skill = models.ForeignKey(
        Skill,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("skill"),
    )
    module = models.ForeignKey(
        ModulePage,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("module"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    dropped_at = models.DateTimeField(_("dropped"), null=True, blank=True)
    dropped_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, dropped_at__isnull=True),
                name="coaching_actionitem_done_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "due_on"]),
            models.Index(fields=["agent", "due_on"]),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def is_dropped(self) -> bool:
        return self.dropped_at is not None

    @property
    def is_open(self) -> bool:
        return not self.is_done and not self.is_dropped

    def is_overdue(self, *, on: "dt.date") -> bool:
        return self.is_open and self.due_on < on
