"""What happened in the rooms below, and is told outside. Each runs in the transaction of the change."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from wagtail.models import Page

from content.models import ModulePage
from content.signals import edition_published
from integrations.actions import revoke_tokens_of
from integrations.models import EventKind
from integrations.webhooks.telling import tell
from people.models import User
from people.signals import person_deactivated
from scorecards.models import Dispute, Scorecard
from scorecards.signals import dispute_closed, dispute_filed, scorecard_submitted
from training.events import page_completed
from training.models import Completion


@receiver(scorecard_submitted)
def tell_of_submission(scorecard: Scorecard, **kwargs: Any) -> None:
    """Off the record says nothing to anybody."""
    if not scorecard.assignment.is_off_record:
        tell(EventKind.SCORECARD_SUBMITTED, _scorecard(scorecard), at=scorecard.submitted_at)


@receiver(dispute_filed)
def tell_of_dispute(dispute: Dispute, **kwargs: Any) -> None:
    tell(EventKind.SCORECARD_DISPUTED, _dispute(dispute), at=dispute.filed_at)


@receiver(dispute_closed)
def tell_of_resolution(dispute: Dispute, **kwargs: Any) -> None:
    tell(
        EventKind.DISPUTE_RESOLVED,
        {**_dispute(dispute), "outcome": dispute.state, "new_scorecard": dispute.result_id},
        at=dispute.decided_at,
    )


@receiver(page_completed)
def tell_of_completion(completion: Completion, page: Page, **kwargs: Any) -> None:
    """Of whole modules; steps would be noise."""
    if not issubclass(page.specific_class, ModulePage):
        return
    tell(
        EventKind.MODULE_COMPLETED,
        {
            "completion": completion.pk,
            "person": completion.user_id,
            "module": completion.page_id,
            "round": completion.round,
            "completed_at": completion.completed_at.isoformat(),
        },
        at=completion.completed_at,
    )


@receiver(edition_published)
def tell_of_procedure(
    page: Any, edition: Any, at: dt.datetime | None = None, **kwargs: Any
) -> None:
    tell(
        EventKind.PROCEDURE_CHANGED,
        {
            "procedure": page.pk,
            "title": page.title,
            "edition": edition.number,
            "kind": edition.kind,
            "url": page.full_url or "",
        },
        at=at,
    )


def _scorecard(scorecard: Scorecard) -> dict[str, Any]:
    """Keys and figures, no words: who wants these asks the API, with a token that may."""
    return {
        "scorecard": scorecard.pk,
        "revision": scorecard.revision,
        "interaction": scorecard.interaction_id,
        "agent": scorecard.agent_id,
        "reviewer": scorecard.reviewer_id,
        "rubric_version": scorecard.version_id,
        "percent": None if scorecard.percent is None else float(scorecard.percent),
        "outcome": scorecard.outcome,
        "is_held": scorecard.is_held,
        "url": f"{settings.BASE_URL.rstrip('/')}{scorecard.get_absolute_url()}",
    }


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute": dispute.pk,
        "scorecard": dispute.scorecard_id,
        "agent": dispute.scorecard.agent_id,
        "url": f"{settings.BASE_URL.rstrip('/')}{dispute.get_absolute_url()}",
    }


@receiver(person_deactivated)
def revoke_tokens(person: User, **kwargs: Any) -> None:
    """For good: whoever comes back gets new ones."""
    revoke_tokens_of(person)
