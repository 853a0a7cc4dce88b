"""Two verdicts on one conversation, ours and the customer's, and what came of looking at those that
differ.

We liked it: the scorecard was passed, at or above the pass mark of its version and without a critical
failure. The customer did not: the answer is low (`SurveyAnswer.LOW_UP_TO`). They did: it is at least
`LIKED_FROM`. Between the two the customer said neither.
"""

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage
from interactions.models import Interaction, SurveyAnswer
from interactions.models.withholding import ids_withheld_from
from people.choices import WithWords
from people.models import User
from scorecards.models.calibration import RubricNote
from scorecards.models.picks import ReviewAssignment
from scorecards.models.scorecards import Scorecard, ScorecardQuerySet, ungraded_by

if TYPE_CHECKING:
    import datetime as dt

Kind = SurveyAnswer.Kind
Outcome = Scorecard.Outcome

# Satisfied, a promoter, easier than the middle of the scale, resolved.
LIKED_FROM: Final = {Kind.CSAT: 4, Kind.NPS: 9, Kind.CES: 5, Kind.RESOLVED: 1}


class Corner(models.TextChoices):
    BOTH = "both", _("We and the customer liked it")
    US = "us", _("We liked it, the customer did not")
    CUSTOMER = "customer", _("The customer liked it, we did not")
    NEITHER = "neither", _("Neither liked it")

    def condition(self, kind: str) -> Q:
        """On rows of `judged_twice` about the same kind of question."""
        we_liked = Q(outcome=Outcome.PASS)
        if self in (self.BOTH, self.CUSTOMER):
            theirs = Q(value__gte=LIKED_FROM[Kind(kind)])
        else:
            theirs = Q(value__lte=SurveyAnswer.LOW_UP_TO[Kind(kind)])
        return theirs & (we_liked if self in (self.BOTH, self.US) else ~we_liked)


def between(kind: str) -> Q:
    """The customer said neither good nor bad."""
    lowest, highest = SurveyAnswer.LOW_UP_TO[Kind(kind)], LIKED_FROM[Kind(kind)]
    return Q(value__gt=lowest, value__lt=highest)


def corner_of(outcome: str, kind: str, value: int) -> Corner | None:
    """None between the two."""
    we = outcome == Outcome.PASS
    if value <= SurveyAnswer.LOW_UP_TO[Kind(kind)]:
        return Corner.US if we else Corner.NEITHER
    if value >= LIKED_FROM[Kind(kind)]:
        return Corner.BOTH if we else Corner.CUSTOMER
    return None


def comparable_for(user: User) -> ScorecardQuerySet:
    """The current grades that `user` may hold against what customers said. Without their own
    conversations, what is off the record, and what could not be scored.

    Whoever works through verdicts that differ needs no other right to a grade: they are shown it
    without names, and nothing that is held back from its agent or that they still have to grade.
    """
    rows = (
        Scorecard.objects.submitted()
        .filter(agent__isnull=False, percent__isnull=False)
        .exclude(agent=user)
        .exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
    )
    sees_all = user.has_perm("scorecards.view_all_scorecards")
    if sees_all or not user.has_perm("scorecards.review_verdicts"):
        return rows.visible_to(user)
    if user.has_perm("scorecards.grade_interactions"):
        rows = rows.exclude(ungraded_by(user))
    return rows.filter(is_held=False)


def judged_twice(user: User, kind: str) -> ScorecardQuerySet:
    """Those of which the customer answered `kind` and `user` may know it, with `value`, the answer."""
    rows = comparable_for(user).alias(
        answer=FilteredRelation(
            "interaction__survey_answers", condition=Q(interaction__survey_answers__kind=kind)
        )
    )
    rows = rows.filter(answer__value__isnull=False).annotate(value=F("answer__value"))
    for ids in ids_withheld_from(user):
        rows = rows.exclude(interaction__in=ids)
    return rows


