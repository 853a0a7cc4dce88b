"""Who is here: the user, teams with dated membership, their names elsewhere, and the audit log."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Permission
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from people.channels import Channel
from people.once import is_reading, once
from people.roles import Role


class UserQuerySet(models.QuerySet["User"]):
    def with_role(self, role: Role) -> "UserQuerySet":
        return self.filter(groups__name=role.value)

    def members_on(self, date: dt.date, *, teams: Iterable["Team | int"]) -> "UserQuerySet":
        """People who serve in one of `teams` on `date`; their managers are not members."""
        memberships = Membership.objects.current(on=date).filter(
            kind=Membership.Kind.MEMBER, team__in=teams
        )
        return self.filter(pk__in=memberships.values("user"))

    def managed_by(self, manager: "User", *, on: dt.date) -> "UserQuerySet":
        """People who on that day serve in a team which `manager` manages on that day. On a page the
        teams are looked up once, which its other queries are the simpler for."""
        if is_reading():
            return self.members_on(on, teams=_managed_teams(manager.pk, on))
        return self.members_on(on, teams=Team.objects.managed_by(manager, on=on))

    def who_may(self, permission: str) -> "UserQuerySet":
        """Active people with `permission` ("app.codename"), by a role, by hand or by being in charge of
        everything: as `with_perm` finds them, which looks both up again for each person."""
        app, codename = permission.split(".")
        named = Permission.objects.filter(content_type__app_label=app, codename=codename)
        by_role = User.groups.through.objects.filter(group__permissions__in=named)
        by_hand = User.user_permissions.through.objects.filter(permission__in=named)
        return self.filter(
            Q(pk__in=by_role.values("user"))
            | Q(pk__in=by_hand.values("user"))
            | Q(is_superuser=True),
            is_active=True,
        )

    def with_words(self, words: str) -> "UserQuerySet":
        """Those who have each of the words (the first five) in name or address; all for none."""
        rows = self
        for word in words.replace("\x00", " ").split()[:5]:
            rows = rows.filter(
                Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(email__icontains=word)
            )
        return rows

    def names(self) -> list[tuple[int, str]]:
        """Id and name of each, as lists to choose from show hundreds of them. One query."""
        rows = self.values_list("pk", "first_name", "last_name", "email")
        return [(pk, full_name(*names)) for pk, *names in rows]

    def never_here(self) -> "UserQuerySet":
        """Who may come in and never did, by whatever way."""
        return self.filter(is_active=True, last_login=None)

    def uninvited(self, *, at: dt.datetime) -> "UserQuerySet":
        """Those who were never here and have no invitation, or one that got too old. Who has one that was
        withdrawn is left to whoever withdrew it."""
        none_or_old = Q(invitation=None) | Q(
            invitation__expires_at__lte=at,
            invitation__accepted_at=None,
            invitation__withdrawn_at=None,
        )
        return self.never_here().filter(none_or_old)

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Oneself; for a manager their people of today; for who may see everybody, everybody."""
        if user.has_perm("people.view_everybody"):
            return self
        mine = Q(pk=user.pk)
        if user.has_perm("people.develop_team"):
            people = User.objects.managed_by(user, on=timezone.localdate())
            mine |= Q(pk__in=people.values("pk"))
        return self.filter(mine)


def full_name(first: str, last: str, email: str) -> str:
    return f"{first} {last}".strip() or email


