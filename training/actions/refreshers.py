"""Refreshers are answered, and answers taken back."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User
from training import refreshers
from training.actions.refusals import NotAllowed
from training.models import RefresherReview, RefresherState
from training.refresher_sessions import cards_for, scheduler_in_use

LONGEST = 600


class CardGone(NotAllowed):
    """The card was retired, or its procedure is not published any more."""


class RatedAlready(NotAllowed):
    """This showing was rated in another tab."""


class NotToBeUndone(NotAllowed):
    """The answer was taken back already, or the card was answered again since."""


def rate_refresher(
    user: User,
    card_id: int,
    *,
    showing: int,
    rating: int,
    day: dt.date,
    seconds: int | None = None,
    at: dt.datetime | None = None,
) -> RefresherReview:
    """Note how well `user` knew the card; it comes again when the scheduler says.

    `showing` is what stood on the screen: of two answers to one showing the first holds. `day` is the
    day where the person is.
    """
    at = at or timezone.now()
    with transaction.atomic():
        if not cards_for(user).filter(pk=card_id).exists():
            raise CardGone(
                _(
                    "This card is not asked any more: what it rests on has changed. Here is the next."
                )
            )
        RefresherState.objects.get_or_create(user=user, card_id=card_id)
        state = RefresherState.objects.select_for_update().get(user=user, card_id=card_id)
        if state.showing != showing or (state.due_on is not None and state.due_on > day):
            raise RatedAlready(
                _(
                    "You have answered this card already, perhaps in another tab. That answer stands."
                )
            )
        before = state.memory
        # Who flew west lives the same day twice; the scheduler's days only go forward.
        known = before["last_review"] if before else None
        moment = refreshers.noon(day)
        if known:
            moment = max(moment, dt.datetime.fromisoformat(known))
        after, due = refreshers.answered(scheduler_in_use(), before, rating, at=moment)
        review = RefresherReview.objects.create(
            user=user,
            card_id=card_id,
            showing=showing,
            rating=rating,
            day=day,
            at=at,
            seconds=min(max(seconds, 1), LONGEST) if seconds is not None else None,
            was_new=before is None,
            before=before,
            after=after,
        )
        state.memory, state.due_on, state.last_review = after, due.date(), at
        state.showing += 1
        state.save()
    return review


def undo_refresher(
    user: User, review_id: int, *, day: dt.date, at: dt.datetime | None = None
) -> RefresherReview:
    """Take an answer of today back; the card is asked again as if it had not been given."""
    at = at or timezone.now()
    refusal = NotToBeUndone(_("This answer cannot be taken back any more. Nothing was changed."))
    with transaction.atomic():
        review = RefresherReview.objects.standing().filter(user=user, pk=review_id, day=day).first()
        if review is None:
            raise refusal
        state = RefresherState.objects.select_for_update().get(user=user, card=review.card_id)
        if state.showing != review.showing + 1:
            raise refusal
        undo = RefresherReview.objects.create(
            user=user, card_id=review.card_id, showing=state.showing, undoes=review, day=day, at=at
        )
        earlier = (
            RefresherReview.objects.standing()
            .filter(user=user, card=review.card_id, pk__lt=review.pk)
            .order_by("-pk")
            .first()
        )
        state.memory = review.before
        state.due_on = (
            dt.datetime.fromisoformat(review.before["due"]).date() if review.before else None
        )
        state.last_review = earlier.at if earlier else None
        state.showing += 1
        state.save()
    return undo
