"""Where each reader is in each lesson, to the block."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import LessonPage


class LessonPlace(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_places"
    )
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="places")
    # The ids of the blocks from the first to the place: if the last is gone, the nearest before holds.
    trail = models.JSONField(default=list)
    seen = models.JSONField(default=list)
    # Seconds into a video or a recording, by block.
    media = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("place in a lesson")
        verbose_name_plural = _("places in lessons")
        constraints = [
            models.UniqueConstraint(fields=["user", "lesson"], name="training_lessonplace_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.lesson_id}"
