"""What coaching hears of."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from scorecards.models import Scorecard
from scorecards.signals import grade_shown, grade_taken_back


@receiver(grade_shown)
def let_rules_fire(scorecard: Scorecard, **kwargs: Any) -> None:
    """After the grade is safe: a rule that goes wrong must not cost anybody their submission, and the
    nightly `apply_module_rules` makes up for it."""
    from coaching.actions import apply_rules
    from coaching.models import ModuleRule
    from people.models import User

    rubric = scorecard.version.rubric_id
    agent = scorecard.agent_id

    def fire() -> None:
        if ModuleRule.objects.active().filter(rubric=rubric).exists():
            apply_rules(User.objects.get(pk=agent), rubric=scorecard.version.rubric)

    transaction.on_commit(fire, robust=True)


@receiver(grade_taken_back)
def take_firings_back(scorecard: Scorecard, **kwargs: Any) -> None:
    """In the transaction of the undo: nobody keeps a module for a grade that was never to stand."""
    from coaching.actions import take_back_firings

    take_back_firings(scorecard)
