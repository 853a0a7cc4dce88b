"""Grades that hold reviewers against an expert and against one another; no agent's record has them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from interactions.models import Interaction
from people.models import User
from scorecards.models.picks import ReviewAssignment
from scorecards.models.rubrics import Criterion, Level, Rubric, RubricVersion
from scorecards.models.scorecards import Scorecard

if TYPE_CHECKING:
    import datetime as dt


class ExpertKeyQuerySet(models.QuerySet["ExpertKey"]):
    def visible_to(self, user: User) -> "ExpertKeyQuerySet":
        """For who leads calibration; never while they still have to grade that interaction blind."""
        if not user.has_perm("scorecards.lead_calibration"):
            return self.none()
        ungraded = CalibrationItem.objects.ungraded_by(user)
        return self.exclude(interaction__in=ungraded.values("interaction"))


class ExpertKey(models.Model):
    """What an expert says about one interaction by one rubric version: the hidden reference.

    It no longer changes once somebody was given the interaction to be compared with it.
    """

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="expert_keys"
    )
    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="expert_keys")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = ExpertKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("expert key")
        verbose_name_plural = _("expert keys")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "version"], name="scorecards_expertkey_once"
            )
        ]

    def __str__(self) -> str:
        return f"key to {self.interaction_id} by {self.version_id}"

    def get_absolute_url(self) -> str:
        return reverse("scorecards:expert_key", args=[self.version_id, self.interaction_id])

    def is_in_use(self) -> bool:
        """Whether grades are or will be held against it. Three queries."""
        opened = CalibrationItem.objects.filter(key=self, session__opened_at__isnull=False)
        return self.seeded_picks.exists() or self.practice_picks.exists() or opened.exists()


class ExpertGrade(models.Model):
    """The key's answer to one criterion: a level, or not applicable, and why."""

    key = models.ForeignKey(ExpertKey, on_delete=models.CASCADE, related_name="grades")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(
        Level, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_not_applicable = models.BooleanField(_("not applicable"), default=False)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("expert grade")
        verbose_name_plural = _("expert grades")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "criterion"], name="scorecards_expertgrade_once"
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=False, is_not_applicable=False)
                | Q(level__isnull=True, is_not_applicable=True),
                name="scorecards_expertgrade_level_or_na",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {'n/a' if self.is_not_applicable else self.level_id}"


class SeededPick(models.Model):
    """An assignment that looks like any other in its reviewer's queue and has a key behind it."""

    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.PROTECT, related_name="seeded_pick"
    )
    key = models.ForeignKey(ExpertKey, on_delete=models.PROTECT, related_name="seeded_picks")
    seeded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    seeded_at = models.DateTimeField(_("put into the queue"), default=timezone.now)

    class Meta:
        verbose_name = _("seeded pick")
        verbose_name_plural = _("seeded picks")
        ordering = ["-seeded_at", "-pk"]

    def __str__(self) -> str:
        return f"key {self.key_id} for assignment {self.assignment_id}"


class PracticePick(models.Model):
    """The assignment by which a trainee grades a sample; made when they begin. It is in no queue."""

    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.PROTECT, related_name="practice_pick"
    )
    key = models.ForeignKey(ExpertKey, on_delete=models.PROTECT, related_name="practice_picks")

    class Meta:
        verbose_name = _("practice pick")
        verbose_name_plural = _("practice picks")

    def __str__(self) -> str:
        return f"key {self.key_id} for practice {self.assignment_id}"


