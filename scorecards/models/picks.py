"""Plans by which interactions are picked, the draws made by them, and who grades which pick."""

import datetime as dt
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.conversation import blind_title
from interactions.models import Interaction
from people.channels import Channel
from people.choices import WithWords
from people.models import Team, User
from scorecards.models.rubrics import Rubric, RubricVersion
from scorecards.sampling import Design, Method, Quantity, Sign, StratifyBy

# The most that a plan may say.
LONGEST_CLAIM = dt.timedelta(hours=720)


def new_seed() -> int:
    return secrets.randbelow(2**31)


class SamplingPlanQuerySet(models.QuerySet["SamplingPlan"]):
    def visible_to(self, user: User) -> "SamplingPlanQuerySet":
        return self if user.has_perm("scorecards.assign_reviews") else self.none()

    def active(self) -> "SamplingPlanQuerySet":
        return self.filter(is_active=True)


class SamplingPlan(models.Model):
    """Which interactions are picked for grading, by which chance, and who grades them.

    Percents are 0-100. A draw keeps the `design` it was made by, so that editing the plan never changes
    what an earlier draw meant.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    rubric = models.ForeignKey(
        Rubric, on_delete=models.PROTECT, related_name="sampling_plans", verbose_name=_("rubric")
    )
    teams = models.ManyToManyField(Team, blank=True, related_name="+", verbose_name=_("teams"))
    agents = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("agents")
    )
    channels = models.JSONField(_("channels"), default=list, blank=True)
    quantity = models.CharField(
        _("how many"),
        max_length=20,
        choices=[
            (Quantity.PER_AGENT_WEEK.value, _("A number for each agent and week")),
            (Quantity.SHARE.value, _("A share of all")),
        ],
        default=Quantity.PER_AGENT_WEEK.value,
    )
    per_agent_week = models.PositiveSmallIntegerField(
        _("for each agent and week"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    share_percent = models.DecimalField(
        _("share of all (percent)"),
        max_digits=5,
        decimal_places=2,
        default=5,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
    )
    method = models.CharField(
        _("how they are picked"),
        max_length=12,
        choices=[
            (Method.SIMPLE.value, _("Simple random: each the same chance")),
            (Method.STRATIFIED.value, _("Stratified: the same chance, spread over groups")),
            (Method.RISK.value, _("Risk-based: signs of trouble raise the chance")),
        ],
        default=Method.SIMPLE.value,
    )
    stratify_by = models.CharField(
        _("spread over"),
        max_length=10,
        choices=[
            (StratifyBy.AGENT.value, _("Agents")),
            (StratifyBy.CHANNEL.value, _("Channels")),
        ],
        default=StratifyBy.AGENT.value,
    )
    floor_percent = models.PositiveSmallIntegerField(
        _("spread evenly in any case (percent)"),
        default=50,
        validators=[MinValueValidator(5), MaxValueValidator(100)],
    )
    weight_long_handling = models.PositiveSmallIntegerField(
        _("long handling"), default=1, validators=[MaxValueValidator(10)]
    )
    weight_complaint_words = models.PositiveSmallIntegerField(
        _("complaint words"), default=2, validators=[MaxValueValidator(10)]
    )
    weight_new_agent = models.PositiveSmallIntegerField(
        _("new agent"), default=1, validators=[MaxValueValidator(10)]
    )
    weight_low_rating = models.PositiveSmallIntegerField(
        _("low customer rating"), default=2, validators=[MaxValueValidator(10)]
    )
    weight_changed_procedure = models.PositiveSmallIntegerField(
        _("changed procedure"), default=1, validators=[MaxValueValidator(10)]
    )
    complaint_words = models.JSONField(_("complaint words"), default=list, blank=True)
    new_agent_days = models.PositiveSmallIntegerField(
        _("an agent is new for (days)"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )
    changed_procedure_days = models.PositiveSmallIntegerField(
        _("a changed procedure is new for (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    reviewers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="sampling_plans", verbose_name=_("reviewers")
    )
    double_percent = models.PositiveSmallIntegerField(
        _("graded twice, blind (percent)"), default=10, validators=[MaxValueValidator(100)]
    )
    linking_count = models.PositiveSmallIntegerField(
        _("graded by every reviewer (in each draw)"), default=2, validators=[MaxValueValidator(50)]
    )
    due_days = models.PositiveSmallIntegerField(
        _("due after (days)"), default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    claim_hours = models.PositiveSmallIntegerField(
        _("a claim lapses after (hours)"),
        default=24,
        validators=[
            MinValueValidator(1),
            MaxValueValidator(LONGEST_CLAIM // dt.timedelta(hours=1)),
        ],
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = SamplingPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampling plan")
        verbose_name_plural = _("sampling plans")
        ordering = ["-is_active", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_percent__gt=0, share_percent__lte=100),
                name="scorecards_plan_share",
            ),
            models.CheckConstraint(
                condition=Q(per_agent_week__gte=1), name="scorecards_plan_per_agent_week"
            ),
            models.CheckConstraint(
                condition=Q(floor_percent__gte=5, floor_percent__lte=100),
                name="scorecards_plan_floor",
            ),
            models.CheckConstraint(
                condition=Q(double_percent__lte=100), name="scorecards_plan_double"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scorecards:sampling_detail", args=[self.pk])

    def clean(self) -> None:
        unknown = set(self.channels) - set(Channel.values)
        if unknown:
            raise ValidationError({"channels": _("Unknown channel: %s") % ", ".join(unknown)})
        if self.method == Method.RISK.value and not any(self.design.weights.values()):
            raise ValidationError(
                _("A risk-based plan needs at least one sign that counts for something.")
            )

    @property
    def channel_labels(self) -> list[str]:
        return [str(Channel(channel).label) for channel in self.channels]

    @property
    def is_weekly(self) -> bool:
        return self.quantity == Quantity.PER_AGENT_WEEK.value

    @property
    def is_by_risk(self) -> bool:
        return self.method == Method.RISK.value

    @property
    def design(self) -> Design:
        """The rules of a draw by this plan as it is now. No query."""
        weights = {
            Sign.LONG_HANDLING: self.weight_long_handling,
            Sign.COMPLAINT_WORDS: self.weight_complaint_words if self.complaint_words else 0,
            Sign.NEW_AGENT: self.weight_new_agent,
            Sign.LOW_RATING: self.weight_low_rating,
            Sign.CHANGED_PROCEDURE: self.weight_changed_procedure,
        }
        return Design(
            quantity=Quantity(self.quantity),
            per_agent_week=self.per_agent_week,
            share=float(self.share_percent) / 100,
            method=Method(self.method),
            stratify_by=StratifyBy(self.stratify_by),
            floor=self.floor_percent / 100,
            weights=weights,
            complaint_words=tuple(self.complaint_words),
            new_agent_days=self.new_agent_days,
            changed_procedure_days=self.changed_procedure_days,
        )


class SamplingDraw(models.Model):
    """One draw of a plan for the days `starts_on` to `ends_on`, both included.

    `seed`, `design`, `teams`, `agents` and `channels` are what the draw was made by: with the same
    population they give the same picks again. `population_digest` tells whether it is the same.
    """

    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="draws")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    design = models.JSONField(_("design"), default=dict)
    teams = models.JSONField(_("teams"), default=list)
    agents = models.JSONField(_("agents"), default=list)
    channels = models.JSONField(_("channels"), default=list)
    drawn_at = models.DateTimeField(_("drawn"), default=timezone.now)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("drawn by"),
    )
    population_size = models.PositiveIntegerField(_("to pick from"))
    population_digest = models.CharField(max_length=64, editable=False)
    expected_count = models.FloatField(_("expected"))
    picked_count = models.PositiveIntegerField(_("picked"))

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            # Overlapping periods are refused by the action; this is what two at once run into.
            models.UniqueConstraint(fields=["plan", "starts_on"], name="scorecards_draw_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="scorecards_draw_period"
            ),
            models.CheckConstraint(
                condition=Q(picked_count__lte=F("population_size")), name="scorecards_draw_picked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.starts_on}–{self.ends_on}"

    @property
    def rules(self) -> Design:
        return Design.from_json(self.design)


class PickQuerySet(models.QuerySet["Pick"]):
    def visible_to(self, user: User) -> "PickQuerySet":
        """Why something was picked: all, for who draws; otherwise to whoever may see a grade of it."""
        if user.has_perm("scorecards.assign_reviews"):
            return self
        from scorecards.models.scorecards import Scorecard

        graded = Scorecard.objects.visible_to(user).submitted()
        return self.filter(Exists(graded.filter(assignment__pick=OuterRef("pk"))))


class Pick(models.Model):
    """One interaction that a draw picked, with the chance it had.

    `inclusion_probability` is exactly what the draw used, in (0, 1]. `signs` are the signs of risk that
    raised it. Who grades the pick is in its assignments.
    """

    draw = models.ForeignKey(SamplingDraw, on_delete=models.PROTECT, related_name="picks")
    interaction = models.ForeignKey(Interaction, on_delete=models.PROTECT, related_name="picks")
    inclusion_probability = models.FloatField(_("inclusion probability"))
    signs = models.JSONField(_("signs of risk"), default=list, blank=True)

    objects = PickQuerySet.as_manager()

    class Meta:
        verbose_name = _("pick")
        verbose_name_plural = _("picks")
        constraints = [
            models.UniqueConstraint(fields=["draw", "interaction"], name="scorecards_pick_once"),
            models.CheckConstraint(
                condition=Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="scorecards_pick_probability",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id} by draw {self.draw_id}"

    def get_absolute_url(self) -> str:
        return reverse("scorecards:pick_detail", args=[self.pk])

    @property
    def chance_percent(self) -> float:
        return 100 * self.inclusion_probability


def _ran_out(at: dt.datetime) -> Q:
    """Claims whose time is over, unless a grade or a summary was saved within the last week."""
    from scorecards.models.scorecards import CriterionScore, Scorecard

    since = at - ReviewAssignment.DRAFT_KEPT
    graded = CriterionScore.objects.filter(scorecard__assignment=OuterRef("pk"), saved_at__gt=since)
    summed_up = Scorecard.objects.drafts().filter(
        ~Q(summary=""), assignment=OuterRef("pk"), active_at__gt=since
    )
    return Q(~Exists(graded), ~Exists(summed_up), expires_at__isnull=False, expires_at__lte=at)


class ReviewAssignmentQuerySet(models.QuerySet["ReviewAssignment"]):
    def open(self) -> "ReviewAssignmentQuerySet":
        return self.filter(state=ReviewAssignment.State.OPEN)

    def gradable_by(self, user: User) -> "ReviewAssignmentQuerySet":
        """Without one's own conversations (an import may match an agent only later), and without
        rubrics that have no published version, so that nothing stands in the way of the rest. What is
        compared is graded by the version of what it is compared with, published or not."""
        published = RubricVersion.objects.published().filter(rubric=OuterRef("rubric"))
        own = Q(interaction__agent__isnull=False, interaction__agent=user)
        compared = Q(purpose__in=ReviewAssignment.OFF_RECORD)
        return self.filter(~own, compared | Q(Exists(published)))

    def in_queue_order(self) -> "ReviewAssignmentQuerySet":
        """What is due first comes first; without a due date, what was picked first."""
        return self.order_by(F("due_on").asc(nulls_last=True), "assigned_at", "pk")

    def started_first(self) -> "ReviewAssignmentQuerySet":
        """In queue order, but what has a draft already (`is_started`, `draft_id`) comes before all."""
        from scorecards.models.scorecards import Scorecard

        drafts = Scorecard.objects.drafts().filter(assignment=OuterRef("pk"))
        return self.annotate(
            is_started=Exists(drafts), draft_id=Subquery(drafts.values("pk")[:1])
        ).order_by("-is_started", F("due_on").asc(nulls_last=True), "assigned_at", "pk")

    def for_claiming(self, user: User) -> "ReviewAssignmentQuerySet":
        """In queue order, but what `user` gave back comes last."""
        return self.order_by(
            Case(When(released_by=user, then=Value(1)), default=Value(0)),
            F("due_on").asc(nulls_last=True),
            "assigned_at",
            "pk",
        )

    def visible_to(self, user: User) -> "ReviewAssignmentQuerySet":
        """A reviewer's own; all, for who hands them out."""
        if user.has_perm("scorecards.assign_reviews"):
            return self
        if user.has_perm("scorecards.grade_interactions"):
            return self.filter(reviewer=user)
        return self.none()

    def lapsed(self, *, at: dt.datetime) -> "ReviewAssignmentQuerySet":
        """Open ones that count as free although somebody holds them.

        Those are claims that ran out, unless a grade or a summary was saved within the last week; and
        at once, whatever is in the draft and whoever handed it out, those whose holder left, may no
        longer grade, or turned out to serve in the conversation.
        """
        graders = User.objects.who_may("scorecards.grade_interactions")
        own = Q(interaction__agent__isnull=False, interaction__agent=F("reviewer"))
        return (
            self.open()
            .filter(reviewer__isnull=False)
            .filter(_ran_out(at) | own | ~Q(reviewer__in=graders.order_by().values("pk")))
        )

    def held_by(self, user: User, *, at: dt.datetime) -> "ReviewAssignmentQuerySet":
        """What waits for this reviewer and for nobody else, and can be graded now."""
        # What `lapsed` says of anybody, for one: who may not grade holds nothing, and their own
        # conversations are left out by `gradable_by`.
        if not user.has_perm("scorecards.grade_interactions"):
            return self.none()
        return self.open().filter(~_ran_out(at), reviewer=user).gradable_by(user)

    def claimable_by(self, user: User, *, at: dt.datetime) -> "ReviewAssignmentQuerySet":
        """The pool for this reviewer: nobody holds it (any more), it is not their own conversation,
        they have no other copy of it and have read no grade of it, and its plan counts them among its
        reviewers. A grade for a dispute does not go back to who gave it back or let it lapse."""
        from scorecards.blindness import is_known_to

        plans = SamplingPlan.reviewers.through.objects.filter(
            samplingplan=OuterRef("pick__draw__plan"), user=user
        )
        rows = self.exclude(purpose=ReviewAssignment.Purpose.REGRADE, released_by=user)
        if user.has_perm("scorecards.lead_calibration"):
            # Who may read expert keys is not blind to what is held against one.
            rows = rows.exclude(purpose=ReviewAssignment.Purpose.SEEDED)
        return (
            rows.open()
            .filter(Q(reviewer__isnull=True) | Q(pk__in=self.lapsed(at=at).values("pk")))
            .filter(Q(pick__isnull=True) | Exists(plans))
            .exclude(is_known_to(user))
            .gradable_by(user)
        )

    def counts(self) -> dict[str, int]:
        """How many are open, done and skipped. One query."""
        return self.aggregate(**by_state())


