"""What follows a grade: who holds it back, the conversation about it, and disputes."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.choices import WithWords
from people.models import User
from people.once import is_reading, once
from scorecards.models.picks import ReviewAssignment
from scorecards.models.rubrics import Criterion, Level
from scorecards.models.scorecards import Scorecard, ungraded_by


class FeedbackHold(models.Model):
    """While it exists, grades about this person are held back until somebody releases them."""

    agent = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feedback_hold"
    )
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    held_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("feedback hold")
        verbose_name_plural = _("feedback holds")

    def __str__(self) -> str:
        return f"feedback to {self.agent_id} is held"


class ReplyQuerySet(models.QuerySet["Reply"]):
    def about(self, scorecard: Scorecard) -> "ReplyQuerySet":
        """The whole conversation, whichever revision a reply was written under."""
        return self.filter(scorecard__assignment=scorecard.assignment_id)


class Reply(models.Model):
    """One message in the private conversation of agent, reviewer and manager about a grade."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(_("message"))
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]


@once
def _has_taken(decider: int) -> bool:
    return Dispute.objects.taken_by(decider).exists()


@once
def assignments_decided_by(user: User) -> list[int]:
    """Of which gradings `user` may decide, or has decided, a dispute that they took. Two queries, mostly
    one."""
    return list(Dispute.objects.decidable_by(user).values_list("scorecard__assignment", flat=True))


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        return self.filter(state=Dispute.State.OPEN)

    def decided(self) -> "DisputeQuerySet":
        return self.exclude(state__in=[Dispute.State.OPEN, Dispute.State.WITHDRAWN])

    def counts(self) -> dict[str, int]:
        """How many there are in each state; 0 where there are none. One query."""
        found = dict(
            self.order_by().values("state").annotate(n=Count("pk")).values_list("state", "n")
        )
        return {state: found.get(state, 0) for state in Dispute.State.values}

    def takeable_by(self, user: User) -> "DisputeQuerySet":
        """Open ones that are nobody's yet and that `user` may make theirs."""
        return self.open().filter(decider__isnull=True)._fit_for(user)

    def waiting_for(self, user: User) -> "DisputeQuerySet":
        """Open ones that `user` took, or may take."""
        mine = Q(decider__isnull=True) | Q(decider=user)
        return self.open().filter(mine)._fit_for(user)

    def decidable_by(self, user: User) -> "DisputeQuerySet":
        """What `user` may decide or has decided: what they took, and whoever took it for who sees all
        scorecards, so that nothing stays undone when its decider leaves."""
        if user.has_perm("scorecards.view_all_scorecards"):
            return self._fit_for(user)
        may = user.has_perm("scorecards.decide_disputes")
        # Few have taken one: on a page that is asked first, for the rest is long.
        if not may or (is_reading() and not _has_taken(user.pk)):
            return self.none()
        return self.taken_by(user.pk)._fit_for(user)

    def taken_by(self, decider: int) -> "DisputeQuerySet":
        return self.filter(decider=decider).exclude(state=Dispute.State.WITHDRAWN)

    def _fit_for(self, user: User) -> "DisputeQuerySet":
        """With the permission, neither as the first reviewer or who changed the grade since, nor as the
        agent or their manager of today, nor as the one who grades again, who must not learn the first
        grade, nor while a grade of that conversation is still to be given blind."""
        if not user.has_perm("scorecards.decide_disputes"):
            return self.none()
        changed = Scorecard.objects.filter(
            assignment=OuterRef("scorecard__assignment"),
            revision__lte=OuterRef("scorecard__revision"),
            revised_by=user,
        )
        rows = self.exclude(scorecard__reviewer=user).exclude(scorecard__agent=user)
        rows = rows.exclude(regrade__isnull=False, regrade__reviewer=user)
        rows = rows.exclude(Exists(changed)).exclude(ungraded_by(user, "scorecard__interaction"))
        if user.has_perm("people.develop_team"):
            people = User.objects.managed_by(user, on=timezone.localdate())
            rows = rows.exclude(scorecard__agent__in=people.values("pk"))
        return rows

    def visible_to(self, user: User) -> "DisputeQuerySet":
        """To its agent, the first reviewer, who took it, the agent's managers of today, and who may see
        all scorecards; never to the one who is to grade again without knowing the first grade, nor by
        their office to who still has to grade that conversation blind."""
        seen = Q(scorecard__agent=user) | Q(scorecard__reviewer=user)
        sees_all = user.has_perm("scorecards.view_all_scorecards")
        others = None
        if sees_all:
            others = Q(pk__isnull=False)
        elif user.has_perm("people.develop_team"):
            people = User.objects.managed_by(user, on=timezone.localdate())
            others = Q(scorecard__agent__in=people.values("pk"))
        if others and user.has_perm("scorecards.grade_interactions"):
            others &= ~ungraded_by(user, "scorecard__interaction")
        if others:
            seen |= others
        if not sees_all:
            # Nothing that is still to be graded blind is among these, so they would add nothing to all.
            decidable = self.model.objects.decidable_by(user)
            if not decidable.query.is_empty():
                seen |= Q(pk__in=decidable.values("pk"))
        return self.filter(seen).exclude(
            state=Dispute.State.OPEN, regrade__isnull=False, regrade__reviewer=user
        )

    def with_people(self) -> "DisputeQuerySet":
        return self.select_related(
            "scorecard__interaction",
            "scorecard__agent",
            "scorecard__reviewer",
            "scorecard__version__rubric",
            "decider",
            "decided_by",
            "regrade__reviewer",
            "result",
        )


class Dispute(WithWords):
    """An agent's disagreement with criteria of one revision of a scorecard.

    `decider` took it before reading it, `regrade` is the assignment of the reviewer who grades it again
    without seeing the first grade, and `result` the revision that a changed outcome wrote.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Grade upheld")
        CHANGED_IN_PART = "changed_in_part", _("Changed in part")
        CHANGED = "changed", _("Changed as proposed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    filed_at = models.DateTimeField(_("filed"), default=timezone.now)
    regrade = models.OneToOneField(
        ReviewAssignment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="regrade_of",
        verbose_name=_("second grade"),
    )
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken by"),
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    decided_at = models.DateTimeField(_("closed"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("closed by"),
    )
    explanation = models.TextField(_("explanation of the decision"), blank=True)
    result = models.OneToOneField(
        Scorecard,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decided_dispute",
        verbose_name=_("new revision"),
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-filed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard"], condition=Q(state="open"), name="scorecards_dispute_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="scorecards_dispute_closed_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["changed", "changed_in_part"], result__isnull=False)
                | Q(state__in=["open", "upheld", "withdrawn"], result__isnull=True),
                name="scorecards_dispute_change_has_result",
            ),
        ]
        indexes = [models.Index(fields=["state", "-filed_at"])]
        permissions = [("decide_disputes", _("Can decide disputes about grades of others"))]

    def __str__(self) -> str:
        return f"dispute {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scorecards:dispute_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def blind_title(self) -> str:
        """What it is about, for who has not taken it. Needs `scorecard__interaction__agent`."""
        return self.scorecard.blind_title()


class DisputedCriterion(models.Model):
    """One criterion of a dispute: what the agent proposes and why, and what was decided.

    No level means "not applicable"; as a decision only once the dispute is decided.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="criteria")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    proposed_level = models.ForeignKey(
        Level, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))
    decided_level = models.ForeignKey(
        Level, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("disputed criterion")
        verbose_name_plural = _("disputed criteria")
        ordering = ["criterion__section__position", "criterion__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "criterion"], name="scorecards_disputedcriterion_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.criterion_id}"
