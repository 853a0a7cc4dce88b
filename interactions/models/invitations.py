"""Who is asked for their verdict, the mails that ask, and who does not want them."""

import datetime as dt
import hashlib
import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import DateTimeField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from interactions.models.interactions import Interaction
from interactions.models.surveys import Survey, SurveyVersion
from people.channels import Channel
from people.choices import WithWords
from people.models import Membership, Team


def digest_of(address: str) -> str:
    """By what an address is known where it need not be readable, however it is written."""
    return hashlib.sha256(address.strip().casefold().encode()).hexdigest()


def new_code() -> str:
    return secrets.token_urlsafe(12)


class SurveyRuleQuerySet(models.QuerySet["SurveyRule"]):
    def in_force(self) -> "SurveyRuleQuerySet":
        return self.filter(is_active=True, survey__is_active=True).order_by("position", "pk")


class SurveyRule(models.Model):
    """Whose customers are asked, how many of them, when and by which survey. The first rule that fits a
    contact decides about it, by `position`.

    A customer is asked `delay_hours` after the end of a contact and not later than `within_days`, and
    then not again for `quiet_days`, by whatever rule.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="rules", verbose_name=_("survey")
    )
    is_active = models.BooleanField(_("in use"), default=False)
    position = models.PositiveSmallIntegerField(
        _("position"), default=10, help_text=_("The first rule that fits a contact decides.")
    )
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel.choices, blank=True, help_text=_("Empty: all.")
    )
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("team"),
        help_text=_("Whose agents served that day. Empty: all."),
    )
    language = models.CharField(
        _("language of the contact"),
        max_length=12,
        blank=True,
        help_text=_("As it was imported, for example “de”. Empty: all."),
    )
    percent = models.PositiveSmallIntegerField(
        _("share (%)"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How many of those who fit are asked, drawn by chance."),
    )
    delay_hours = models.PositiveSmallIntegerField(
        _("hours after the contact"), default=24, validators=[MaxValueValidator(24 * 30)]
    )
    within_days = models.PositiveSmallIntegerField(
        _("not after (days)"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Whose contact lies further back is not asked, for example after an import."),
    )
    quiet_days = models.PositiveSmallIntegerField(
        _("quiet period (days)"),
        default=30,
        validators=[MaxValueValidator(730)],
        help_text=_("Who was asked is not asked again for so long."),
    )
    valid_days = models.PositiveSmallIntegerField(
        _("link works for (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    objects = SurveyRuleQuerySet.as_manager()

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldPanel("survey"),
                FieldRowPanel([FieldPanel("is_active"), FieldPanel("position")]),
            ],
            heading=_("About"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("channel"), FieldPanel("team")]),
                FieldRowPanel([FieldPanel("language"), FieldPanel("percent")]),
            ],
            heading=_("Whose customers"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("delay_hours"), FieldPanel("within_days")]),
                FieldRowPanel([FieldPanel("quiet_days"), FieldPanel("valid_days")]),
            ],
            heading=_("When"),
        ),
    ]

    class Meta:
        verbose_name = _("rule for surveys")
        verbose_name_plural = _("rules for surveys")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100),
                name="interactions_surveyrule_percent",
            )
        ]
        permissions = [("manage_surveys", _("Can see and repeat what customers are asked"))]

    def __str__(self) -> str:
        return self.name

    def fits(self) -> Q:
        """The contacts it speaks of, whenever they were. For rows `with_end`."""
        fits = Q()
        if self.channel:
            fits &= Q(channel=self.channel)
        if self.language:
            fits &= Q(language__iexact=self.language) | Q(language__istartswith=f"{self.language}-")
        if self.team_id:
            served = Membership.objects.filter(
                Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("over_day")),
                team=self.team_id,
                kind=Membership.Kind.MEMBER,
                user=OuterRef("agent"),
                starts_on__lte=OuterRef("over_day"),
            )
            fits &= Q(Exists(served))
        return fits

    def ripe(self, *, at: dt.datetime) -> Q:
        """The contacts that ended long enough ago and not too long, and not before the rule was made.
        For rows `with_end`."""
        earliest = max(at - dt.timedelta(days=self.within_days), self.created_at)
        return Q(over_at__gte=earliest, over_at__lte=at - dt.timedelta(hours=self.delay_hours))

    def draws(self, interaction: int) -> bool:
        """Whether chance picks this contact. The same answer each time, so that asking again and again
        does not ask more."""
        ticket = hashlib.sha256(f"{self.pk}:{interaction}".encode()).digest()
        return int.from_bytes(ticket[:8]) % 10_000 < 100 * self.percent


def with_end(rows: "models.QuerySet[Interaction]") -> "models.QuerySet[Interaction]":
    """With `over_at`, when the contact was over as far as we know, and the day it was here."""
    over = Coalesce(F("ended_at"), F("occurred_at"), output_field=DateTimeField())
    return rows.alias(over_at=over, over_day=TruncDate("occurred_at"))


class SurveyInvitationQuerySet(models.QuerySet["SurveyInvitation"]):
    def due(self, *, at: dt.datetime) -> "SurveyInvitationQuerySet":
        return self.filter(state=SurveyInvitation.State.WAITING, next_try_at__lte=at)

    def with_words(self) -> "SurveyInvitationQuerySet":
        return self.select_related(
            "interaction__customer", "interaction__agent", "version__survey", "rule"
        )


class SurveyInvitation(WithWords):
    """One mail that asks about one contact, and what became of it. No contact has two.

    The address itself stays with the customer; `address_digest` knows it again. `code` is what the link
    carries, signed (`surveys.links`).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Not sent")

    interaction = models.OneToOneField(
        Interaction, on_delete=models.CASCADE, related_name="survey_invitation"
    )
    rule = models.ForeignKey(
        SurveyRule, null=True, on_delete=models.SET_NULL, related_name="invitations"
    )
    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="invitations")
    code = models.CharField(max_length=24, unique=True, default=new_code, editable=False)
    address_digest = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    expires_at = models.DateTimeField(_("link works until"))

    objects = SurveyInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey invitation")
        verbose_name_plural = _("survey invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="answered", answered_at__isnull=False)
                | (~Q(state="answered") & Q(answered_at__isnull=True)),
                name="interactions_surveyinvitation_answered",
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["address_digest", "created_at"]),
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["waiting", "sending"]),
                name="interactions_surveys_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation about {self.interaction_id}: {self.state}"

    def is_expired(self, *, at: dt.datetime) -> bool:
        return at >= self.expires_at


class SurveyRefusal(models.Model):
    """An address that is not to be asked again. Kept without the address, and kept when all else of that
    customer is gone."""

    address_digest = models.CharField(max_length=64, primary_key=True)
    refused_at = models.DateTimeField(_("refused"), default=timezone.now)

    class Meta:
        verbose_name = _("refusal of surveys")
        verbose_name_plural = _("refusals of surveys")

    def __str__(self) -> str:
        return f"refusal of {self.address_digest[:8]}"