class CalibrationSessionQuerySet(models.QuerySet["CalibrationSession"]):
    def visible_to(self, user: User) -> "CalibrationSessionQuerySet":
        """All, for who leads calibration; for a participant theirs, once they are opened."""
        if user.has_perm("scorecards.lead_calibration"):
            return self
        return self.filter(participants=user, opened_at__isnull=False)

    def open(self) -> "CalibrationSessionQuerySet":
        return self.filter(opened_at__isnull=False, closed_at__isnull=True)

    def revealed(self) -> "CalibrationSessionQuerySet":
        """Those whose grades are no longer hidden: closed, or graded by everybody."""
        missing = CalibrationItem.objects.filter(session=OuterRef("pk")).with_ungraded()
        return self.filter(opened_at__isnull=False).filter(
            Q(closed_at__isnull=False) | ~Exists(missing)
        )

    def waiting_for(self, user: User) -> "CalibrationSessionQuerySet":
        """Open ones with something left for `user` to grade, counted as `own_left`; by due date."""
        items = CalibrationItem.objects.ungraded_by(user).filter(session=OuterRef("pk"))
        counted = items.order_by().values("session").annotate(n=models.Count("pk")).values("n")
        return (
            self.open()
            .filter(participants=user)
            .annotate(own_left=models.Subquery(counted, output_field=models.IntegerField()))
            .filter(own_left__gt=0)
            .order_by(models.F("due_on").asc(nulls_last=True), "pk")
        )

    def with_progress(self) -> "CalibrationSessionQuerySet":
        """`item_count`, `participant_count` and `graded_count`, in the same query."""

        def count(rows: "models.QuerySet") -> models.Subquery:
            counted = rows.order_by().values("the_session").annotate(n=models.Count("pk"))
            return models.Subquery(counted.values("n"), output_field=models.IntegerField())

        session = OuterRef("pk")
        items = CalibrationItem.objects.filter(session=session)
        people = CalibrationSession.participants.through.objects.filter(calibrationsession=session)
        graded = CalibrationPick.objects.graded().filter(item__session=session)
        return self.annotate(
            item_count=count(items.annotate(the_session=models.F("session"))),
            participant_count=count(people.annotate(the_session=models.F("calibrationsession"))),
            graded_count=models.functions.Coalesce(
                count(graded.annotate(the_session=models.F("item__session"))), 0
            ),
        )


