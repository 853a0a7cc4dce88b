"""What trainees say of a module, edition by edition."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import ModulePage

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


class ModuleRating(models.Model):
    """One person's word on one edition of a module. An edition begins when the module or one of its
    steps is published."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="module_ratings"
    )
    module = models.ForeignKey(ModulePage, on_delete=models.CASCADE, related_name="ratings")
    edition_at = models.DateTimeField(_("edition of"))
    revision_number = models.BigIntegerField(_("revision"), null=True)
    clarity = models.PositiveSmallIntegerField(_("clarity"), validators=ONE_TO_FIVE)
    usefulness = models.PositiveSmallIntegerField(_("usefulness"), validators=ONE_TO_FIVE)
    text = models.TextField(_("in your own words"), blank=True, max_length=2000)
    rated_at = models.DateTimeField(_("rated"), default=timezone.now)

    class Meta:
        verbose_name = _("rating of a module")
        verbose_name_plural = _("ratings of modules")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "module", "edition_at"], name="training_modulerating_once"
            ),
            models.CheckConstraint(
                condition=Q(clarity__range=(1, 5), usefulness__range=(1, 5)),
                name="training_modulerating_one_to_five",
            ),
        ]
        indexes = [models.Index(fields=["module", "edition_at"])]

    def __str__(self) -> str:
        return f"{self.module_id}: {self.clarity}/{self.usefulness}"