def by_state() -> dict[str, Count]:
    """Counts of open, done and skipped assignments, for `aggregate` and `annotate`."""
    return {
        state.value: Count("pk", filter=Q(state=state.value)) for state in ReviewAssignment.State
    }


class ReviewAssignment(WithWords):
    """One grade to be given: of one interaction, by the reviewer who holds it, or by whoever claims it
    from the pool while nobody does.

    `inclusion_probability` is the chance this interaction had of being picked, in (0, 1]; estimates
    weight by its inverse. A hand-picked one has none and never enters an average. Of the several
    grades of one pick exactly one carries the probability, so that no conversation counts twice; the
    others compare reviewers.
    """

    # So long a draft with grades or a summary in it outlasts a lapsed claim, counted from the last
    # time that one of these was saved.
    DRAFT_KEPT = dt.timedelta(days=7)
    # For what no plan rules: handed out by hand, or graded again for a dispute about that.
    CLAIM_HOURS = 24
    DUE_DAYS = 7

    class State(models.TextChoices):
        OPEN = "open", _("To grade")
        DONE = "done", _("Graded")
        SKIPPED = "skipped", _("Skipped")
        # Waits in a calibration session or in training, and in no queue.
        APART = "apart", _("In no queue")

    class Purpose(models.TextChoices):
        GRADE = "grade", _("Grade")
        SECOND = "second", _("Second grade, blind")
        LINK = "link", _("Linking grade")
        SEEDED = "seeded", _("Held against an expert key")
        CALIBRATION = "calibration", _("Calibration")
        REGRADE = "regrade", _("Second grade for a dispute")
        PRACTICE = "practice", _("Practice")

    # What these are given for is no statement about the agent: their scorecards name no agent, enter
    # no average and are shown to nobody but their reviewer (and where results are compared).
    OFF_RECORD = (Purpose.SEEDED, Purpose.CALIBRATION, Purpose.REGRADE, Purpose.PRACTICE)

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="assignments"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="review_assignments",
    )
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="assignments")
    pick = models.ForeignKey(
        Pick, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    purpose = models.CharField(
        _("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.GRADE
    )
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
    expires_at = models.DateTimeField(_("claim lapses"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    skip_reason = models.CharField(_("reason for skipping"), max_length=500, blank=True)

    objects = ReviewAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("review assignment")
        verbose_name_plural = _("review assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "reviewer", "rubric"],
                condition=~Q(purpose__in=["calibration", "practice"]),
                name="scorecards_assignment_once",
            ),
            models.UniqueConstraint(
                fields=["interaction", "reviewer", "rubric"],
                condition=Q(purpose="calibration"),
                name="scorecards_assignment_calibrated_once",
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability__isnull=True)
                | ~Q(purpose__in=["seeded", "calibration", "regrade", "practice"]),
                name="scorecards_assignment_off_record_uncounted",
            ),
            models.CheckConstraint(
                condition=~Q(state="apart") | Q(purpose__in=["calibration", "practice"]),
                name="scorecards_assignment_apart_in_session",
            ),
            models.UniqueConstraint(
                fields=["pick"],
                condition=Q(inclusion_probability__isnull=False),
                name="scorecards_assignment_counts_once",
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability__isnull=True)
                | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="scorecards_assignment_probability",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(reviewer__isnull=False),
                name="scorecards_assignment_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(reviewer__isnull=False),
                name="scorecards_assignment_only_claims_lapse",
            ),
            models.CheckConstraint(
                condition=(Q(state="skipped") & ~Q(skip_reason=""))
                | (~Q(state="skipped") & Q(skip_reason="")),
                name="scorecards_assignment_skipped_with_reason",
            ),
        ]
        # The state first: what is open of everybody is looked through as often as one's own.
        indexes = [models.Index(fields=["state", "reviewer", "due_on"])]
        permissions = [("assign_reviews", _("Can pick interactions for grading"))]

    def __str__(self) -> str:
        return f"{self.interaction_id} for {self.reviewer_id}"

    @property
    def is_hand_picked(self) -> bool:
        """Whether a person chose it: it had no known chance, unlike any grade of a drawn pick."""
        return (
            self.pick_id is None and self.inclusion_probability is None and not self.is_off_record
        )

    @property
    def is_off_record(self) -> bool:
        return self.purpose in self.OFF_RECORD

    @property
    def is_practice(self) -> bool:
        """Whether a trainee grades it to learn grading, which needs no permission but this."""
        return self.purpose == self.Purpose.PRACTICE

    @property
    def claim_hours(self) -> int:
        """How long a claim lasts. Needs `pick__draw__plan` loaded."""
        return self.pick.draw.plan.claim_hours if self.pick else self.CLAIM_HOURS

    @property
    def due_days(self) -> int:
        """How many days there are for it. Needs `pick__draw__plan` loaded."""
        return self.pick.draw.plan.due_days if self.pick else self.DUE_DAYS

    @property
    def blind_title(self) -> str:
        """What it is about, for a reviewer who must not know the agent. Needs `interaction__agent`."""
        return blind_title(self.interaction)
