"""Which mails learners and their managers got, and who wants fewer."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ReminderSent(models.Model):
    """The send log of `remind_learners`: one mail of a kind to one person in one period.

    The row is written before the mail. Without `sent_at` the mail may or may not have gone out, and it is
    not sent again: better one too few than two.
    """

    class Kind(models.TextChoices):
        LEARNER = "learner", _("Learner, daily")
        MANAGER = "manager", _("Manager, weekly")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # The day, or the first day of the week, that the mail stands for.
    period = models.DateField(_("period"))
    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder sent")
        verbose_name_plural = _("reminders sent")
        ordering = ["-period", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "period"], name="training_remindersent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.kind} {self.period}"


class ReminderChoice(models.Model):
    """Whether somebody wants reminders of what is not overdue; without a row they do."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_choice"
    )
    wants_all = models.BooleanField(_("Remind me also before something is overdue"), default=True)

    class Meta:
        verbose_name = _("choice of reminders")
        verbose_name_plural = _("choices of reminders")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.wants_all}"
