"""What scorecards hear of: words of conversations that were masked or removed, and all that service
standards rest on."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from content.models import ProcedurePage
from interactions.models import Transcript
from interactions.privacy.removing import REMOVED
from interactions.quotations import requoted
from interactions.signals import (
    interaction_words_removed,
    interactions_written,
    service_facts_changed,
    words_changed,
)
from people.models import Membership
from people.signals import opening_hours_changed
from scorecards.actions.standards import ask_for_service_results
from scorecards.models import Dispute, Evidence, Scorecard, ServiceResult


@receiver(interaction_words_removed)
def let_quotations_go(ids: Sequence[int], **kwargs: Any) -> None:
    """The place of a quotation stays, and what was quoted goes."""
    Evidence.objects.filter(criterion_score__scorecard__interaction__in=ids).update(quote=REMOVED)


@receiver(words_changed)
def mask_quotations(ids: Sequence[int], **kwargs: Any) -> None:
    """A quotation says what its place in the conversation says now."""
    rows = Evidence.objects.filter(criterion_score__scorecard__interaction__in=ids).select_related(
        "criterion_score__scorecard"
    )
    transcripts = Transcript.objects.in_bulk(
        {row.criterion_score.scorecard.interaction_id for row in rows}
    )
    changed = []
    for row in rows:
        transcript = transcripts.get(row.criterion_score.scorecard.interaction_id)
        quote = requoted(row.quote, transcript, row.message_id, row.start, row.end)
        if quote != row.quote:
            row.quote = quote
            changed.append(row)
    Evidence.objects.bulk_update(changed, ["quote"])


def ids_graded_now() -> "QuerySet[Any, Any]":
    return Scorecard.objects.drafts().order_by().values("interaction")


def ids_disputed() -> "QuerySet[Any, Any]":
    return Dispute.objects.open().order_by().values("scorecard__interaction")


@receiver(service_facts_changed)
def forget_service_results(ids: Sequence[int], **kwargs: Any) -> None:
    """They are worked out anew, as those of new interactions are."""
    ServiceResult.objects.filter(pk__in=ids).delete()
    ask_for_service_results()


@receiver([interactions_written, opening_hours_changed])
@receiver([page_published, page_unpublished], sender=ProcedurePage)
@receiver([post_save, post_delete], sender=Membership)
def standards_may_be_others(**kwargs: Any) -> None:
    """What the results of service standards rest on has changed."""
    ask_for_service_results()
