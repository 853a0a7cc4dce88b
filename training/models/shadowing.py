"""Somebody is watched at work, and the observer signs what they saw."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import ShadowingPage
from people.models import User


class ShadowingQuerySet(models.QuerySet["Shadowing"]):
    def visible_to(self, user: User) -> "ShadowingQuerySet":
        """One's own, those that one observes, and those of people one may see."""
        people = User.objects.visible_to(user).values("pk")
        return self.filter(Q(user__in=people) | Q(observer=user))

    def open(self) -> "ShadowingQuerySet":
        return self.filter(completed_at__isnull=True)


class Shadowing(models.Model):
    """One trainee with one observer. Its items are the checklist as it was when the observer was chosen:
    a later edit of the page does not touch it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shadowings"
    )
    page = models.ForeignKey(ShadowingPage, on_delete=models.PROTECT, related_name="shadowings")
    observer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="shadowings_to_sign",
        verbose_name=_("observer"),
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField(_("observer chosen"), default=timezone.now)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = ShadowingQuerySet.as_manager()

    class Meta:
        verbose_name = _("shadowing of a person")
        verbose_name_plural = _("shadowings of people")
        ordering = ["-chosen_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(completed_at__isnull=True),
                name="training_shadowing_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(observer=F("user")), name="training_shadowing_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.page_id}"

    @property
    def is_done(self) -> bool:
        return self.completed_at is not None


class ShadowingSignature(models.Model):
    """One item of the checklist, signed or not."""

    shadowing = models.ForeignKey(Shadowing, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("what is to be seen"), max_length=255)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("item of a checklist")
        verbose_name_plural = _("items of checklists")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["shadowing", "position"], name="training_shadowingsignature_once"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="training_shadowingsignature_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text