def grades_of(user: User, interaction: Interaction) -> ScorecardQuerySet:
    """What `user` may see of how an interaction was graded, on the record."""
    rows = Scorecard.objects.visible_to(user).submitted().filter(interaction=interaction)
    rows = rows.exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
    return rows.select_related("version__rubric").order_by("pk")


class VerdictReviewQuerySet(models.QuerySet["VerdictReview"]):
    def visible_to(self, user: User) -> "VerdictReviewQuerySet":
        """For who works through them, as long as they may know both verdicts."""
        if not user.has_perm("scorecards.review_verdicts"):
            return self.none()
        grades = comparable_for(user).filter(assignment=OuterRef("assignment"))
        rows = self.filter(Exists(grades))
        for ids in ids_withheld_from(user):
            rows = rows.exclude(assignment__interaction__in=ids)
        return rows

    def settled(self) -> "VerdictReviewQuerySet":
        return self.filter(state=VerdictReview.State.SETTLED)

    def counts_by_month(self) -> "list[tuple[dt.datetime, str, int]]":
        """(month in which it was settled, finding, how many). One query."""
        rows: Any = self.settled().order_by().annotate(month=TruncMonth("settled_at"))
        found = rows.values("month", "finding").annotate(n=Count("pk"))
        return list(found.order_by("month").values_list("month", "finding", "n"))

    def with_words(self) -> "VerdictReviewQuerySet":
        return self.select_related(
            "assignment__interaction", "assignment__rubric", "taken_by", "procedure"
        )


class VerdictReview(WithWords):
    """What became of one grade that differs from what the customer said. Without such a row, or with
    one that is open, nobody has taken it up.

    `side` is who liked it. `criterion_key` outlasts the version. What the rubric misses becomes a note
    in its builder (`rubric_note`).
    """

    class Side(models.TextChoices):
        US = Corner.US.value, Corner.US.label
        CUSTOMER = Corner.CUSTOMER.value, Corner.CUSTOMER.label

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken up")
        SETTLED = "settled", _("Settled")

    class Finding(models.TextChoices):
        RUBRIC = "rubric", _("The rubric misses it")
        PAGE = "page", _("The page is unclear")
        BEYOND = "beyond", _("Beyond our service: price, product")
        GRADE = "grade", _("The grade is wrong")
        NOTHING = "nothing", _("Nothing to change")

    assignment = models.ForeignKey(
        ReviewAssignment, on_delete=models.PROTECT, related_name="verdict_reviews"
    )
    side = models.CharField(_("who liked it"), max_length=10, choices=Side.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken up by"),
    )
    taken_at = models.DateTimeField(_("taken up"), null=True, blank=True)
    finding = models.CharField(_("finding"), max_length=10, choices=Finding.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    criterion_key = models.SlugField(_("criterion"), max_length=60, blank=True)
    procedure = models.ForeignKey(
        ProcedurePage,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="verdict_reviews",
        verbose_name=_("page"),
    )
    rubric_note = models.OneToOneField(
        RubricNote,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="verdict_review",
        verbose_name=_("note on the rubric"),
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = VerdictReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of two verdicts")
        verbose_name_plural = _("reviews of two verdicts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "side"], name="scorecards_verdictreview_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", taken_by__isnull=True, settled_at__isnull=True)
                | Q(state="taken", taken_by__isnull=False, settled_at__isnull=True)
                | (
                    Q(state="settled", taken_by__isnull=False, settled_at__isnull=False)
                    & ~Q(finding="")
                ),
                name="scorecards_verdictreview_whole",
            ),
        ]
        indexes = [models.Index(fields=["side", "state", "settled_at"])]
        permissions = [("review_verdicts", _("Can work through verdicts that differ"))]

    def __str__(self) -> str:
        return f"{self.side} liked {self.assignment_id}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("insights:verdict_detail", args=[self.assignment_id])

    @property
    def is_settled(self) -> bool:
        return self.state == self.State.SETTLED

    @property
    def is_taken(self) -> bool:
        return self.state == self.State.TAKEN
