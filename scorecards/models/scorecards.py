"""The graded copy of a rubric version for one interaction."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import Skill
from interactions.conversation import blind_title
from interactions.models import Interaction
from people.choices import WithWords
from people.models import User
from people.once import is_reading
from scorecards.deadlines import end_of_window, zone_of
from scorecards.models.picks import ReviewAssignment
from scorecards.models.rubrics import Criterion, Level, RubricVersion

if TYPE_CHECKING:
    import datetime as dt


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def current(self) -> "ScorecardQuerySet":
        """Without what a later revision replaced: what lists, counts and rollups are about."""
        return self.filter(is_current=True)

    def drafts(self) -> "ScorecardQuerySet":
        return self.filter(state=Scorecard.State.DRAFT)

    def submitted(self) -> "ScorecardQuerySet":
        """Handed in and not replaced; earlier revisions are found by their assignment."""
        return self.current().filter(state=Scorecard.State.SUBMITTED)

    def besides_practice(self) -> "ScorecardQuerySet":
        """Without what trainees graded to learn it, which training shows."""
        return self.exclude(assignment__purpose=ReviewAssignment.Purpose.PRACTICE)

    def to_acknowledge(self) -> "ScorecardQuerySet":
        return self.submitted().filter(acknowledged_at__isnull=True, is_held=False)

    def held(self) -> "ScorecardQuerySet":
        """What waits for a manager to show it to the agent."""
        return self.submitted().filter(is_held=True)

    def releasable_by(self, user: User) -> "ScorecardQuerySet":
        """Those about the people whom `user` manages, or anybody for who sees everybody; never those
        about oneself."""
        if not user.has_perm("scorecards.release_feedback"):
            return self.none()
        people = User.objects.visible_to(user).exclude(pk=user.pk)
        return self.held().filter(agent__in=people.values("pk"))

    def visible_to(self, user: User) -> "ScorecardQuerySet":
        """A draft only to its reviewer. A submitted one, and all its revisions, also to the agent's
        managers of today, to who may see all, to who took a dispute about it, and to its agent as soon
        as it is not held back; to nobody by their office who still has to grade that conversation
        blind. Off the record, only to its reviewer."""
        others: list[Q] = []
        sees_all = user.has_perm("scorecards.view_all_scorecards")
        if sees_all:
            others = [Q()]
        elif user.has_perm("people.develop_team"):
            people = User.objects.managed_by(user, on=timezone.localdate())
            others = [Q(agent__in=people.values("pk"))]
        if others and user.has_perm("scorecards.grade_interactions"):
            others = [others[0] & ~ungraded_by(user)]
        # Nothing that is still to be graded blind is among these either, so they add nothing to all.
        if user.has_perm("scorecards.decide_disputes") and not sees_all:
            from scorecards.models.feedback import Dispute, assignments_decided_by

            if not is_reading():
                decidable = Dispute.objects.decidable_by(user).values("scorecard__assignment")
                others.append(Q(assignment__in=decidable))
            elif decided := assignments_decided_by(user):
                others.append(Q(assignment__in=decided))
        submitted = Q(state=Scorecard.State.SUBMITTED)
        submitted &= ~Q(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
        seen = Q(reviewer=user) | (submitted & Q(agent=user, is_held=False))
        if others:
            seen |= submitted & ~Q(agent=user) & Q(*others, _connector=Q.OR)
        return self.filter(seen)

    def with_people(self) -> "ScorecardQuerySet":
        return self.select_related(
            "interaction", "agent", "reviewer", "version__rubric", "assignment"
        )

    def as_file(self) -> "ScorecardQuerySet":
        """With what the file of the list says of each and nothing else: thousands of rows are about the
        same people and versions, which are read once a portion. Four queries a portion more."""
        return (
            self.select_related(None)
            .select_related("interaction")
            .prefetch_related("agent", "reviewer", "version__rubric")
            .only(
                *("agent", "reviewer", "version", "submitted_at", "percent", "outcome"),
                "acknowledged_at",
                *("interaction__channel", "interaction__occurred_at", "interaction__subject"),
                *("interaction__source", "interaction__external_id"),
            )
        )

    def with_grades(self) -> "ScorecardQuerySet":
        """Criterion scores with their levels and evidence, in two more queries."""
        scores = CriterionScore.objects.select_related("level").prefetch_related("evidence")
        return self.prefetch_related(Prefetch("criterion_scores", scores))

    def measuring(self, skill: Skill) -> "ScorecardQuerySet":
        """Those whose rubric version has a criterion that measures `skill`."""
        criteria = Criterion.objects.filter(section__version=OuterRef("version"), skill=skill)
        return self.filter(Exists(criteria))

    def counted(self, skill: Skill | None = None) -> "ScorecardQuerySet":
        """What averages and fair scores are made of, as `Rollup` has it; with `skill` those that say
        anything about it."""
        rows = self.submitted().filter(
            agent__isnull=False,
            percent__isnull=False,
            assignment__inclusion_probability__isnull=False,
        )
        return rows.filter(skill_percents__has_key=str(skill.pk)) if skill else rows

    def in_month(self, month: "dt.date") -> "ScorecardQuerySet":
        return self.filter(month=month.replace(day=1))


def ungraded_by(user: User, interaction: str = "interaction") -> Q:
    """As a condition on rows about an `interaction`: `user` still has to grade it, in their queue, in a
    draft, or in a calibration session."""
    from scorecards.models.calibration import CalibrationItem

    waiting = (ReviewAssignment.State.OPEN, ReviewAssignment.State.APART)
    rows = (
        ReviewAssignment.objects.filter(reviewer=user, state__in=waiting),
        Scorecard.objects.drafts().filter(reviewer=user),
        CalibrationItem.objects.ungraded_by(user),
    )
    found = Q(pk__in=[])
    for row in rows:
        found |= Q(**{f"{interaction}__in": row.values("interaction")})
    return found


class Scorecard(WithWords):
    """One reviewer, one interaction, one rubric version; or a later revision of that.

    A changed grade is a new row with its own criterion scores and evidence: the rows of one
    `assignment` are its revisions, counted from 1, and `is_current` marks the one that counts. The
    reviewer stays the one who graded first; `revised_by` says who changed it, `cause` by what and
    `reason` why.

    `is_held` keeps a submitted scorecard from its agent until somebody releases it.

    `percent` and `outcome` are stored apart: a critical failure decides the outcome and leaves the
    percent as it was earned. Both are empty until submission. `month` is the first day of the month in
    which the interaction occurred: the time axis of every trend.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")

    class Outcome(models.TextChoices):
        PASS = "pass", _("Pass")
        FAIL = "fail", _("Fail")
        CRITICAL_FAIL = "critical_fail", _("Critical fail")
        NOT_SCORABLE = "not_scorable", _("Not scorable")

    class Cause(models.TextChoices):
        OVERRIDE = "override", _("Overridden")
        DISPUTE = "dispute", _("Changed after a dispute")

    assignment = models.ForeignKey(
        ReviewAssignment,
        on_delete=models.PROTECT,
        related_name="scorecards",
        related_query_name="scorecard",
    )
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    is_current = models.BooleanField(_("current"), default=True)
    revised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("changed by"),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, blank=True)
    reason = models.TextField(_("reason for the change"), blank=True)
    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="scorecards"
    )
    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="scorecards")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="written_scorecards"
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="received_scorecards",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    month = models.DateField(_("month"), null=True, blank=True)
    percent = models.DecimalField(
        _("percent"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    # By section and by skill id, as text: what was submitted is shown, whatever scoring says later.
    section_percents = models.JSONField(_("section percents"), default=dict, blank=True)
    skill_percents = models.JSONField(_("skill percents"), default=dict, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=14, choices=Outcome.choices, blank=True, default=""
    )
    summary = models.TextField(_("summary for the agent"), blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    is_held = models.BooleanField(_("held back from the agent"), default=False)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    # "agent", "scores", "rating", "recording": what the reviewer could see of these while grading.
    was_visible = models.JSONField(_("visible while grading"), default=list, blank=True)
    active_seconds = models.PositiveIntegerField(_("time spent (s)"), default=0)
    active_at = models.DateTimeField(_("last worked on"), null=True, blank=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", submitted_at__isnull=True, outcome="")
                | (Q(state="submitted", submitted_at__isnull=False) & ~Q(outcome="")),
                name="scorecards_scorecard_submitted_whole",
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True) | ~Q(agent=F("reviewer")),
                name="scorecards_scorecard_not_ones_own",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(state="submitted"),
                name="scorecards_scorecard_acknowledged_after_submit",
            ),
            models.UniqueConstraint(
                fields=["assignment", "revision"], name="scorecards_scorecard_revision_once"
            ),
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(is_current=True),
                name="scorecards_scorecard_one_current",
            ),
            models.CheckConstraint(
                condition=Q(revision=1, revised_by__isnull=True, cause="", reason="")
                | (
                    Q(revision__gt=1, revised_by__isnull=False, state="submitted")
                    & ~Q(cause="")
                    & ~Q(reason="")
                ),
                name="scorecards_scorecard_revision_explained",
            ),
            models.CheckConstraint(
                condition=Q(is_held=False)
                | Q(state="submitted", released_at__isnull=True, acknowledged_at__isnull=True),
                name="scorecards_scorecard_held_unseen",
            ),
        ]
        indexes = [
            # The newest of all, among which a page of a long list is looked for.
            models.Index(fields=["-submitted_at", "-id"]),
            models.Index(fields=["agent", "state", "-submitted_at"]),
            models.Index(fields=["reviewer", "state", "-submitted_at"]),
            models.Index(fields=["agent", "month"]),
            # Grades by one standard in some months, beside what customers said.
            models.Index(fields=["version", "month"]),
            # What waits in a team: to be read by its agents, to be released to them.
            models.Index(
                fields=["agent", "state"],
                condition=models.Q(is_current=True, acknowledged_at=None, is_held=False),
                name="scorecards_scorecard_unread",
            ),
            models.Index(
                fields=["agent", "state"],
                condition=models.Q(is_current=True, is_held=True),
                name="scorecards_scorecard_held",
            ),
            models.Index(fields=["cause"]),
        ]
        permissions = [
            ("grade_interactions", _("Can grade interactions assigned to them")),
            ("view_all_scorecards", _("Can see every submitted scorecard")),
            ("override_scorecards", _("Can change a submitted grade, with a reason")),
            ("release_feedback", _("Can hold grades back from agents and release them")),
        ]

    def __str__(self) -> str:
        return f"scorecard {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scorecards:scorecard_detail", args=[self.pk])

    @property
    def is_submitted(self) -> bool:
        return self.state == self.State.SUBMITTED

    @property
    def is_revision(self) -> bool:
        return self.revision > 1

    @property
    def undo_ends_at(self) -> "dt.datetime":
        """Until when its reviewer may take a submission back; needs `version` loaded."""
        if self.submitted_at is None:
            raise ValueError("A draft has no submission to take back.")
        return self.submitted_at + timedelta(minutes=self.version.undo_minutes)

    @property
    def dispute_ends_at(self) -> "dt.datetime":
        """The moment from which its agent may no longer dispute it: the end of the last day, in the
        agent's own time zone, counted from when they could see it. Needs `version` and `agent`."""
        seen_at = self.released_at or self.submitted_at
        if seen_at is None or self.agent is None:
            raise ValueError("Only a submitted scorecard about a known agent can be disputed.")
        return end_of_window(seen_at, days=self.version.dispute_days, zone=zone_of(self.agent))

    def blind_title(self) -> str:
        """What it is about, for a reviewer who must not know the agent. Needs `interaction__agent`."""
        return blind_title(self.interaction)

    @property
    def stored_section_percents(self) -> dict[int, Decimal | None]:
        return _by_id(self.section_percents)

    @property
    def stored_skill_percents(self) -> dict[int, Decimal | None]:
        return _by_id(self.skill_percents)


