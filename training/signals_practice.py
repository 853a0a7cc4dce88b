"""A trainee's grade of a sample is handed in on the real grading screen; this rings for the action."""

from typing import Any

from django.dispatch import receiver

from scorecards.models import Scorecard
from scorecards.signals import practice_submitted
from training.actions.practice import compare_sample


@receiver(practice_submitted, dispatch_uid="training_practice_submitted")
def compare(sender: type[Scorecard], scorecard: Scorecard, **kwargs: Any) -> None:
    compare_sample(scorecard, at=scorecard.submitted_at)
