"""Whom a rule would have hit last quarter, before it is switched on."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.utils import timezone

from coaching.rule_grades import criteria_of, grades_by_agent
from coaching.rules import RuleTerms, replay
from people.models import Membership, User
from scorecards.models import Rubric

QUARTER = dt.timedelta(days=91)


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody, and when it would have fired for them, the first time first."""

    person: User
    times: tuple[dt.datetime, ...]


@dataclass(frozen=True, slots=True)
class TeamHits:
    name: str
    people: int


@dataclass(slots=True)
class Preview:
    """`hits` are those whom the reader may see; `others` counts the rest. `graded` people had any grade
    of the criterion in the quarter, in `grades` conversations."""

    since: dt.date
    until: dt.date
    graded: int = 0
    grades: int = 0
    people: int = 0
    times: int = 0
    hits: list[Hit] = field(default_factory=list)
    others: int = 0
    teams: list[TeamHits] = field(default_factory=list)


def preview_of(
    rubric: Rubric, key: str, terms: RuleTerms, *, reader: User, at: dt.datetime
) -> Preview:
    """As if each grade had been given at the time of its conversation. Seven queries; the grades of the
    quarter come one after the other."""
    since = at - QUARTER
    found = Preview(timezone.localdate(since), timezone.localdate(at))
    fired: dict[int, tuple[dt.datetime, ...]] = {}
    for agent, grades in grades_by_agent(criteria_of(rubric, [key]), since=since):
        found.graded += 1
        found.grades += len(grades)
        if hits := replay(grades, terms):
            fired[agent] = tuple(each.at for each in hits)
    found.people, found.times = len(fired), sum(len(times) for times in fired.values())
    seen = User.objects.visible_to(reader).filter(pk__in=fired).order_by("first_name", "last_name")
    found.hits = [Hit(person, fired[person.pk]) for person in seen]
    found.others = found.people - len(found.hits)
    teams = Counter(
        Membership.objects.current(on=found.until)
        .filter(user__in=fired, kind=Membership.Kind.MEMBER)
        .values_list("team__name", flat=True)
    )
    found.teams = [TeamHits(name, n) for name, n in sorted(teams.items(), key=lambda row: -row[1])]
    return found