def _by_id(stored: dict[str, str | None]) -> dict[int, Decimal | None]:
    return {
        int(key): None if percent is None else Decimal(percent) for key, percent in stored.items()
    }


class CriterionScore(models.Model):
    """One criterion's grade: a level, or not applicable, or (with only a comment) not yet graded."""

    scorecard = models.ForeignKey(
        Scorecard, on_delete=models.CASCADE, related_name="criterion_scores"
    )
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    level = models.ForeignKey(
        Level, null=True, blank=True, on_delete=models.PROTECT, related_name="scores"
    )
    is_not_applicable = models.BooleanField(_("not applicable"), default=False)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    # Which window wrote it last: two windows on one draft are told apart by it.
    saved_in = models.CharField(max_length=40, blank=True)

    # Set by the page of a later revision: the grade that this one took the place of.
    replaced: "CriterionScore | None" = None

    class Meta:
        verbose_name = _("criterion score")
        verbose_name_plural = _("criterion scores")
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "criterion"], name="scorecards_criterionscore_once"
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(is_not_applicable=False),
                name="scorecards_criterionscore_level_or_na",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {'n/a' if self.is_not_applicable else self.level_id}"

    @property
    def is_answered(self) -> bool:
        return self.is_not_applicable or self.level_id is not None


class Evidence(models.Model):
    """A quotation pinned to a criterion: characters `start` to `end` of one message.

    The words are kept here as well, so that they outlast a redaction or removal of the message.
    """

    criterion_score = models.ForeignKey(
        CriterionScore, on_delete=models.CASCADE, related_name="evidence"
    )
    message_id = models.CharField(_("message"), max_length=40)
    start = models.PositiveIntegerField(_("from character"))
    end = models.PositiveIntegerField(_("to character"))
    quote = models.TextField(_("quotation"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")), name="scorecards_evidence_not_empty"
            ),
            models.UniqueConstraint(
                fields=["criterion_score", "message_id", "start", "end"],
                name="scorecards_evidence_once",
            ),
        ]

    def __str__(self) -> str:
        return self.quote[:60]
