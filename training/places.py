"""How far somebody is in a lesson, reckoned against the lesson as it stands now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from content.models import LessonPage
from people.models import User
from training.models import LessonPlace


@dataclass(frozen=True, slots=True)
class Reading:
    """`block` is where to go on: the block itself, or where it is gone the nearest before it that is
    still there; "" at the beginning. `seen` counts blocks that are still there."""

    total: int
    seen_ids: Sequence[str] = ()
    block: str = ""
    media: Mapping[str, float] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        return len(self.seen_ids)

    @property
    def percent(self) -> int:
        return self.seen * 100 // self.total if self.total else 0

    @property
    def is_begun(self) -> bool:
        return bool(self.block)


def block_ids(lesson: LessonPage) -> list[str]:
    return [str(block.id) for block in lesson.body]


def reading_of(user: User, lesson: LessonPage) -> Reading:
    """One query."""
    now = block_ids(lesson)
    place = LessonPlace.objects.filter(user=user, lesson=lesson).first()
    return resume(place.trail, place.seen, place.media, now) if place else Reading(total=len(now))


def resume(
    trail: Sequence[str], seen: Sequence[str], media: Mapping[str, Any], now: Sequence[str]
) -> Reading:
    there, known = set(now), set(seen)
    kept = [block for block in trail if block in there]
    # Where nobody has gone beyond the first block there is no place to go back to.
    block = kept[-1] if kept and kept[-1] != now[0] else ""
    return Reading(
        total=len(now),
        seen_ids=[block for block in now if block in known],
        block=block,
        media={key: value for key, value in media.items() if key in there},
    )