@once
def _managed_teams(manager: int, on: dt.date) -> tuple[int, ...]:
    managing = Membership.objects.current(on=on).filter(
        kind=Membership.Kind.MANAGER, user_id=manager
    )
    return tuple(managing.values_list("team_id", flat=True))


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates people by e-mail address; there are no user names."""

    use_in_migrations = True

    def _create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields.setdefault("is_staff", False)
        fields.setdefault("is_superuser", False)
        return self._create_user(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self._create_user(
            email, password, **{**fields, "is_staff": True, "is_superuser": True}
        )

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    started_on = models.DateField(
        _("started on"), null=True, blank=True, help_text=_("First day in customer service here.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("For example Europe/Berlin. Empty means the organisation's own."),
    )
    language = models.CharField(_("language"), max_length=12, blank=True)
    content_language = models.CharField(_("language of the manual"), max_length=12, blank=True)
    # What let them in before is over: every session, and links of a forgotten password.
    signed_out_at = models.DateTimeField(_("signed out everywhere"), null=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["first_name", "last_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="people_user_email_unique",
                violation_error_message=_("Somebody with this e-mail address exists already."),
            )
        ]
        permissions = [
            ("view_everybody", _("Can see everybody, in every team")),
            ("develop_team", _("Can see and develop the people of the teams they manage")),
        ]

    def __str__(self) -> str:
        return full_name(self.first_name, self.last_name, self.email)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session has to hold to be this person's. Another one after they were signed out
        everywhere, so that no session from before goes on, not even one that no list knows of."""
        said: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if self.signed_out_at is None:
            return said
        said += str(self.signed_out_at.timestamp())
        return salted_hmac(
            "people.signed_out_at", said, secret=secret, algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django has it, with one query for what comes from roles and what was given by hand; Django
        asks for each, and every page needs both."""
        if obj is None and self.is_active and self.pk and not hasattr(self, "_perm_cache"):
            # Where Django's backend looks first, and keeps what it finds.
            self._perm_cache = self._all_permissions()
        return super().has_perm(perm, obj)

    def _all_permissions(self) -> set[str]:
        columns = ("content_type__app_label", "codename")
        every = Permission.objects.order_by().values_list(*columns)
        if not self.is_superuser:
            every = every.filter(user=self).union(every.filter(group__user=self))
        return {f"{app}.{codename}" for app, codename in every}

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in str(self).split()[:2]).upper()


class TeamQuerySet(models.QuerySet["Team"]):
    def managed_by(self, manager: User, *, on: dt.date) -> "TeamQuerySet":
        memberships = Membership.objects.current(on=on).filter(
            kind=Membership.Kind.MANAGER, user=manager
        )
        return self.filter(pk__in=memberships.values("team"))

    def visible_to(self, user: User) -> "TeamQuerySet":
        """The teams a person manages today; for who may see everybody, all."""
        if user.has_perm("people.view_everybody"):
            return self
        if user.has_perm("people.develop_team"):
            return self.managed_by(user, on=timezone.localdate())
        return self.none()

    def with_hours_set_by(self, user: User) -> "TeamQuerySet":
        """Those whose opening hours `user` may change: the teams they manage today; for who may change
        teams, all."""
        if user.has_perm("people.change_team"):
            return self
        if user.has_perm("people.develop_team"):
            return self.managed_by(user, on=timezone.localdate())
        return self.none()


class Team(ClusterableModel):
    name = models.CharField(_("name"), max_length=120, unique=True)
    channels = models.JSONField(
        _("channels"),
        default=list,
        blank=True,
        help_text=_("The channels this team serves; empty means all."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("For example Europe/Berlin. Empty means the organisation's own."),
    )
    members = models.ManyToManyField(
        User, through="Membership", related_name="teams", verbose_name=_("members")
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        # Checkboxes of which none is ticked arrive as nothing.
        self.channels = self.channels or []
        unknown = set(self.channels) - set(Channel.values)
        if unknown:
            raise ValidationError({"channels": _("Unknown channel: %s") % ", ".join(unknown)})


class OpeningHours(models.Model):
    """From when to when a team is there on one day of the week, by the clock of its zone. One that
    closes at or before the time it opens goes on into the next day. A team without any is there day and
    night."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["team", "weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "weekday", "opens"], name="people_opening_hours_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="people_opening_hours_on_a_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day on which a team is not there, or only from `opens` to `closes`."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=120)
    opens = models.TimeField(_("open from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "day"], name="people_holiday_once"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__lt=F("closes")),
                name="people_holiday_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.day})"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, *, on: dt.date) -> "MembershipQuerySet":
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


class Membership(models.Model):
    """One person's time in one team, both days included; without an end it still goes on."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("Member")
        MANAGER = "manager", _("Manager")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    team = ParentalKey(
        Team, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("team")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.MEMBER)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["team", "kind", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="people_membership_ends_after_start",
                violation_error_message=_("A membership cannot end before it starts."),
            ),
            models.UniqueConstraint(
                fields=["user", "team", "kind"],
                condition=Q(ends_on__isnull=True),
                name="people_membership_one_open",
                violation_error_message=_("This person is in this team already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class ExternalIdentity(models.Model):
    """The id under which another system knows a person: what an import matches agents by."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="identities", verbose_name=_("person")
    )
    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("id there"), max_length=200)

    class Meta:
        verbose_name = _("identity elsewhere")
        verbose_name_plural = _("identities elsewhere")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                name="people_identity_unique",
                violation_error_message=_("This id belongs to somebody already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.external_id}"


class AuditEvent(models.Model):
    """One line of the append-only audit log; written by `people.audit.record`, never changed."""

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    action = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=100)
    object_id = models.CharField(_("object"), max_length=64)
    before = models.JSONField(_("before"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), null=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        default_permissions = ("view",)
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_id}"


class AuditSeal(models.Model):
    """The place of an event in the chain: each digest covers the event and the digest before it.

    Written by `people.audit_chain.seal`, never changed. A table of its own, because whoever wrote the
    chain with the event would make all writers wait for each other until they commit.
    """

    position = models.PositiveBigIntegerField(_("position"), primary_key=True)
    event = models.OneToOneField(
        AuditEvent, on_delete=models.PROTECT, related_name="seal", verbose_name=_("audit event")
    )
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("seal of an audit event")
        verbose_name_plural = _("seals of audit events")
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.digest[:12]}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, at: dt.datetime) -> "InvitationQuerySet":
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at)

    def unsent(self, *, at: dt.datetime) -> "InvitationQuerySet":
        """Open ones whose mail has not gone out, of people who may come in and have not meanwhile."""
        return self.open(at=at).filter(
            sent_at=None, user__is_active=True, user__last_login__isnull=True
        )


class Invitation(models.Model):
    """A link by mail with which somebody who was added chooses their password and comes in, once.

    One row a person: asking again makes a new `nonce`, and the link before it opens nothing any more.
    """

    LASTS = dt.timedelta(days=7)

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="invitation")
    nonce = models.CharField(max_length=32)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("expires"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}"

    def state(self, *, at: dt.datetime) -> str:
        """ "accepted", "withdrawn", "expired", "sent" or "waiting" for its mail."""
        if self.accepted_at:
            return "accepted"
        if self.withdrawn_at:
            return "withdrawn"
        if self.expires_at <= at:
            return "expired"
        return "sent" if self.sent_at else "waiting"
