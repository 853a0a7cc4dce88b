"""A coaching session: when, what about, what came of it, and who said what to it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.permissions import can_coach
from people.choices import WithWords
from people.models import User
from scorecards.models import Criterion, CriterionScore

if TYPE_CHECKING:
    import datetime as dt


class CoachingSessionQuerySet(models.QuerySet["CoachingSession"]):
    def visible_to(self, user: User) -> "CoachingSessionQuerySet":
        """To its coach, its agent, and whoever develops that agent today; to nobody by their office."""
        seen = Q(coach=user) | Q(agent=user)
        if can_coach(user):
            people = User.objects.managed_by(user, on=timezone.localdate())
            seen |= Q(agent__in=people.values("pk")) & ~Q(agent=user)
        return self.filter(seen)

    def planned(self) -> "CoachingSessionQuerySet":
        return self.filter(state=CoachingSession.State.PLANNED)

    def held(self) -> "CoachingSessionQuerySet":
        return self.filter(state=CoachingSession.State.HELD)

    def follow_up_due(self, *, on: "dt.date") -> "CoachingSessionQuerySet":
        """Held ones whose follow-up day has come, with no later session of the same two people that is
        planned or held."""
        later = CoachingSession.objects.exclude(state=CoachingSession.State.CANCELLED).filter(
            agent=models.OuterRef("agent"),
            coach=models.OuterRef("coach"),
            starts_at__gt=models.OuterRef("starts_at"),
        )
        return self.held().filter(~models.Exists(later), follow_up_on__lte=on)

    def with_people(self) -> "CoachingSessionQuerySet":
        return self.select_related("agent", "coach")


class CoachingSession(WithWords):
    """`shared_notes` are read by whoever sees the session; what only the coach reads is a row of
    its own (`PrivateNotes`), so that no list, print or mail of a session carries it by mistake."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Called off")

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="coaching_received",
        verbose_name=_("agent"),
    )
    coach = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="coaching_given",
        verbose_name=_("coach"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PLANNED
    )
    starts_at = models.DateTimeField(_("when"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    place = models.CharField(_("place or link"), max_length=200, blank=True)
    shared_notes = models.TextField(_("notes for both"), blank=True)
    follow_up_on = models.DateField(_("follow-up on"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    held_at = models.DateTimeField(_("held"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("called off"), null=True, blank=True)
    cancelled_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = CoachingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("coaching session")
        verbose_name_plural = _("coaching sessions")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(agent=F("coach")), name="coaching_session_not_with_oneself"
            ),
            models.CheckConstraint(
                condition=Q(state="planned", held_at__isnull=True, cancelled_at__isnull=True)
                | Q(state="held", held_at__isnull=False, cancelled_at__isnull=True)
                | Q(state="cancelled", cancelled_at__isnull=False),
                name="coaching_session_state_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-starts_at"]),
            models.Index(fields=["coach", "-starts_at"]),
        ]

    def __str__(self) -> str:
        return f"coaching session {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("coaching:session_detail", args=[self.pk])

    @property
    def is_planned(self) -> bool:
        return self.state == self.State.PLANNED

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def is_cancelled(self) -> bool:
        return self.state == self.State.CANCELLED

    def other(self, user: User) -> User:
        """Who sits opposite of `user`; for a third person, the agent."""
        return self.coach if user.pk == self.agent_id else self.agent


class PrivateNotes(models.Model):
    """What the coach keeps for themself: shown to nobody else, copied nowhere, in no audit entry."""

    session = models.OneToOneField(
        CoachingSession, on_delete=models.CASCADE, related_name="private_notes"
    )
    text = models.TextField(_("notes for me only"), blank=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("private notes")
        verbose_name_plural = _("private notes")

    def __str__(self) -> str:
        return f"private notes of {self.session_id}"


class AgendaItem(WithWords):
    """One thing to talk about. `title` and `note` are words of who wrote them; what a proposal rests on
    stands in `AgendaEvidence` and is looked up anew for each reader."""

    class Kind(models.TextChoices):
        OWN = "own", _("Own topic")
        TO_WORK_ON = "to_work_on", _("To work on")
        STRENGTH = "strength", _("Went well")
        TRAINING = "training", _("Training")
        ACTION = "action", _("Agreed last time")
        DISPUTE = "dispute", _("Dispute")

    session = models.ForeignKey(CoachingSession, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OWN)
    title = models.CharField(_("topic"), max_length=300)
    note = models.TextField(_("note"), blank=True)
    # What the proposal was made from, so that it is not proposed twice: "criterion:12", "module:7".
    source = models.CharField(max_length=40, blank=True)
    # Where it leads, as a path of this site.
    link = models.CharField(max_length=300, blank=True)
    criterion = models.ForeignKey(
        Criterion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)
    is_discussed = models.BooleanField(_("talked about"), default=False)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "source"],
                condition=~Q(source=""),
                name="coaching_agendaitem_source_once",
            )
        ]

    def __str__(self) -> str:
        return self.title


class AgendaEvidence(models.Model):
    """A grade that an agenda item rests on. Its quotations are read through it and never copied, so that
    what is held back, taken back or removed is so here too."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="evidence")
    score = models.ForeignKey(CriterionScore, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("evidence of an agenda item")
        verbose_name_plural = _("evidence of agenda items")
        constraints = [
            models.UniqueConstraint(fields=["item", "score"], name="coaching_agendaevidence_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.score_id}"


class SessionComment(models.Model):
    """What agent or coach say to a session, before or after it."""

    session = models.ForeignKey(CoachingSession, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(_("comment"))
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]
