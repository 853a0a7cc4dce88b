"""What coaching hears of."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from coaching.models import Recognition
from interactions.models import Transcript
from interactions.privacy.removing import REMOVED
from interactions.quotations import requoted
from interactions.signals import interaction_words_removed, words_changed
from scorecards.models import Scorecard
from scorecards.signals import grade_shown, grade_taken_back


@receiver(grade_shown)
def let_rules_fire(scorecard: Scorecard, **kwargs: Any) -> None:
    """By the worker, after the grade is safe: a rule that goes wrong must not cost anybody their
    submission, nor its dozen queries hold it up; whether there is any is one of them. The nightly
    `apply_module_rules` makes up for one that was lost."""
    from coaching.tasks import let_rules_fire_for

    if scorecard.agent_id:
        # The queue is a table: the task is there exactly if the grade is.
        let_rules_fire_for.enqueue(scorecard.agent_id, scorecard.version.rubric_id)


@receiver(interaction_words_removed)
def let_passages_go(ids: Sequence[int], **kwargs: Any) -> None:
    """What a recognition quotes goes with the conversation; that it quoted something stays."""
    Recognition.objects.filter(scorecard__interaction__in=ids).exclude(quote="").update(
        quote=REMOVED
    )


@receiver(words_changed)
def mask_passages(ids: Sequence[int], **kwargs: Any) -> None:
    rows = (
        Recognition.objects.filter(scorecard__interaction__in=ids)
        .exclude(quote="")
        .select_related("scorecard")
    )
    transcripts = Transcript.objects.in_bulk({row.scorecard.interaction_id for row in rows})
    changed = []
    for row in rows:
        transcript = transcripts.get(row.scorecard.interaction_id)
        quote = requoted(row.quote, transcript, row.message_id, row.start or 0, row.end or 0)
        if quote != row.quote:
            row.quote = quote
            changed.append(row)
    Recognition.objects.bulk_update(changed, ["quote"])


@receiver(grade_taken_back)
def take_firings_back(scorecard: Scorecard, **kwargs: Any) -> None:
    """In the transaction of the undo: nobody keeps a module for a grade that was never to stand."""
    from coaching.actions import take_back_firings

    take_back_firings(scorecard)
