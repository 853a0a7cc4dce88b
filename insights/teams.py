"""The people whose skills a manager or administrator looks after, and their rows in the table."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from insights.forms import TeamOrder
from insights.pictures import SPARK_MONTHS, SkillCell, scale_for, skill_cells
from insights.skills import (
    CURRENT_MONTHS,
    Measure,
    Profile,
    Window,
    load_cells,
    profiles_of,
)
from people.models import Membership, User, UserQuerySet
from people.roles import Role
from scorecards.models import Rollup, Scorecard


@dataclass(frozen=True, slots=True)
class PersonRow:
    person: User
    teams: list[str]
    cells: list[SkillCell]
    last_scored_at: dt.datetime | None


def people_of(user: User, *, on: dt.date) -> UserQuerySet:
    """For who may see everybody, all who serve; for a manager, those of their teams on that day."""
    if not user.has_perm("people.view_everybody"):
        return User.objects.managed_by(user, on=on)
    serving = Membership.objects.current(on=on).filter(
        kind=Membership.Kind.MEMBER, user=OuterRef("pk")
    )
    agents = User.objects.with_role(Role.AGENT).values("pk")
    return User.objects.filter(Q(Exists(serving)) | Q(pk__in=agents), is_active=True)


def narrow(people: UserQuerySet, *, name: str | None, team: object, on: dt.date) -> UserQuerySet:
    """Those in `team` on that day whose first and last name hold every word of `name`."""
    for word in (name or "").split():
        people = people.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word))
    if team:
        people = people.filter(pk__in=User.objects.members_on(on, teams=[team]).values("pk"))
    return people


def in_order(
    people: UserQuerySet, order: str, *, reader: User, on: dt.date, channel: str = ""
) -> UserQuerySet:
    """Sorted, and with `last_scored_at`: an index look-up for each person that is shown (for order
    "longest": for each that is listed). What is held back from `reader` does not exist for them."""
    scorecards = Scorecard.objects.submitted().exclude(agent=reader, is_held=True)
    latest = scorecards.filter(agent=OuterRef("pk")).order_by("-submitted_at")
    people = people.annotate(last_scored_at=Subquery(latest.values("submitted_at")[:1]))
    names = ("first_name", "last_name", "pk")
    if order == TeamOrder.TEAM:
        team = Membership.objects.current(on=on).filter(
            kind=Membership.Kind.MEMBER, user=OuterRef("pk")
        )
        people = people.annotate(
            team_name=Subquery(team.order_by("team__name").values("team__name")[:1])
        )
        return people.order_by(F("team_name").asc(nulls_last=True), *names)
    if order == TeamOrder.FEWEST:
        now = Window.of(CURRENT_MONTHS, until=on)
        graded = Rollup.objects.exclude(agent=reader, is_held=True).filter(
            agent=OuterRef("pk"), subject=Rollup.Subject.TOTAL, month__range=(now.first, now.last)
        )
        if channel:
            graded = graded.filter(channel=channel)
        count = graded.order_by().values("agent").annotate(count=Sum("n")).values("count")
        people = people.annotate(graded=Coalesce(Subquery(count), Value(0)))
        return people.order_by("graded", *names)
    if order == TeamOrder.LONGEST:
        return people.order_by(F("last_scored_at").asc(nulls_first=True), *names)
    return people.order_by(*names)


def with_teams(people: UserQuerySet, *, on: dt.date) -> UserQuerySet:
    """With `current_memberships`, each with its team: one more query."""
    current = Membership.objects.current(on=on).filter(kind=Membership.Kind.MEMBER)
    return people.prefetch_related(
        Prefetch("memberships", current.select_related("team"), to_attr="current_memberships")
    )


def rows_of(
    people: Sequence[User],
    measured: Sequence[Measure],
    *,
    reader: User,
    on: dt.date,
    channel: str = "",
) -> list[PersonRow]:
    """A row for each of `people`, who come from `with_teams` and `in_order`. Two queries."""
    now, shown = Window.of(CURRENT_MONTHS, until=on), Window.of(SPARK_MONTHS, until=on)
    rollups = Rollup.objects.exclude(agent=reader, is_held=True)
    rollups = rollups.filter(agent__in=[person.pk for person in people])
    cells = load_cells(rollups, measured, shown, channel=channel, by_agent=True)
    profiles = profiles_of(cells, now=now)
    scale = scale_for([e for profile in profiles.values() for e in profile.by_month.values()])
    return [
        PersonRow(
            person=person,
            teams=[membership.team.name for membership in person.current_memberships],  # type: ignore[attr-defined]
            cells=skill_cells(profile, measured, shown.months, scale),
            last_scored_at=person.last_scored_at,  # type: ignore[attr-defined]
        )
        for person in people
        for profile in [profiles.get(person.pk, Profile())]
    ]
