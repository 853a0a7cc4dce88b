"""Where a skill should be by when, and where it was when that was agreed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.permissions import can_coach
from content.models import Skill
from people.models import User
from scorecards.models import RubricVersion


class GoalQuerySet(models.QuerySet["Goal"]):
    def visible_to(self, user: User) -> "GoalQuerySet":
        """To the agent, to who set it, and to whoever develops the agent today."""
        seen = Q(agent=user) | Q(set_by=user)
        if can_coach(user):
            people = User.objects.managed_by(user, on=timezone.localdate())
            seen |= Q(agent__in=people.values("pk"))
        return self.filter(seen)

    def standing(self) -> "GoalQuerySet":
        return self.filter(closed_at__isnull=True)


class Goal(models.Model):
    """A target for one skill of one person, in percent, to be reached by the end of `due_on`.

    The baseline is what the agent themself could see when it was set: `baseline_n` scorecards of the
    months `baseline_first` to `baseline_last`, by the standard that `version` belongs to; its mean and
    interval are empty where that was too little. Later scores count only by the same standard.
    """

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="goals"
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="goals")
    target = models.DecimalField(
        _("target"),
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    due_on = models.DateField(_("by"))
    reason = models.TextField(_("why, and how"), blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    version = models.ForeignKey(
        RubricVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    baseline_first = models.DateField()
    baseline_last = models.DateField()
    baseline_n = models.PositiveIntegerField(default=0)
    baseline_mean = models.FloatField(null=True, blank=True)
    baseline_low = models.FloatField(null=True, blank=True)
    baseline_high = models.FloatField(null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "skill"],
                condition=Q(closed_at__isnull=True),
                name="coaching_goal_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(target__gt=0, target__lte=100), name="coaching_goal_target_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.skill_id} {self.target}"

    def get_absolute_url(self) -> str:
        return reverse("coaching:goal_detail", args=[self.pk])
