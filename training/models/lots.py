"""Who was drawn when there were fewer places than people who should go."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import ModulePage


class Lot(models.Model):
    """One draw for the places of a module. Whoever knows `seed` and the entries can draw it again
    (`measurement.training_effect.draw_lot`), and what the module did is told without any assumption:
    drawn and not drawn differ by nothing but luck."""

    module = models.ForeignKey(
        ModulePage, on_delete=models.CASCADE, related_name="lots", verbose_name=_("module")
    )
    places = models.PositiveIntegerField(_("places"))
    seed = models.CharField(_("seed"), max_length=32)
    drawn_at = models.DateTimeField(_("drawn"), default=timezone.now)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("drawn by"),
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["-drawn_at", "-pk"]
        indexes = [models.Index(fields=["module", "drawn_at"], name="training_lot_of_module")]
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1), name="training_lot_has_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.module_id}: {self.places}"


class LotEntry(models.Model):
    """Somebody who was eligible. `rank` is the place in the order drawn; up to `places` were asked."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="entries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lot_entries"
    )
    rank = models.PositiveIntegerField(_("rank"))

    class Meta:
        verbose_name = _("entry of a lot")
        verbose_name_plural = _("entries of lots")
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "user"], name="training_lotentry_once"),
            models.UniqueConstraint(fields=["lot", "rank"], name="training_lotentry_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.rank}"

    @staticmethod
    def drawn() -> Q:
        """Those who got a place."""
        return Q(rank__lte=F("lot__places"))
