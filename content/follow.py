"""Following a procedure step by step: where somebody is, and going on from there."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import FollowProgress, ProcedurePage
from content.steps import Exit, Flow, Step
from people.channels import Channel
from people.models import User


class CannotMove(Exception):
    """There is no such way on from here; the message is for the person."""


@dataclass(frozen=True)
class Taken:
    """A step that was done, and the way that was chosen there."""

    step: Step
    exit: Exit
    count: int  # how often the step was come to so far


@dataclass
class Place:
    """Where the path has led: to the step `at`, or to `end` (done, elsewhere, or to a contact)."""

    taken: list[Taken] = field(default_factory=list)
    at: Step | None = None
    end: Exit | None = None
    left_at_least: int = 0

    @property
    def visit(self) -> int:
        """Which time this is that one has come to the step."""
        return 1 + sum(taken.step.key == self.at.key for taken in self.taken) if self.at else 0

    @property
    def whole(self) -> int:
        """The steps done and those still to do on the shortest way."""
        return len(self.taken) + self.left_at_least


def place_of(flow: Flow, path: list[list[str | int]]) -> Place:
    """Replay `path`. It ends where it no longer fits, which only a newer edition can make happen."""
    place = Place(at=flow.first)
    counts: dict[str, int] = {}
    for key, choice in path:
        exits = flow.exits(place.at) if place.at and place.at.key == key else []
        if place.at is None or not isinstance(choice, int) or not 0 <= choice < len(exits):
            break
        way = exits[choice]
        counts[place.at.key] = counts.get(place.at.key, 0) + 1
        place.taken.append(Taken(place.at, way, counts[place.at.key]))
        place.at = way.step
        place.end = None if way.step else way
    if place.at:
        place.left_at_least = flow.steps_to_end().get(place.at.key, 1)
    return place


def progress_of(user: User, page: ProcedurePage) -> FollowProgress | None:
    progress = (
        FollowProgress.objects.filter(user=user, page=page).select_related("revision").first()
    )
    if progress:
        progress.page = page
    return progress


def edition_of(progress: FollowProgress) -> ProcedurePage:
    """The page as it was when following began; the current one where that edition is no longer kept."""
    if not progress.is_outdated or progress.revision is None:
        return progress.page
    edition: ProcedurePage = progress.revision.as_object()
    return edition


def flow_of(progress: FollowProgress) -> Flow:
    channel = Channel(progress.channel) if progress.channel else None
    return edition_of(progress).flow(progress.user, channel)


def start(
    page: ProcedurePage, *, by: User, channel: Channel | None, at: dt.datetime | None = None
) -> FollowProgress:
    """Begin at the first step of the edition that is published now, whatever was followed before."""
    progress, _created = FollowProgress.objects.update_or_create(
        user=by,
        page=page,
        defaults={
            "channel": channel.value if channel else "",
            "revision_id": page.live_revision_id,
            "published_at": page.last_published_at,
            "path": [],
            "started_at": at or timezone.now(),
        },
    )
    return progress


def go_on(page: ProcedurePage, *, by: User, after: int, choice: int) -> FollowProgress:
    """Take the way `choice` from the step that `after` steps have led to."""
    with transaction.atomic():
        progress, flow, place = _at(page, by=by, after=after)
        if place.at is None or not 0 <= choice < len(flow.exits(place.at)):
            raise CannotMove(_("There is no such way on from here. Choose one of these."))
        # What a newer edition has no place for was cut off by the replay.
        progress.path = [*progress.path[: len(place.taken)], [place.at.key, choice]]
        progress.save(update_fields=["path"])
    return progress


def go_back(page: ProcedurePage, *, by: User, after: int) -> FollowProgress:
    """Undo the last step; at the first one nothing happens."""
    with transaction.atomic():
        progress, _flow, place = _at(page, by=by, after=after)
        progress.path = progress.path[: max(len(place.taken) - 1, 0)]
        progress.save(update_fields=["path"])
    return progress


def _at(page: ProcedurePage, *, by: User, after: int) -> tuple[FollowProgress, Flow, Place]:
    """The person's row, locked, and where it stands, which has to be behind `after` steps."""
    progress = (
        FollowProgress.objects.select_for_update(of=("self",))
        .select_related("revision", "user")
        .filter(user=by, page=page)
        .first()
    )
    if progress is None:
        raise CannotMove(_("You have not started to follow this procedure yet. Start here."))
    progress.page = page
    flow = flow_of(progress)
    place = place_of(flow, progress.path)
    if after != len(place.taken):
        raise CannotMove(
            _("You have gone on in another window meanwhile. This is where you are now.")
        )
    return progress, flow, place
