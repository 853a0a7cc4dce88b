"""When a workshop takes place, who has a seat, and who came."""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import WorkshopPage
from people.models import User


class WorkshopSessionQuerySet(models.QuerySet["WorkshopSession"]):
    def coming(self, *, at: dt.datetime) -> "WorkshopSessionQuerySet":
        return self.filter(cancelled_at__isnull=True, starts_at__gt=at)


class WorkshopSession(models.Model):
    """One date of a workshop. `time_zone` is that of the place; moments are stored as such."""

    workshop = models.ForeignKey(WorkshopPage, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    place = models.CharField(_("place"), max_length=200, blank=True)
    link = models.URLField(_("link"), max_length=500, blank=True)
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=8, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    trainer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="sessions_to_lead",
        verbose_name=_("trainer"),
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # Raised with each change, for calendars that have the session already.
    sequence = models.PositiveIntegerField(default=0)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = WorkshopSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session of a workshop")
        verbose_name_plural = _("sessions of workshops")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="training_session_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="training_session_has_a_seat"),
        ]

    def __str__(self) -> str:
        return f"{self.workshop_id}: {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo(settings.TIME_ZONE)

    @property
    def local_start(self) -> dt.datetime:
        return timezone.localtime(self.starts_at, self.zone)

    @property
    def local_end(self) -> dt.datetime:
        return timezone.localtime(self.ends_at, self.zone)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    def has_begun(self, *, at: dt.datetime) -> bool:
        return self.starts_at <= at


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def seated(self) -> "EnrolmentQuerySet":
        return self.filter(state=Enrolment.State.SEAT)

    def waiting(self) -> "EnrolmentQuerySet":
        return self.filter(state=Enrolment.State.WAITING)

    def standing(self) -> "EnrolmentQuerySet":
        return self.exclude(state=Enrolment.State.CANCELLED)


class Enrolment(models.Model):
    """One person and one session: a seat, a place on the waiting list, or given back."""

    class State(models.TextChoices):
        SEAT = "seat", _("Has a seat")
        WAITING = "waiting", _("On the waiting list")
        CANCELLED = "cancelled", _("Cancelled")

    class Attendance(models.TextChoices):
        PRESENT = "present", _("Present")
        ABSENT = "absent", _("Absent")
        EXCUSED = "excused", _("Excused")

    session = models.ForeignKey(
        WorkshopSession, on_delete=models.CASCADE, related_name="enrolments"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    # When the place in the row was taken; the waiting list is in this order.
    since = models.DateTimeField(_("since"), default=timezone.now)
    attendance = models.CharField(
        _("attendance"), max_length=10, choices=Attendance.choices, blank=True
    )
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    marked_at = models.DateTimeField(_("marked"), null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "user"], name="training_enrolment_once"),
            models.CheckConstraint(
                condition=Q(attendance="") | Q(state="seat"),
                name="training_enrolment_attends_with_a_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.session_id}"


def may_keep_attendance(user: User, session: WorkshopSession) -> bool:
    """The trainer, and who arranges sessions."""
    return user.pk == session.trainer_id or user.has_perm("training.change_workshopsession")
