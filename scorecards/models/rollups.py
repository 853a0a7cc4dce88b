"""Sums that dashboards and the severity model read instead of scorecards."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from people.channels import Channel
from people.models import User
from scorecards.models.rubrics import RubricVersion


class RollupQuerySet(models.QuerySet["Rollup"]):
    def visible_to(self, user: User) -> "RollupQuerySet":
        """The rows about people whom `user` may see; about themself without what is held back."""
        rows = self.exclude(agent=user, is_held=True)
        if user.has_perm("people.view_everybody"):
            return rows
        return rows.filter(agent__in=User.objects.visible_to(user).values("pk"))


class Rollup(models.Model):
    """Moments of one agent's percents as graded by one reviewer, in one month and channel.

    `subject` says of what: the whole scorecard, one skill or one criterion of it, whose row is
    `subject_id` (0 for the whole). It is no foreign key so that one upsert statement serves all three
    on both databases. y is a percent (0-100) and w the inverse inclusion probability; the sums are
    the sufficient statistics of docs/measurement.md. Only submitted scorecards with an agent and a
    known inclusion probability count, each by its current revision. What is held back from the agent
    has rows of its own, so that an average cannot tell them what a scorecard does not yet.
    """

    class Subject(models.TextChoices):
        TOTAL = "total", _("Whole scorecard")
        SKILL = "skill", _("Skill")
        CRITERION = "criterion", _("Criterion")

    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    month = models.DateField()
    subject = models.CharField(max_length=10, choices=Subject.choices)
    subject_id = models.BigIntegerField(default=0)
    is_held = models.BooleanField(default=False)
    n = models.IntegerField(default=0)
    sum_y = models.FloatField(default=0)
    sum_yy = models.FloatField(default=0)
    sum_w = models.FloatField(default=0)
    sum_wy = models.FloatField(default=0)
    sum_wyy = models.FloatField(default=0)
    sum_ww = models.FloatField(default=0)
    sum_wwy = models.FloatField(default=0)
    sum_wwyy = models.FloatField(default=0)

    objects = RollupQuerySet.as_manager()

    class Meta:
        verbose_name = _("rollup")
        verbose_name_plural = _("rollups")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "agent",
                    "reviewer",
                    "version",
                    "channel",
                    "month",
                    "subject",
                    "subject_id",
                    "is_held",
                ],
                name="scorecards_rollup_cell",
            )
        ]
        indexes = [
            models.Index(fields=["subject", "agent", "month"]),
            # A few months of everybody.
            models.Index(fields=["subject", "month"]),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month:%Y-%m} {self.subject} {self.subject_id}: n={self.n}"
