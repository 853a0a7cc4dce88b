"""Where a reader is in a lesson is kept while they read."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from content.models import LessonPage
from people.models import User
from training.models import LessonPlace
from training.places import block_ids


def keep_place(
    user: User,
    lesson: LessonPage,
    *,
    block: str = "",
    seen: Collection[str] = (),
    media: Mapping[str, float] | None = None,
    at: dt.datetime | None = None,
) -> LessonPlace:
    """The place is `block`; what was seen before stays seen. Blocks that the lesson does not have are
    passed over: an editor may have published while somebody was reading."""
    order = block_ids(lesson)
    with transaction.atomic():
        LessonPlace.objects.get_or_create(user=user, lesson=lesson)
        place = LessonPlace.objects.select_for_update().get(user=user, lesson=lesson)
        if block in order:
            place.trail = order[: order.index(block) + 1]
        known = set(place.seen) | set(seen)
        place.seen = [each for each in order if each in known]
        kept = {**place.media, **(media or {})}
        place.media = {each: seconds for each, seconds in kept.items() if each in order}
        place.changed_at = at or timezone.now()
        place.save()
    return place
