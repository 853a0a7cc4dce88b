"""Which interaction was picked for which reviewer, and with which probability."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.conversation import blind_title
from interactions.models import Interaction
from people.models import User
from scorecards.models.rubrics import Rubric, RubricVersion


class ReviewAssignmentQuerySet(models.QuerySet["ReviewAssignment"]):
    def open(self) -> "ReviewAssignmentQuerySet":
        return self.filter(state=ReviewAssignment.State.OPEN)

    def waiting_for(self, reviewer: User) -> "ReviewAssignmentQuerySet":
        """What `reviewer` can grade now, in the order of the queue, with interaction and agent.

        One's own conversation (an import may match an agent only later) and a rubric without a
        published version are passed over, so that nothing can stand in the way of the rest.
        """
        gradable = RubricVersion.objects.published().filter(rubric=OuterRef("rubric"))
        return (
            self.open()
            .filter(Exists(gradable), reviewer=reviewer)
            .exclude(interaction__agent=reviewer)
            .select_related("interaction__agent", "rubric", "scorecard")
            .in_queue_order()
        )

    def in_queue_order(self) -> "ReviewAssignmentQuerySet":
        """What is due first comes first; without a due date, what was picked first."""
        return self.order_by(F("due_on").asc(nulls_last=True), "assigned_at", "pk")

    def visible_to(self, user: User) -> "ReviewAssignmentQuerySet":
        """A reviewer's own; all, for who hands them out."""
        if user.has_perm("scorecards.assign_reviews"):
            return self
        if user.has_perm("scorecards.grade_interactions"):
            return self.filter(reviewer=user)
        return self.none()


class ReviewAssignment(models.Model):
    """One pick for one reviewer.

    `inclusion_probability` is the chance this interaction had of being picked, in (0, 1]; estimates
    weight by its inverse. A hand-picked one has none and never enters an average.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To grade")
        DONE = "done", _("Graded")

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="assignments"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_assignments"
    )
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    inclusion_probability = models.FloatField(
        _("inclusion probability"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    assigned_at = models.DateTimeField(_("picked"), default=timezone.now)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("due"), null=True, blank=True)

    objects = ReviewAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("review assignment")
        verbose_name_plural = _("review assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "reviewer", "rubric"], name="scorecards_assignment_once"
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability__isnull=True)
                | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="scorecards_assignment_probability",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "state", "due_on"])]
        permissions = [("assign_reviews", _("Can pick interactions for grading"))]

    def __str__(self) -> str:
        return f"{self.interaction_id} for {self.reviewer_id}"

    @property
    def blind_title(self) -> str:
        """What it is about, for a reviewer who must not know the agent. Needs `interaction__agent`."""
        return blind_title(self.interaction)
