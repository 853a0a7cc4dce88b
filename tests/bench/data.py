"""A data set of any size from a seed: `build(interactions=…)`.

Two years of 500 agents in teams, 60 reviewers, conversations, customers and what these answered,
scorecards for a tenth with criterion scores and evidence, what each agent learned, and the audit log. It
is added to a database that has a published rubric and learning modules: the demo's, or what a test made.
Rows go in by portions, so that memory does not grow with the size; what triggers, rollups and standards
need is made by the product's own functions.
"""

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from config.demo.logins import AGENT, MANAGER, NEW_HIRE, REVIEWER
from content.models import ModulePage
from interactions.models import Customer, Interaction, SurveyAnswer, Transcript
from interactions.returns import note_returns
from people.audit_chain import seal
from people.channels import Channel
from people.models import AuditEvent, Membership, Team, User
from people.roles import Role
from scorecards.actions import Grade, record_grades, start_scorecard
from scorecards.actions.standards import measure_service_results
from scorecards.loading import load_version, rules_of
from scorecards.models import (
    CriterionScore,
    Evidence,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
)
from scorecards.rollups import _KEY, _rows, _upsert
from scorecards.scoring import Answer, score
from tests.bench.load import Table, stamp
from tests.bench.words import MESSAGES, Conversations
from training.models import Completion, ModuleAssignment

SOURCE = "bench"
DOMAIN = "bench.example"
DIRECTOR = f"director@{DOMAIN}"
PORTION = 5_000
PER_TEAM = 20
TEAMS_PER_MANAGER = 5
DAYS = 730
NEW_SHARE = 0.12
NEW_DAYS = 80
CROSS_TEAM = 0.2
CSAT_SHARE, COMMENT_SHARE = 0.2, 0.04
LEARNED_SHARE = 0.7
WAITING_EACH, WAITING_OF_REVIEWER = 5, 40
SD_AGENT, SD_REVIEWER, SD_REVIEW, SD_CRITERION, MEAN = 9.0, 6.0, 12.0, 18.0, 76.0
CHANNELS = (Channel.PHONE.value, Channel.EMAIL.value, Channel.CHAT.value)
FLOWS = (
    *("late-delivery", "damaged-item", "returns-and-refunds", "double-charge"),
    *("account-access", "complaints-and-escalation"),
)


@dataclass(frozen=True, slots=True)
class Size:
    interactions: int
    agents: int = 500
    reviewers: int = 60
    # Of the interactions that have a scorecard.
    graded: float = 0.1
    seed: int = 7


@dataclass(frozen=True, slots=True)
class _Assignment:
    inclusion_probability: float


@dataclass(frozen=True, slots=True)
class _Contact:
    channel: str


@dataclass(frozen=True, slots=True)
class _Card:
    """What a rollup needs to know of a scorecard."""

    agent_id: int
    reviewer_id: int
    version_id: int
    month: dt.date
    assignment: _Assignment
    interaction: _Contact
    is_held: bool = False


def build(size: Size, *, say: Callable[[str], None] = print) -> None:
    """Add it all. An interrupted build is not gone on with: begin with an empty database."""
    started = time.perf_counter()

    def tell(what: str) -> None:
        say(f"  {time.perf_counter() - started:6.0f} s  {what}")

    with _fast_writes():
        with transaction.atomic():
            people = _People(size)
        tell(f"{size.agents} agents, {size.reviewers} reviewers")
        history = _History(size, people)
        history.write(tell)
        with transaction.atomic():
            _learning(people, np.random.default_rng(size.seed + 1))
        tell("modules taken")
    _queue(people, history.version)
    tell("picks that wait")
    customers = Customer.objects.filter(source=SOURCE).order_by("pk").values_list("pk", flat=True)
    for portion in _portions(customers):
        note_returns(portion)
    tell("returns of customers")
    measure_service_results(everything=True)
    tell("service standards")
    while seal():
        pass
    tell("audit log sealed")
    with connection.cursor() as cursor:
        # As both databases do by themselves in time.
        can_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if can_vacuum else "ANALYZE")
    tell("statistics for the planner")


