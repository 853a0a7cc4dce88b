"""Good work, named by somebody who saw it."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.permissions import can_coach, can_recognise
from people.models import User
from scorecards.models import Scorecard
from scorecards.models.scorecards import ScorecardQuerySet


class RecognitionQuerySet(models.QuerySet["Recognition"]):
    def standing(self) -> "RecognitionQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def visible_to(self, user: User) -> "RecognitionQuerySet":
        """To its author, and to its agent and who develops them today as long as it stands; to nobody
        who may not see the scorecard, and to nobody at all besides its author while the agent may not."""
        seen = Q(agent=user)
        if can_coach(user):
            people = User.objects.managed_by(user, on=timezone.localdate())
            seen |= Q(agent__in=people.values("pk"))
        told = Q(
            withdrawn_at__isnull=True,
            scorecard__state=Scorecard.State.SUBMITTED,
            scorecard__is_held=False,
        )
        # Asked of each, for they are few among the many that somebody may see.
        readable = Scorecard.objects.visible_to(user).filter(pk=OuterRef("scorecard"))
        return self.filter(Q(author=user) | (seen & told), Exists(readable))

    def with_people(self) -> "RecognitionQuerySet":
        return self.select_related("agent", "author", "scorecard__interaction")


def recognisable_by(user: User) -> ScorecardQuerySet:
    """Scorecards in which `user` may recognise good work: of the people they develop, and those they
    graded themselves; only what its agent can see too."""
    if not can_recognise(user):
        return Scorecard.objects.none()
    rows = Scorecard.objects.visible_to(user).submitted().filter(is_held=False)
    rows = rows.filter(agent__isnull=False).exclude(agent=user)
    mine = Q(reviewer=user)
    if can_coach(user):
        people = User.objects.managed_by(user, on=timezone.localdate())
        mine |= Q(agent__in=people.values("pk"))
    return rows.filter(mine)


class Recognition(models.Model):
    """Words of thanks about a scorecard, or about one passage of its conversation: characters `start` to
    `end` of the message. The words of the passage are kept, as evidence keeps them; withdrawn ones stay
    for their author only."""

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recognitions"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recognitions_given"
    )
    # A submission taken back may be given up whole; then nobody saw what this is about.
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=40, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(_("passage"), blank=True)
    words = models.TextField(_("what was good about it"))
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("recognition")
        verbose_name_plural = _("recognitions")
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quote="", message_id="", start__isnull=True, end__isnull=True)
                | (
                    ~Q(quote="")
                    & ~Q(message_id="")
                    & Q(start__isnull=False, end__isnull=False, end__gt=models.F("start"))
                ),
                name="coaching_recognition_passage_whole",
            ),
        ]
        indexes = [models.Index(fields=["agent", "-given_at"])]

    def __str__(self) -> str:
        return self.words[:60]

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None
