"""Which personal data is masked, how long words are kept, and what was removed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.models.interactions import Interaction
from interactions.privacy.patterns import CARD, EMAIL, IBAN, NATIONAL_ID, PHONE
from people.channels import Channel


class RedactionRule(models.Model):
    """What is masked in interactions of a channel and a source. Where several rules fit, all hold.

    `words` is a list of one's own, a line each (`privacy.patterns.atoms` says how it is written).
    """

    class Kind(models.TextChoices):
        EMAIL = EMAIL, _("E-mail addresses")
        PHONE = PHONE, _("Telephone numbers")
        CARD = CARD, _("Card numbers")
        IBAN = IBAN, _("Bank accounts (IBAN)")
        NATIONAL_ID = NATIONAL_ID, _("Identity numbers of governments")

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_on = models.BooleanField(_("in use"), default=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    kinds = models.JSONField(_("what is masked"), default=list, blank=True)
    words = models.TextField(_("words of your own"), blank=True)
    masks_names = models.BooleanField(_("the customer’s name as well"), default=False)
    keeps_original = models.BooleanField(_("keep the original, encrypted"), default=False)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now)

    class Meta:
        verbose_name = _("redaction rule")
        verbose_name_plural = _("redaction rules")
        ordering = ["name"]
        permissions = [
            (
                "manage_privacy",
                _("Can say what is masked, how long words are kept, and erase them"),
            ),
            ("read_originals", _("Can read what was masked, with a reason that is recorded")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_labels(self) -> list[str]:
        return [str(self.Kind(kind).label) for kind in self.kinds if kind in self.Kind.values]

    @property
    def word_lines(self) -> list[str]:
        return [line.strip() for line in self.words.splitlines() if line.strip()]


class Redaction(models.Model):
    """What was masked in one interaction: how often each kind, and the original if a rule keeps it.

    `original` is encrypted (`privacy.sealing`).
    """

    interaction = models.OneToOneField(
        Interaction, primary_key=True, on_delete=models.CASCADE, related_name="redaction"
    )
    counts = models.JSONField(_("masked"), default=dict)
    original = models.BinaryField(null=True)
    masked_at = models.DateTimeField(_("masked on"), default=timezone.now)

    class Meta:
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")

    def __str__(self) -> str:
        return f"redaction of {self.interaction_id}"


class RetentionRule(models.Model):
    """After how many days what is removed, for interactions of a channel and with a label.

    Of the rules that speak of an interaction the most precise one decides: with label and channel, then
    with a label, then with a channel, then for all. A rule that keeps for ever has no days.
    """

    class Part(models.TextChoices):
        RECORDING = "recording", _("The recording")
        WORDS = "words", _("The words: messages, subject, labels, comments")
        CUSTOMER = "customer", _("Who the customer was")

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_on = models.BooleanField(_("in use"), default=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    label = models.CharField(_("label"), max_length=80, blank=True)
    value = models.CharField(_("value of the label"), max_length=200, blank=True)
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    parts = models.JSONField(_("what is removed"), default=list)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(days__gte=1),
                name="interactions_retention_a_day_at_least",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def precision(self) -> int:
        return 2 * bool(self.label) + bool(self.channel)

    @property
    def part_labels(self) -> list[str]:
        return [str(self.Part(part).label) for part in self.parts if part in self.Part.values]


class RetentionRun(models.Model):
    """One night's work: what was removed by which rule. `counts` has a row of numbers per rule's name."""

    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    counts = models.JSONField(default=dict)
    recording_count = models.PositiveIntegerField(_("recordings"), default=0)
    words_count = models.PositiveIntegerField(_("conversations"), default=0)
    customer_count = models.PositiveIntegerField(_("customers’ names"), default=0)

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class Erasure(models.Model):
    """That a customer was erased on request: by whom, why and how much, and nothing of who it was."""

    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    erased_at = models.DateTimeField(_("erased"), default=timezone.now)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-erased_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.erased_at:%Y-%m-%d}"
