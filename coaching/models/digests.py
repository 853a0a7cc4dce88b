"""Which weekly digests managers got, and who wants none."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DigestQuerySet(models.QuerySet["Digest"]):
    def told(self) -> "DigestQuerySet":
        """Those that are known to have reached the mail server, or had nothing to tell."""
        return self.filter(Q(lines=0) | Q(sent_at__isnull=False))


class Digest(models.Model):
    """What changed for one manager up to `made_at`, in the week that begins on `week`.

    There is a row also where nothing changed: then `lines` is 0 and no mail went out. The row is written
    before the mail. With lines and without `sent_at` the mail may or may not have gone out, and it is not
    sent again: better one too few than two; the next one tells what it told. `known` is what stood then
    and is no news next time, by kind.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    week = models.DateField(_("week"))
    made_at = models.DateTimeField(_("made"))
    lines = models.PositiveIntegerField(_("lines"), default=0)
    known = models.JSONField(_("known"), default=dict)
    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("weekly digest")
        verbose_name_plural = _("weekly digests")
        ordering = ["-week", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "week"], name="coaching_digest_once")
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.week}"


class DigestChoice(models.Model):
    """Whether somebody wants the weekly digest; without a row they do."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_choice"
    )
    wants_digest = models.BooleanField(_("Send me the weekly digest of my teams"), default=True)

    class Meta:
        verbose_name = _("choice of digests")
        verbose_name_plural = _("choices of digests")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.wants_digest}"
