"""The people whose skills a manager or administrator looks after, narrowed and sorted."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from insights.forms import TeamOrder
from insights.skills import Window
from people.models import Membership, User, UserQuerySet
from people.roles import Role
from scorecards.models import Rollup, Scorecard


def people_of(user: User, *, on: dt.date) -> UserQuerySet:
    """For who may see everybody, all who serve; for a manager, those of their teams on that day."""
    if not user.has_perm("people.view_everybody"):
        return User.objects.managed_by(user, on=on).filter(is_active=True)
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
    people: UserQuerySet,
    order: str,
    *,
    reader: User,
    on: dt.date,
    window: Window,
    channel: str = "",
) -> UserQuerySet:
    """Sorted. "Fewest" counts what enters averages in `window`, "longest" looks at the newest scorecard
    of all. What is held back from `reader` does not exist for them."""
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
        graded = Rollup.objects.exclude(agent=reader, is_held=True).filter(
            agent=OuterRef("pk"),
            subject=Rollup.Subject.TOTAL,
            month__range=(window.first, window.last),
        )
        if channel:
            graded = graded.filter(channel=channel)
        count = graded.order_by().values("agent").annotate(count=Sum("n")).values("count")
        people = people.annotate(graded=Coalesce(Subquery(count), Value(0)))
        return people.order_by("graded", *names)
    if order == TeamOrder.LONGEST:
        scorecards = Scorecard.objects.submitted().exclude(agent=reader, is_held=True)
        latest = scorecards.filter(agent=OuterRef("pk")).order_by("-submitted_at")
        people = people.annotate(last_scored_at=Subquery(latest.values("submitted_at")[:1]))
        return people.order_by(F("last_scored_at").asc(nulls_first=True), *names)
    return people.order_by(*names)


def with_teams(people: UserQuerySet, *, on: dt.date) -> UserQuerySet:
    """With `current_memberships`, each with its team: one more query."""
    current = Membership.objects.current(on=on).filter(kind=Membership.Kind.MEMBER)
    return people.prefetch_related(
        Prefetch("memberships", current.select_related("team"), to_attr="current_memberships")
    )
