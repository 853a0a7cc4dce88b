"""What a first attempt at a quiz tells about its questions, a row each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from training.models.attempts import Attempt


class AnsweredQuestion(models.Model):
    """One question of somebody's first submitted attempt at a quiz, marked as it was asked.

    Reports that ask how questions do over thousands of attempts read these rows and no snapshots. A
    second attempt has seen the answers, and leaves none. `question` is the id as asked, which may be
    gone by now; `wording` a digest that tells one wording of it from the next; `mark` 0 to 1.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answered")
    question = models.PositiveBigIntegerField(_("question as asked"))
    wording = models.CharField(_("digest of the wording"), max_length=32)
    mark = models.FloatField(_("mark"))

    class Meta:
        verbose_name = _("answered question")
        verbose_name_plural = _("answered questions")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "question"], name="training_answeredquestion_once"
            ),
            models.CheckConstraint(
                condition=models.Q(mark__gte=0, mark__lte=1),
                name="training_answeredquestion_mark_is_a_share",
            ),
        ]
        indexes = [models.Index(fields=["question"], name="training_answered_question")]

    def __str__(self) -> str:
        return f"question {self.question} in attempt {self.attempt_id}: {self.mark}"
