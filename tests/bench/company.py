"""The demo organisation times a hundred: `python -m tests.bench.company HOME [TIMES]`.

Adds people, teams, reviewers and graded conversations to a demo that `python -m config.demo --home HOME
--prepare` has made, by bulk: what the pages of the whole company cost is measured on it. Marthe Lindholm
manages the first of the new teams too. The truth behind the grades is simulated and known: people, teams
and reviewers differ, new hires learn, and one module helps those who took it. Everything is scored by the
product's own function, and the rollups are the sums of that.
"""

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

AGENTS, REVIEWERS, PER_TEAM = 1200, 40, 20
SCORECARDS_EACH = 43
WEEKS = 26
BATCH = 2000
# On the scale of percents, in the proportions of docs/measurement.md.
SD_AGENT, SD_TEAM, SD_REVIEWER, SD_PAIR, SD_REVIEW, SD_CRITERION = 9.0, 5.0, 6.0, 3.0, 12.0, 18.0
MEAN = 76.0
TRAINING_GAIN = 7.0
CROSS_TEAM = 0.2


def build(*, times: int, today: dt.date) -> None:
    from django.db import connection, transaction

    chance = np.random.default_rng(7)
    with transaction.atomic():
        people = _People(times * AGENTS // 100, chance, today)
        _grade(people, chance, today)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class _People:
    """Who is there, and how good, strict and experienced each truly is."""

    def __init__(self, count: int, chance: np.random.Generator, today: dt.date) -> None:
        from django.contrib.auth.models import Group

        from people.models import Membership, Team, User
        from people.roles import Role

        self.count = count
        manager = User.objects.get(email__startswith="marthe.lindholm@")
        teams = [
            Team.objects.create(name=f"Hall {number + 1}") for number in range(count // PER_TEAM)
        ]
        password = manager.password

        def persons(word: str, n: int, role: Role, started: list[dt.date]) -> list[User]:
            rows = User.objects.bulk_create(
                User(
                    email=f"{word.lower()}{place}@halls.example",
                    first_name=word,
                    last_name=f"No. {place}",
                    started_on=started[place],
                    password=password,
                )
                for place in range(n)
            )
            group = Group.objects.get(name=role.value)
            User.groups.through.objects.bulk_create(
                User.groups.through(user=row, group=group) for row in rows
            )
            return rows

        self.is_new = chance.random(count) < 0.15
        days = np.where(
            self.is_new, chance.integers(20, WEEKS * 7, count), chance.integers(300, 3000, count)
        )
        started = [today - dt.timedelta(days=int(day)) for day in days]
        self.started = started
        self.agents = persons("Agent", count, Role.AGENT, started)
        reviewers = max(6, REVIEWERS * count // AGENTS)
        long_ago = today - dt.timedelta(days=900)
        self.reviewers = persons("Reviewer", reviewers, Role.REVIEWER, [long_ago] * reviewers)
        self.team = np.minimum(np.arange(count) // PER_TEAM, len(teams) - 1)
        Membership.objects.bulk_create(
            Membership(team=teams[self.team[place]], user=row, starts_on=started[place])
            for place, row in enumerate(self.agents)
        )
        Membership.objects.bulk_create(
            Membership(team=team, user=manager, kind=Membership.Kind.MANAGER, starts_on=long_ago)
            for team in teams[: max(1, len(teams) // 10)]
        )
        self.good = (
            MEAN
            + chance.normal(0, SD_AGENT, count)
            + chance.normal(0, SD_TEAM, len(teams))[self.team]
        )
        self.strict = chance.normal(0, SD_REVIEWER, reviewers)
        self.view = chance.normal(0, SD_PAIR, (count, reviewers))
        self.home = chance.integers(0, reviewers, (len(teams), 2))


def _grade(people: _People, chance: np.random.Generator, today: dt.date) -> None:
    """Interactions with a short conversation, an assignment, a scorecard and its criterion scores each;
    the customers' answers to a fifth; then the rollups."""
    from django.utils import timezone

    from content.models import ModulePage
    from interactions.models import Customer, Interaction, SurveyAnswer, Transcript
    from people.channels import Channel
    from scorecards.loading import load_version, rules_of
    from scorecards.models import (
        CriterionScore,
        ReviewAssignment,
        Rollup,
        RubricVersion,
        Scorecard,
    )
    from scorecards.rollups import _rows, _upsert
    from scorecards.scoring import Answer, score
    from training.models import ModuleAssignment

    newest = RubricVersion.objects.filter(
        rubric__key="customer-conversation", state=RubricVersion.State.PUBLISHED
    ).latest("published_at")
    version = load_version(newest.pk)
    spec = rules_of(version).spec
    criteria = [row for section in version.sections.all() for row in section.criteria.all()]
    levels = {row.pk: list(row.levels.all()) for row in criteria}
    shares = {
        pk: np.array(
            [
                100 * float((row.points - rows[0].points) / (rows[-1].points - rows[0].points))
                for row in rows
            ]
        )
        for pk, rows in levels.items()
    }
    pool = Customer.objects.bulk_create(
        Customer(source="halls", external_id=f"c{number}") for number in range(500)
    )
    channels = [Channel.PHONE, Channel.EMAIL, Channel.CHAT]
    turns = [
        {"id": "m1", "speaker": "customer", "text": "My order has not come yet.", "offset": 0},
        {
            "id": "m2",
            "speaker": "agent",
            "text": "I am sorry. I will look into it today.",
            "offset": 9,
        },
    ]
    words = Transcript.plain_text(turns)
    module = ModulePage.objects.live().order_by("pk").first()
    middle = today - dt.timedelta(weeks=WEEKS // 2)
    n = people.count
    is_low = people.good + chance.normal(0, SD_REVIEW / 2, n) < MEAN - SD_AGENT
    is_trained = is_low & (chance.random(n) < 0.5) & ~people.is_new
    trained = np.flatnonzero(is_trained)
    when = timezone.make_aware(dt.datetime.combine(middle, dt.time(9)))
    ModuleAssignment.objects.bulk_create(
        ModuleAssignment(
            user=people.agents[place],
            module=module,
            assigned_at=when,
            completed_at=when + dt.timedelta(days=5),
            reason="Low scores in the month before.",
        )
        for place in trained
    )

    cells: dict[tuple, list[float]] = {}
    for start in range(0, n, 50):
        cards, drafts = [], []
        for place in range(start, min(start + 50, n)):
            agent = people.agents[place]
            for number in range(SCORECARDS_EACH):
                day = today - dt.timedelta(days=int(chance.integers(1, WEEKS * 7)))
                if day < people.started[place]:
                    continue
                moment = timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
                at_home = chance.random() > CROSS_TEAM
                reviewer = int(
                    chance.choice(people.home[people.team[place]])
                    if at_home
                    else chance.integers(len(people.reviewers))
                )
                weeks_here = (day - people.started[place]).days / 7
                truth = (
                    people.good[place]
                    - (18 * np.exp(-weeks_here / 8) if people.is_new[place] else 0)
                    + (TRAINING_GAIN if is_trained[place] and day > middle else 0)
                )
                seen = truth + people.strict[reviewer] + people.view[place, reviewer]
                seen += chance.normal(0, SD_REVIEW)
                drafts.append((place, agent, reviewer, day, moment, seen, number))
        interactions = Interaction.objects.bulk_create(
            (
                Interaction(
                    source="halls",
                    external_id=f"{place}-{number}",
                    channel=channels[number % 3],
                    subject="Where is my order?",
                    agent=agent,
                    customer=pool[(place * 31 + number) % len(pool)],
                    started_at=moment,
                    occurred_at=moment,
                    message_count=2,
                )
                for place, agent, _reviewer, _day, moment, _seen, number in drafts
            ),
            batch_size=BATCH,
        )
        Transcript.objects.bulk_create(
            (Transcript(interaction=row, messages=turns, text=words) for row in interactions),
            batch_size=BATCH,
        )
        SurveyAnswer.objects.bulk_create(
            SurveyAnswer(
                interaction=row,
                kind=SurveyAnswer.Kind.CSAT,
                value=int(np.clip(round(draft[5] / 20 + chance.normal(0, 1)), 1, 5)),
                answered_at=row.occurred_at,
                source="halls",
            )
            for row, draft in zip(interactions, drafts, strict=True)
            if chance.random() < 0.2
        )
        picks = ReviewAssignment.objects.bulk_create(
            (
                ReviewAssignment(
                    interaction=row,
                    reviewer=people.reviewers[draft[2]],
                    rubric=version.rubric,
                    inclusion_probability=(0.1, 0.2)[draft[6] % 2],
                    state=ReviewAssignment.State.DONE,
                )
                for row, draft in zip(interactions, drafts, strict=True)
            ),
            batch_size=BATCH,
        )
        chosen, results = [], []
        for draft in drafts:
            grades = {}
            for row in criteria:
                value = draft[5] + chance.normal(0, SD_CRITERION)
                grades[row.pk] = levels[row.pk][int(np.abs(shares[row.pk] - value).argmin())]
            chosen.append(grades)
            answers = {
                pk: Answer(level.points, level.is_critical_failure) for pk, level in grades.items()
            }
            results.append(score(spec, answers))
        cards = Scorecard.objects.bulk_create(
            (
                Scorecard(
                    assignment=pick,
                    interaction=row,
                    version=version,
                    reviewer=people.reviewers[draft[2]],
                    agent=draft[1],
                    state=Scorecard.State.SUBMITTED,
                    started_at=draft[4],
                    submitted_at=draft[4] + dt.timedelta(days=2),
                    month=draft[3].replace(day=1),
                    percent=result.percent,
                    section_percents={
                        str(pk): float(percent)
                        for pk, percent in result.section_percents.items()
                        if percent is not None
                    },
                    skill_percents={str(pk): float(p) for pk, p in result.skill_percents.items()},
                    outcome=result.outcome.value,
                    active_seconds=int(chance.gamma(4, 90)),
                )
                for row, pick, draft, result in zip(
                    interactions, picks, drafts, results, strict=True
                )
            ),
            batch_size=BATCH,
        )
        CriterionScore.objects.bulk_create(_scores(cards, chosen), batch_size=BATCH)
        for card, result in zip(cards, results, strict=True):
            for row in _rows(card, result):
                sums = cells.setdefault(row[:8], [0.0] * 9)
                for place, value in enumerate(row[8:]):
                    sums[place] += value
    _upsert((*key, *sums) for key, sums in cells.items())
    print(f"{Scorecard.objects.count():,} scorecards, {Rollup.objects.count():,} rollups")  # noqa: T201


def _scores(cards: list, chosen: list) -> Iterator:
    from scorecards.models import CriterionScore

    for card, grades in zip(cards, chosen, strict=True):
        for pk, level in grades.items():
            yield CriterionScore(
                scorecard=card, criterion_id=pk, level=level, saved_at=card.submitted_at
            )


def main() -> None:
    from config.demo.__main__ import set_environment

    set_environment(Path(sys.argv[1]).resolve())
    import django

    django.setup()
    from django.utils import timezone

    build(times=int(sys.argv[2]) if len(sys.argv) > 2 else 100, today=timezone.localdate())


if __name__ == "__main__":
    main()
