"""A team after some years: written straight into the tables, for it is the reading that is measured."""

import datetime as dt
import random
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from interactions.models import Interaction, Transcript
from people.channels import Channel
from people.models import Membership, User
from people.roles import Role
from scorecards.actions import Grade, record_grades, start_scorecard
from scorecards.models import Criterion, ReviewAssignment, RubricVersion, Scorecard
from tests.factories.interactions import CustomerFactory, InteractionFactory, TranscriptFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.scorecards import (
    CriterionFactory,
    ReviewAssignmentFactory,
    RubricFactory,
    SectionFactory,
)

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Data:
    reviewer: User
    manager: User
    agent: User
    criteria: list[Criterion]
    long_draft: Scorecard
    drafts: list[Scorecard]
    finished: Scorecard
    month: dt.date


def build(*, messages: int, waiting: int, scorecards: int, agents: int, drafts: int) -> Data:
    """That many messages in one conversation, drafts ready to be submitted, picks that wait behind
    them, and submitted scorecards of that many agents over two years."""
    version, criteria = _rubric()
    team = TeamFactory()
    manager = UserFactory(roles=[Role.MANAGER])
    MembershipFactory(user=manager, team=team, kind=Membership.Kind.MANAGER)
    people = [UserFactory(roles=[Role.AGENT]) for _agent in range(agents)]
    for person in people:
        MembershipFactory(user=person, team=team)
    reviewer = UserFactory(roles=[Role.REVIEWER])
    months = _history(version, people, reviewer, count=scorecards)

    def draft(interaction: Interaction) -> Scorecard:
        pick = ReviewAssignmentFactory(
            reviewer=reviewer, rubric=version.rubric, interaction=interaction
        )
        return start_scorecard(pick, by=reviewer)

    long_draft = draft(_conversation(people[0], messages))
    ready = [draft(_conversation(people[n % agents], 20)) for n in range(drafts)]
    for scorecard in ready:
        grades = {row: Grade(level=row.levels.all()[2].pk, comment="Well put.") for row in criteria}
        record_grades(scorecard, grades, by=reviewer)
    _queue(version, people, reviewer, count=waiting)
    with connection.cursor() as cursor:
        # As both databases do by themselves in time.
        cursor.execute("ANALYZE")
    return Data(
        reviewer,
        manager,
        people[0],
        criteria,
        long_draft,
        ready,
        Scorecard.objects.submitted().first(),
        months[-1],
    )


def _rubric() -> tuple[RubricVersion, list[Criterion]]:
    """Twelve criteria in three sections."""
    version = RubricVersion.objects.create(rubric=RubricFactory(), number=1)
    for part in range(3):
        section = SectionFactory(version=version, key=f"part-{part}", position=part)
        for place in range(4):
            CriterionFactory(
                section=section,
                key=f"criterion-{part}-{place}",
                position=place,
                skill__key=f"skill-{part}",
            )
    RubricVersion.objects.filter(pk=version.pk).update(
        state=RubricVersion.State.PUBLISHED, published_at=timezone.now()
    )
    version.refresh_from_db()
    rows = Criterion.objects.filter(section__version=version).prefetch_related("levels")
    return version, list(rows)


def _conversation(agent: User, count: int) -> Interaction:
    turns = [
        {
            "id": f"m{place}",
            "speaker": ("customer", "agent")[place % 2],
            "text": f"Message {place}: where is my order, and who calls me back about it?",
            "offset": place * 7,
        }
        for place in range(count)
    ]
    interaction = InteractionFactory(agent=agent, message_count=count, transcript=None)
    TranscriptFactory(interaction=interaction, messages=turns)
    return interaction


def _interactions(people: list[User], count: int, label: str, since: dt.datetime) -> list:
    customer = CustomerFactory()
    rows = Interaction.objects.bulk_create(
        (
            Interaction(
                source="bench",
                external_id=f"{label}-{number}",
                channel=Channel.CHAT,
                subject=f"Order {number}",
                agent=people[number % len(people)],
                customer=customer,
                started_at=(moment := since + dt.timedelta(minutes=number * 50)),
                occurred_at=moment,
                message_count=4,
            )
            for number in range(count)
        ),
        batch_size=BATCH,
    )
    messages = [{"id": "m1", "speaker": "agent", "text": "Good morning.", "offset": 0}]
    Transcript.objects.bulk_create(
        (
            Transcript(interaction=row, messages=messages, text=Transcript.plain_text(messages))
            for row in rows
        ),
        batch_size=BATCH,
    )
    return rows


def _history(
    version: RubricVersion, people: list[User], reviewer: User, *, count: int
) -> list[dt.date]:
    """Submitted scorecards, one for each interaction; their months, in order."""
    since = timezone.now() - dt.timedelta(minutes=count * 50 + 1)
    interactions = _interactions(people, count, "history", since)
    picks = ReviewAssignment.objects.bulk_create(
        (
            ReviewAssignment(
                interaction=row,
                reviewer=reviewer,
                rubric=version.rubric,
                inclusion_probability=0.25,
                state=ReviewAssignment.State.DONE,
            )
            for row in interactions
        ),
        batch_size=BATCH,
    )
    chance = random.Random(1)
    cards = [
        Scorecard(
            assignment=pick,
            interaction=row,
            version=version,
            reviewer=reviewer,
            agent=row.agent,
            state=Scorecard.State.SUBMITTED,
            started_at=row.started_at,
            submitted_at=row.started_at,
            month=row.started_at.date().replace(day=1),
            percent=(percent := chance.randint(40, 100)),
            outcome=Scorecard.Outcome.PASS if percent >= 80 else Scorecard.Outcome.FAIL,
        )
        for row, pick in zip(interactions, picks, strict=True)
    ]
    Scorecard.objects.bulk_create(cards, batch_size=BATCH)
    return sorted({card.month for card in cards if card.month})


def _queue(version: RubricVersion, people: list[User], reviewer: User, *, count: int) -> None:
    today = timezone.localdate()
    ReviewAssignment.objects.bulk_create(
        ReviewAssignment(
            interaction=row,
            reviewer=reviewer,
            rubric=version.rubric,
            inclusion_probability=0.25,
            due_on=today + dt.timedelta(days=number % 14),
        )
        for number, row in enumerate(_interactions(people, count, "queue", timezone.now()))
    )