@contextmanager
def _fast_writes() -> Iterator[None]:
    """No waiting for the disk, and no look at each foreign key: a build that breaks is made anew."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-200000")
    try:
        with connection.constraint_checks_disabled():
            yield
    finally:
        connection.close()


def _portions(rows: Any, size: int = PORTION) -> Iterator[list[int]]:
    after = 0
    while found := list(rows.filter(pk__gt=after)[:size]):
        yield found
        after = found[-1]


class _People:
    """Who is there, since when, and how good or strict each truly is. The demo's logins take part."""

    def __init__(self, size: Size) -> None:
        chance = np.random.default_rng(size.seed)
        self.today = timezone.localdate()
        self.since = self.today - dt.timedelta(days=DAYS)
        n = size.agents
        known = {row.email: row for row in User.objects.filter(email__in=_CAST)}
        is_new = chance.random(n) < NEW_SHARE
        is_new[0], is_new[1 % n] = False, n > 1
        days = np.where(is_new, chance.integers(14, NEW_DAYS, n), chance.integers(DAYS, 3000, n))
        self.started = [self.today - dt.timedelta(days=int(each)) for each in days]
        self.agents = _persons("agent", n, Role.AGENT, self.started)
        self.reviewers = _persons(
            "reviewer", size.reviewers, Role.REVIEWER, [self.since] * size.reviewers
        )
        for place, (email, group) in enumerate(
            ((AGENT, self.agents), (NEW_HIRE, self.agents), (REVIEWER, self.reviewers))
        ):
            if email in known:
                group[place % 2] = known[email]
        teams = Team.objects.bulk_create(
            Team(name=f"Bench {number + 1}") for number in range((n + PER_TEAM - 1) // PER_TEAM)
        )
        self.team = np.arange(n) // PER_TEAM
        Membership.objects.bulk_create(
            Membership(team=teams[self.team[place]], user=row, starts_on=self.started[place])
            for place, row in enumerate(self.agents)
            if row.email not in known
        )
        managers = _persons(
            "manager",
            (len(teams) + TEAMS_PER_MANAGER - 1) // TEAMS_PER_MANAGER,
            Role.MANAGER,
            [self.since] * len(teams),
        )
        director = _persons("director", 1, Role.MANAGER, [self.since])[0]
        pairs = [(team, managers[place // TEAMS_PER_MANAGER]) for place, team in enumerate(teams)]
        pairs += [(team, director) for team in teams]
        if MANAGER in known:
            pairs.append((teams[0], known[MANAGER]))
        Membership.objects.bulk_create(
            Membership(team=team, user=user, kind=Membership.Kind.MANAGER, starts_on=self.since)
            for team, user in pairs
        )
        self.good = MEAN + chance.normal(0, SD_AGENT, n)
        self.strict = chance.normal(0, SD_REVIEWER, size.reviewers)
        # Each team is graded by three reviewers for the most part.
        self.home = chance.integers(0, size.reviewers, (len(teams), 3))
        # Who served on a day: those of before, or all.
        self.old = np.flatnonzero(~is_new)
        self.is_new = is_new


_CAST = (AGENT, NEW_HIRE, REVIEWER, MANAGER)
_FIRST = ("Ada", "Bo", "Cleo", "Dan", "Eva", "Finn", "Gro", "Hal", "Ida", "Jon", "Kaja", "Liv")
_LAST = ("Arden", "Birk", "Crane", "Dahl", "Elm", "Frost", "Gray", "Holm", "Ives", "Jarvis")


def _persons(word: str, count: int, role: Role, started: list[dt.date]) -> list[User]:
    rows = User.objects.bulk_create(
        User(
            email=f"{word}{place or ''}@{DOMAIN}",
            first_name=_FIRST[place % len(_FIRST)],
            last_name=f"{_LAST[place // len(_FIRST) % len(_LAST)]} {place + 1}",
            started_on=started[place],
            password="!",
        )
        for place in range(count)
    )
    group = Group.objects.get(name=role.value)
    User.groups.through.objects.bulk_create(
        User.groups.through(user=row, group=group) for row in rows
    )
    return rows


class _History:
    """Interactions in the order of time, and with them what hangs on each."""

    def __init__(self, size: Size, people: _People) -> None:
        self.size, self.people = size, people
        self.chance = np.random.default_rng(size.seed + 2)
        self.talk = Conversations(size.seed)
        self.version = main_version()
        self.spec = rules_of(self.version).spec
        self.levels = {
            row.pk: list(row.levels.all())
            for section in self.version.sections.all()
            for row in section.criteria.all()
        }
        self.shares = {
            pk: np.array([float(100 * row.points / max(rows[-1].points, 1)) for row in rows])
            for pk, rows in self.levels.items()
        }
        self.customers = Table(Customer, ("id", "source", "external_id", "name", "tier", "email"))
        self.interactions = Table(Interaction, _INTERACTION)
        self.transcripts = Table(Transcript, ("interaction_id", "messages", "text"))
        self.answers = Table(
            SurveyAnswer, ("id", "interaction_id", "kind", "value", "text", "answered_at", "source")
        )
        self.picks = Table(ReviewAssignment, _ASSIGNMENT)
        self.cards = Table(Scorecard, _SCORECARD)
        self.scores = Table(
            CriterionScore, ("id", "scorecard_id", "criterion_id", "level_id", "saved_at")
        )
        self.evidence = Table(
            Evidence, ("id", "criterion_score_id", "message_id", "start", "end", "quote")
        )
        self.events = Table(
            AuditEvent, ("id", "at", "actor_id", "action", "object_type", "object_id", "after")
        )

    def write(self, tell: Callable[[str], None]) -> None:
        total = self.size.interactions
        self._write_customers(max(1, total // 4))
        tell(f"{self.customers.count:,} customers")
        end = timezone.now().replace(microsecond=0) - dt.timedelta(hours=1)
        begin = end - dt.timedelta(days=DAYS)
        step = (end - begin) / max(1, total)
        for start in range(0, total, PORTION):
            count = min(PORTION, total - start)
            with transaction.atomic():
                self._write_portion(start, [begin + step * (start + n) for n in range(count)])
            if (start + count) % (20 * PORTION) == 0 or start + count == total:
                tell(f"{start + count:,} interactions, {self.cards.count:,} scorecards")
        for table in (
            *(self.customers, self.interactions, self.answers, self.picks),
            *(self.cards, self.scores, self.evidence, self.events),
        ):
            table.finish()

    def _write_customers(self, count: int) -> None:
        self.first_customer = self.customers.next_id
        for start in range(0, count, PORTION):
            part = range(start, min(start + PORTION, count))
            with transaction.atomic():
                self.customers.add(
                    (
                        pk,
                        SOURCE,
                        f"c{number}",
                        f"{_FIRST[number % 12]} {_LAST[number // 12 % 10]} {number}",
                        ("standard", "plus", "trade")[number % 3],
                        "",
                    )
                    for pk, number in zip(self.customers.ids(len(part)), part, strict=True)
                )

    def _write_portion(self, start: int, moments: list[dt.datetime]) -> None:
        """One list per column, then one tuple per row."""
        count, chance, people, talk = len(moments), self.chance, self.people, self.talk
        ids = self.interactions.ids(count)
        agent = chance.integers(0, len(people.agents), count)
        old = people.old[chance.integers(0, len(people.old), count)]
        customer = (self.first_customer + chance.integers(0, self.customers.count, count)).tolist()
        rhythm = chance.integers(0, len(talk.rhythms), count).tolist()
        said = chance.integers(0, len(talk.sentences), (count, MESSAGES)).tolist()
        channel = chance.integers(0, len(CHANNELS), count).tolist()
        flow = chance.integers(0, len(FLOWS), count).tolist()
        for place, moment in enumerate(moments):
            if people.is_new[agent[place]] and moment.date() < people.started[agent[place]]:
                agent[place] = old[place]
        agents = agent.tolist()
        rows, texts = [], []
        for place, pk in enumerate(ids):
            how = talk.rhythms[rhythm[place]]
            who, at = people.agents[agents[place]], moments[place]
            begun, over = stamp(at), stamp(at + dt.timedelta(seconds=how.seconds))
            name = f"{start + place}"
            rows.append(
                (
                    *(pk, SOURCE, name, CHANNELS[channel[place]]),
                    *(talk.sentences[said[place][0]][:60], FLOWS[flow[place]], "en"),
                    *(begun, over, begun, customer[place], who.pk, who.email, MESSAGES),
                    *(how.seconds, how.first_response, how.facts.asked, over, how.seconds),
                    *(how.seconds, how.facts.count, how.facts.longest, how.facts.median),
                    *(0, 0, hashlib.sha256(name.encode()).hexdigest()),
                )
            )
            texts.append((pk, talk.messages(rhythm[place], said[place]), talk.text(said[place])))
        self.interactions.add(rows)
        self.transcripts.add(texts)
        seen = people.good[agent] + chance.normal(0, SD_REVIEW, count)
        self._write_answers(ids, seen, rows)
        graded = np.flatnonzero(chance.random(count) < self.size.graded)
        # What is younger waits to be picked.
        edge = timezone.now() - dt.timedelta(days=3)
        places = [place for place in graded.tolist() if moments[place] < edge]
        self._write_cards(places, ids, agents, moments, channel, seen, said)

    def _write_answers(self, ids: range, seen: Any, rows: list[Any]) -> None:
        chance = self.chance
        marks = np.clip(np.rint(seen / 20 + chance.normal(0, 1, len(ids))), 1, 5).astype(int)
        kinds = [("csat", CSAT_SHARE), ("comment", COMMENT_SHARE)]
        for kind, share in kinds:
            places = np.flatnonzero(chance.random(len(ids)) < share).tolist()
            self.answers.add(
                (
                    key,
                    ids[place],
                    kind,
                    int(marks[place]) if kind == "csat" else None,
                    "" if kind == "csat" else rows[place][4],
                    rows[place][8],
                    SOURCE,
                )
                for key, place in zip(self.answers.ids(len(places)), places, strict=True)
            )

    def _write_cards(
        self,
        places: list[int],
        ids: range,
        agents: list[int],
        moments: list[dt.datetime],
        channel: list[int],
        seen: Any,
        said: list[list[int]],
    ) -> None:
        people, chance, version = self.people, self.chance, self.version
        count = len(places)
        picks, cards = self.picks.ids(count), self.cards.ids(count)
        events = self.events.ids(count)
        anybody = chance.integers(0, len(people.reviewers), count)
        criteria = list(self.levels)
        noise = chance.normal(0, SD_CRITERION, (count, len(criteria)))
        pick_rows, card_rows, score_rows, evidence_rows, event_rows = [], [], [], [], []
        cells: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for n, place in enumerate(places):
            who = agents[place]
            home = people.home[people.team[who]]
            by = int(anybody[n] if chance.random() < CROSS_TEAM else home[n % 3])
            reviewer, agent = people.reviewers[by], people.agents[who]
            value = seen[place] + people.strict[by]
            chosen = {
                pk: self.levels[pk][
                    int(np.abs(self.shares[pk] - value - noise[n, place_]).argmin())
                ]
                for place_, pk in enumerate(criteria)
            }
            result = score(
                self.spec,
                {pk: Answer(row.points, row.is_critical_failure) for pk, row in chosen.items()},
            )
            at = moments[place] + dt.timedelta(days=2)
            month = moments[place].date().replace(day=1)
            probability = (0.1, 0.2)[n % 2]
            pick_rows.append(
                (
                    *(picks[n], ids[place], reviewer.pk, version.rubric_id, "grade", "done"),
                    *(probability, stamp(moments[place])),
                )
            )
            card_rows.append(
                (
                    *(cards[n], picks[n], ids[place], version.pk, reviewer.pk, agent.pk),
                    *("submitted", stamp(at - dt.timedelta(minutes=9)), stamp(at), str(month)),
                    None if result.percent is None else str(result.percent),
                    _json(result.section_percents),
                    _json(result.skill_percents),
                    *(result.outcome.value, int(chance.gamma(4, 90)), stamp(at)),
                )
            )
            score_ids = self.scores.ids(len(criteria))
            score_rows += [
                (key, cards[n], pk, row.pk, stamp(at))
                for key, (pk, row) in zip(score_ids, chosen.items(), strict=True)
            ]
            quote = self.talk.sentences[said[place][1]][:24]
            for key in self.evidence.ids(2):
                score_id = score_ids[key % len(criteria)]
                evidence_rows.append((key, score_id, "m2", 0, len(quote), quote))
            after = {"state": "submitted", "percent": str(result.percent), "is_held": False}
            event_rows.append(
                (
                    *(events[n], stamp(at), reviewer.pk, "submit_scorecard"),
                    *("scorecards.scorecard", str(cards[n]), json.dumps(after)),
                )
            )
            card = _Card(
                *(agent.pk, reviewer.pk, version.pk, month),
                *(_Assignment(probability), _Contact(CHANNELS[channel[place]])),
            )
            for row in _rows(card, result):  # type: ignore[arg-type] # all that it reads
                old = cells.get(row[: len(_KEY)], (0,) * len(row[len(_KEY) :]))
                cells[row[: len(_KEY)]] = tuple(map(sum, zip(old, row[len(_KEY) :], strict=True)))
        self.picks.add(pick_rows)
        self.cards.add(card_rows)
        self.scores.add(score_rows)
        self.evidence.add(evidence_rows)
        self.events.add(event_rows)
        # PostgreSQL takes a cell only once in a statement.
        _upsert((*key, *sums) for key, sums in cells.items())


_INTERACTION = (
    *("id", "source", "external_id", "channel", "subject", "flow", "language"),
    *("started_at", "ended_at", "occurred_at", "customer_id", "agent_id", "agent_reference"),
    *("message_count", "duration_seconds", "first_response_seconds", "first_asked_seconds"),
    *("resolved_at", "resolution_seconds", "handling_seconds", "gap_count"),
    *("longest_gap_seconds", "median_gap_seconds", "transfers", "reopened", "content_hash"),
)
_ASSIGNMENT = (
    *("id", "interaction_id", "reviewer_id", "rubric_id", "purpose", "state"),
    *("inclusion_probability", "assigned_at"),
)
_SCORECARD = (
    *("id", "assignment_id", "interaction_id", "version_id", "reviewer_id", "agent_id", "state"),
    *("started_at", "submitted_at", "month", "percent", "section_percents", "skill_percents"),
    *("outcome", "active_seconds", "released_at"),
)


def _json(percents: Any) -> str:
    return json.dumps({str(pk): float(one) for pk, one in percents.items() if one is not None})


def _learning(people: _People, chance: np.random.Generator) -> None:
    """What each agent was given to learn and has taken, with its lessons."""
    modules = list(ModulePage.objects.live().order_by("pk"))
    lessons = {row.pk: list(row.get_children().live().order_by("pk")) for row in modules}
    own = [row for row in people.agents if row.email.endswith(DOMAIN)]
    given, done = [], []
    for agent in own:
        for module in modules:
            at = timezone.now() - dt.timedelta(days=int(chance.integers(5, 300)))
            over = at + dt.timedelta(days=4) if chance.random() < LEARNED_SHARE else None
            given.append(
                ModuleAssignment(user=agent, module=module, assigned_at=at, completed_at=over)
            )
            done += [
                Completion(user=agent, page_id=page.pk, completed_at=over)
                for page in (lessons[module.pk] if over else ())
            ]
    ModuleAssignment.objects.bulk_create(given, batch_size=1000)
    Completion.objects.bulk_create(done, batch_size=1000)


def _queue(people: _People, version: RubricVersion) -> None:
    """Picks that wait for each reviewer."""
    wanted = [row for row in people.reviewers[1:] for _n in range(WAITING_EACH)]
    assign([*wanted, *[people.reviewers[0]] * WAITING_OF_REVIEWER], version)


def assign(reviewers: list[User], version: RubricVersion) -> list[ReviewAssignment]:
    """The newest interactions that nobody was given yet, one for each entry of `reviewers`."""
    free = (
        Interaction.objects.filter(source=SOURCE, assignments__isnull=True)
        .order_by("-occurred_at")
        .values_list("pk", flat=True)
    )
    due = timezone.localdate() + dt.timedelta(days=5)
    return ReviewAssignment.objects.bulk_create(
        (
            ReviewAssignment(
                interaction_id=pk,
                reviewer=reviewer,
                rubric_id=version.rubric_id,
                inclusion_probability=0.1,
                due_on=due,
            )
            for pk, reviewer in zip(free[: len(reviewers)], reviewers, strict=False)
        ),
        batch_size=500,
    )


def ready_drafts(reviewer: User, count: int) -> list[Scorecard]:
    """Filled in, so that they only have to be submitted."""
    version = main_version()
    grades = {
        row: Grade(level=list(row.levels.all())[-1].pk, comment="Well put.")
        for section in version.sections.all()
        for row in section.criteria.all()
    }
    made = []
    for pick in assign([reviewer] * count, version):
        card = start_scorecard(pick, by=reviewer)
        record_grades(card, grades, by=reviewer)
        made.append(card)
    return made


def main_version() -> RubricVersion:
    """The published one with the most criteria: what conversations are graded by."""
    return max(
        (load_version(row.pk) for row in RubricVersion.objects.filter(state="published")),
        key=lambda row: sum(len(part.criteria.all()) for part in row.sections.all()),
    )
