"""What somebody can show that they have learned."""

import datetime as dt
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import LearningPath, ModulePage
from people.models import User


def new_code() -> str:
    """128 bits of chance: nobody finds a certificate by trying."""
    return secrets.token_urlsafe(16)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> "CertificateQuerySet":
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def expiring(self, *, on: dt.date, until: dt.date) -> "CertificateQuerySet":
        """Good today, and not after `until`."""
        return self.filter(revoked_at__isnull=True, valid_until__gte=on, valid_until__lte=until)


class Certificate(models.Model):
    """One module or path, finished by one person in one round.

    `name` and `title` are as they were then: it says what it said when it was given.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates"
    )
    module = models.ForeignKey(
        ModulePage, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates"
    )
    path = models.ForeignKey(
        LearningPath, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates"
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    name = models.CharField(_("name"), max_length=310)
    title = models.CharField(_("title"), max_length=255)
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    issued_on = models.DateField(_("completed on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_because = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(module__isnull=True, path__isnull=False)
                | Q(module__isnull=False, path__isnull=True),
                name="training_certificate_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["user", "module", "round"],
                condition=Q(module__isnull=False),
                name="training_certificate_of_module_once",
            ),
            models.UniqueConstraint(
                fields=["user", "path", "round"],
                condition=Q(path__isnull=False),
                name="training_certificate_of_path_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        return f"{self.issued_on.year}-{self.pk:06}"

    def get_absolute_url(self) -> str:
        """Where anybody who has the address can check it."""
        return reverse("certificates:check", args=[self.code])

    def state(self, *, on: dt.date) -> "State":
        if self.revoked_at is not None:
            return self.State.REVOKED
        is_over = self.valid_until is not None and self.valid_until < on
        return self.State.EXPIRED if is_over else self.State.VALID