class CalibrationSession(models.Model):
    """Several reviewers grade the same interactions blind, compare, and decide what is meant.

    It is prepared, opened, and closed by who leads it. What anybody graded is hidden from everybody
    else until all have graded everything, or until it is closed; what was not submitted by then is
    thrown away, because it would no longer be blind.
    """

    title = models.CharField(_("title"), max_length=120)
    version = models.ForeignKey(
        RubricVersion,
        on_delete=models.PROTECT,
        related_name="calibration_sessions",
        verbose_name=_("rubric"),
    )
    participants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="calibration_sessions",
        verbose_name=_("who takes part"),
    )
    organiser = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    due_on = models.DateField(_("to be graded by"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    # Set by `with_progress`.
    item_count: int
    participant_count: int
    graded_count: int

    objects = CalibrationSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("calibration session")
        verbose_name_plural = _("calibration sessions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False),
                name="scorecards_calibration_opened_before_closed",
            )
        ]
        permissions = [
            ("lead_calibration", _("Can write expert keys and lead calibration sessions"))
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("scorecards:calibration_detail", args=[self.pk])

    @property
    def is_prepared(self) -> bool:
        return self.opened_at is None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def expected_count(self) -> int:
        """Grades there will be when all are in; needs `with_progress`."""
        return (self.item_count or 0) * (self.participant_count or 0)

    @cached_property
    def is_revealed(self) -> bool:
        """Whether everybody in it may see all grades. No query after `with_progress`, one without."""
        if self.is_prepared or self.is_closed:
            return self.is_closed
        if hasattr(self, "graded_count"):
            return self.graded_count == self.expected_count
        return CalibrationSession.objects.revealed().filter(pk=self.pk).exists()

    def is_overdue(self, on: "dt.date") -> bool:
        return self.is_open and self.due_on is not None and self.due_on < on


class CalibrationItemQuerySet(models.QuerySet["CalibrationItem"]):
    def in_queue_of(self, user: User) -> "CalibrationItemQuerySet":
        """Those of whose interaction `user` holds an assignment in their queue that is not graded yet,
        by whichever rubric: other people's grades of it are not for their eyes."""
        own = ReviewAssignment.objects.open().filter(
            interaction=OuterRef("interaction"), reviewer=user
        )
        return self.filter(Exists(own))

    def ungraded_by(self, user: User) -> "CalibrationItemQuerySet":
        """What `user` still has to grade in open sessions, or will have to in prepared ones."""
        graded = CalibrationPick.objects.graded().filter(
            item=OuterRef("pk"), assignment__reviewer=user
        )
        return self.filter(
            ~Exists(graded), session__participants=user, session__closed_at__isnull=True
        )

    def with_ungraded(self) -> "CalibrationItemQuerySet":
        """Those that a participant has not graded yet."""
        people = CalibrationSession.participants.through.objects
        graded = CalibrationPick.objects.graded().filter(
            item=OuterRef(OuterRef("pk")), assignment__reviewer=OuterRef("user")
        )
        return self.filter(
            Exists(people.filter(calibrationsession=OuterRef("session")).filter(~Exists(graded)))
        )


class CalibrationItem(models.Model):
    """One interaction of a session, and the key its grades are held against, if there is one."""

    session = models.ForeignKey(CalibrationSession, on_delete=models.CASCADE, related_name="items")
    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="calibration_items"
    )
    key = models.ForeignKey(
        ExpertKey, null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = CalibrationItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("calibration interaction")
        verbose_name_plural = _("calibration interactions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "interaction"], name="scorecards_calibrationitem_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id} in session {self.session_id}"


class CalibrationPickQuerySet(models.QuerySet["CalibrationPick"]):
    def graded(self) -> "CalibrationPickQuerySet":
        return self.filter(assignment__state=ReviewAssignment.State.DONE)


class CalibrationPick(models.Model):
    """The assignment by which a participant grades an item; made when they begin."""

    assignment = models.OneToOneField(
        ReviewAssignment, on_delete=models.CASCADE, related_name="calibration_pick"
    )
    item = models.ForeignKey(CalibrationItem, on_delete=models.PROTECT, related_name="picks")

    objects = CalibrationPickQuerySet.as_manager()

    class Meta:
        verbose_name = _("calibration pick")
        verbose_name_plural = _("calibration picks")

    def __str__(self) -> str:
        return f"item {self.item_id} by assignment {self.assignment_id}"


class CalibrationDecision(models.Model):
    """What a session said about a criterion, and what is meant from now on."""

    session = models.ForeignKey(
        CalibrationSession, on_delete=models.CASCADE, related_name="decisions"
    )
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    notes = models.TextField(_("notes"), blank=True)
    decision = models.TextField(_("decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name = _("calibration decision")
        verbose_name_plural = _("calibration decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "criterion"], name="scorecards_calibrationdecision_once"
            )
        ]

    def __str__(self) -> str:
        return self.decision[:60]


class RubricNoteQuerySet(models.QuerySet["RubricNote"]):
    def visible_to(self, user: User) -> "RubricNoteQuerySet":
        """For who leads calibration and who writes rubrics; participants see their session's."""
        if user.has_perm("scorecards.lead_calibration") or user.has_perm("scorecards.edit_rubrics"):
            return self
        return self.filter(session__in=CalibrationSession.objects.visible_to(user))

    def waiting(self) -> "RubricNoteQuerySet":
        """Those that nobody has dealt with yet."""
        return self.filter(settled_at__isnull=True)

    def with_place(self, user: User) -> "RubricNoteQuerySet":
        """With who wrote it, its session, and where it stands in that session's report: `place`, the id
        of the criterion there, empty where `user` may not read the report."""
        readable = CalibrationSession.objects.visible_to(user).revealed()
        criterion = Criterion.objects.filter(
            section__version=OuterRef("session__version"), key=OuterRef("criterion_key")
        )
        return self.select_related("written_by", "session", "verdict_review").annotate(
            place=models.Case(
                models.When(session__in=readable, then=models.Subquery(criterion.values("pk")[:1])),
                default=None,
                output_field=models.BigAutoField(),
            )
        )


class RubricNote(models.Model):
    """A wording proposed for the next version of a rubric. `criterion_key` outlasts the version. Who
    writes the rubric settles it, taken up or not."""

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="notes")
    criterion_key = models.SlugField(_("criterion"), max_length=60)
    text = models.TextField(_("proposed wording"))
    session = models.ForeignKey(
        CalibrationSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    settled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("dealt with by"),
    )

    objects = RubricNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("rubric note")
        verbose_name_plural = _("rubric notes")
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["rubric", "criterion_key"])]

    def __str__(self) -> str:
        return self.text[:60]


def seeded_results_of(user: User) -> "models.QuerySet[Scorecard]":
    """Submitted grades of `user` that had a key behind them, the newest first."""
    return (
        Scorecard.objects.submitted()
        .filter(reviewer=user, assignment__seeded_pick__isnull=False)
        .select_related("interaction", "version__rubric")
        .order_by("-submitted_at", "-pk")
    )
