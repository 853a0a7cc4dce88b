"""Who was asked to sign for a procedure, because of which edition, and who did."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import Edition, ProcedurePage
from people.models import User


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    def visible_to(self, user: User) -> "AcknowledgementQuerySet":
        """One's own and those of people one may see; for who may see all of them, all."""
        if user.has_perm("training.view_acknowledgement"):
            return self
        return self.filter(user__in=User.objects.visible_to(user).values("pk"))

    def open(self) -> "AcknowledgementQuerySet":
        return self.filter(signed_at__isnull=True, withdrawn_at__isnull=True)

    def signed(self) -> "AcknowledgementQuerySet":
        return self.filter(signed_at__isnull=False)

    def withdrawn(self) -> "AcknowledgementQuerySet":
        return self.filter(withdrawn_at__isnull=False)

    def overdue(self, *, on: dt.date) -> "AcknowledgementQuerySet":
        return self.open().filter(due_on__lt=on)

    def standing(self) -> "AcknowledgementQuerySet":
        """Of each person and procedure the last word: what is open, else the last that was signed."""
        later = Acknowledgement.objects.filter(
            user=OuterRef("user"), page=OuterRef("page"), pk__gt=OuterRef("pk")
        ).filter(withdrawn_at__isnull=True)
        return self.filter(withdrawn_at__isnull=True).exclude(Exists(later))


class Acknowledgement(models.Model):
    """One request to sign for a procedure. It ends signed, or withdrawn with a reason."""

    class Reason(models.TextChoices):
        REPLACED = "replaced", _("A newer edition asks instead")
        UNPUBLISHED = "unpublished", _("The procedure is not published any more")
        NOT_CONCERNED = "not_concerned", _("No longer concerned")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="acknowledgements"
    )
    page = models.ForeignKey(
        ProcedurePage, on_delete=models.PROTECT, related_name="acknowledgements"
    )
    # The material edition that asks.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_on = models.DateField(_("sign until"))
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    # The edition that stood on the screen: that one, or a later one with better wording.
    signed_edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Of a translation that stood there instead, which has the words of `signed_edition`: its own edition.
    signed_translation = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_because = models.CharField(
        _("withdrawn because"), max_length=16, choices=Reason.choices, blank=True
    )

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        indexes = [models.Index(fields=["page", "user"])]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(signed_at__isnull=True, withdrawn_at__isnull=True),
                name="training_acknowledgement_one_open",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="training_acknowledgement_signed_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_edition__isnull=True)
                | Q(signed_at__isnull=False, signed_edition__isnull=False),
                name="training_acknowledgement_signs_an_edition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.page_id}"

    @property
    def is_open(self) -> bool:
        return self.signed_at is None and self.withdrawn_at is None

    def is_overdue(self, *, on: dt.date) -> bool:
        return self.is_open and self.due_on < on
