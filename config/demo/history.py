"""Six months of service and of grading it, made by the product's own actions."""

import datetime as dt
import io
import json
from collections import Counter
from typing import Any

from django.db.models import F
from django.utils import timezone

from config.demo import recording, rubric
from config.demo.conversations import (
    SKILLS,
    Chooser,
    Conversation,
    day_in,
    read_conversations,
    read_showpieces,
    vary,
)
from config.demo.grading import House, Told, criteria_of, expert_level, grade
from config.demo.people import desk_id
from interactions.actions import start_import
from interactions.importing.run import run_import
from interactions.models import Interaction, SurveyAnswer
from people.models import User
from scorecards.actions import (
    Grade,
    assign_for_review,
    claim_pick,
    draw_sample,
    hold_feedback,
    publish_rubric_version,
    record_grades,
    release_pick,
    save_plan,
    skip_pick,
    start_scorecard,
)
from scorecards.actions.calibration import seed_expert_key, write_expert_key
from scorecards.loading import load_version
from scorecards.models import (
    ExpertKey,
    ReviewAssignment,
    RubricVersion,
    SamplingDraw,
    SamplingPlan,
)

WEEKS = 26
LAST = WEEKS - 1
CONTACTS_PER_WEEK = 3  # of each agent, recorded
# The weeks in which something changed, or began to.
PLAN_CHANGED = 10
SECOND_EDITION = 18
SEEDED = 20
LEFT_LYING = LAST - 2
HELD_FROM = LAST - 2
NOT_ALL_DONE = LAST - 1

# Contacts of last week's Thursday that are there to be looked at, with the place of their agent: a call
# with a recording, once graded and once in the queue; letters that quote one another; a chat in which
# the customer waited too long.
SHOWPIECES = (
    ("phone-lamp-without-a-foot", 0),
    ("phone-lamp-without-a-foot", 1),
    ("email-twice-sewn-curtains", 2),
    ("chat-06-reset-mail-not-there", 1),
)
FIRST_OF_THE_NEW_HIRE = "chat-05-bistro-lamps-and-blinds"

# Of the draws: one in which the agent and the reviewer people sign in as get something to talk about.
SEED = 2_000_200
SIMPLE_SHARE = 45
RISK_SHARE = 45
COMPLAINT_WORDS = ["arbitration", "formal complaint", "solicitor", "third time", "unacceptable"]


def first_day(today: dt.date) -> dt.datetime:
    """Noon of the Monday on which the history begins."""
    return _moment(today - dt.timedelta(days=today.weekday(), weeks=WEEKS), dt.time(12))


def monday(house: House, week: int) -> dt.date:
    return first_day(house.today).date() + dt.timedelta(weeks=week)


def drawn_at(house: House, week: int) -> dt.datetime:
    """When the contacts of `week` are drawn from: early on the Monday after, by the scheduler."""
    return _moment(monday(house, week + 1), dt.time(5))


def _earlier(
    rows: list[dict[str, Any]], conversation: Conversation, day: dt.date
) -> dict[str, Any] | None:
    """For one in eight: a contact of the days before about the same, whose customer comes back."""
    if len(rows) % 8 != 7:
        return None
    for row in reversed(rows[-150:]):
        days = (day - dt.datetime.fromisoformat(row["started_at"]).date()).days
        if row["flow"] == conversation.data["procedure"] and 0 < days <= 7:
            return row
    return None


def contacts(house: House) -> Interaction:
    """Import what was said in all these weeks, into `house.told` and `house.weeks`. Returns the new
    hire's first one, from the day before yesterday."""
    staff, draw = house.staff, house.draw
    abilities = [_Ability(house) for _agent in staff.agents]
    conversations = read_conversations()
    chooser = Chooser(conversations, draw)
    rows: list[dict[str, Any]] = []
    ids: list[list[str]] = []

    def add(conversation: Conversation, place: int, agent: User, day: dt.date) -> str:
        row, words = vary(
            conversation,
            number=len(rows) + 1,
            agent=agent,
            agent_id=desk_id(place),
            day=day,
            draw=draw,
            again=_earlier(rows, conversation, day),
        )
        rows.append(row)
        house.told[row["external_id"]] = Told(conversation, words)
        return row["external_id"]

    for week in range(WEEKS):
        ids.append([])
        for place, agent in enumerate(staff.agents):
            for _contact in range(CONTACTS_PER_WEEK):
                conversation = chooser.next(abilities[place].at(week / WEEKS))
                day = day_in(monday(house, week), conversation, draw)
                ids[-1].append(add(conversation, place, agent, day))
    by_key = read_showpieces() | {item.key: item for item in conversations}
    for key, place in SHOWPIECES:
        day = monday(house, LAST) + dt.timedelta(days=3)
        ids[-1].append(add(by_key[key], place, staff.agents[place], day))
    on = house.today - dt.timedelta(days=2)
    new_hires = add(by_key[FIRST_OF_THE_NEW_HIRE], len(staff.agents), staff.new_hire, on)

    _import(rows, by=staff.administrator)
    by_id = {
        interaction.external_id: interaction
        for interaction in Interaction.objects.select_related("agent", "transcript")
    }
    house.weeks.extend([by_id[external_id] for external_id in week] for week in ids)
    return by_id[new_hires]


def build(house: House, first: RubricVersion) -> RubricVersion:
    """Draw from each week and grade what was drawn; returns the edition that is graded by in the end.

    The last week's picks stay open: they are what waits in the reviewers' queues.
    """
    staff = house.staff
    version = load_version(first.pk)
    plan = _simple_plan(house, version)
    for week in range(WEEKS):
        at = drawn_at(house, week)
        if week == PLAN_CHANGED:
            plan = _risk_plan(house, version, instead_of=plan, at=at)
        if week == HELD_FROM:
            hold_feedback(staff.agents[3], by=staff.managers[0], at=at)
        if week == LAST:
            _pick_by_hand(house, version)
        made = draw_sample(
            plan,
            starts_on=monday(house, week),
            ends_on=monday(house, week) + dt.timedelta(days=6),
            by=None,
            seed=SEED + week,
            at=at,
        )
        if week == SEEDED:
            _seed_a_key(house, version, week=week, at=at)
        if week == LAST:
            break
        waiting = _waiting(house, made)
        for assignment in _left_over(house, waiting, week=week, at=at, version=version):
            waiting.remove(assignment)
        for assignment in waiting:
            grade(assignment, version, house, on=at.date())
        if week == SECOND_EDITION:
            draft = rubric.draft_next(version, "second", by=staff.editor, at=at)
            on = _moment(monday(house, week + 1) + dt.timedelta(days=5), dt.time(9))
            publish_rubric_version(draft, by=staff.editor, at=on)
            version = load_version(draft.pk)
    return version


def _simple_plan(house: House, version: RubricVersion) -> SamplingPlan:
    staff = house.staff
    plan = SamplingPlan(
        name="Two in five, at random",
        rubric=version.rubric,
        quantity="share",
        share_percent=SIMPLE_SHARE,
        method="simple",
        double_percent=10,
        linking_count=1,
        due_days=7,
        claim_hours=168,
    )
    return save_plan(
        plan,
        teams=[],
        agents=staff.agents,
        reviewers=staff.reviewers,
        by=staff.administrator,
        at=first_day(house.today),
    )


def _risk_plan(
    house: House, version: RubricVersion, *, instead_of: SamplingPlan, at: dt.datetime
) -> SamplingPlan:
    """From now on: more of what may have gone wrong, and everybody keeps a chance."""
    staff = house.staff
    instead_of.is_active = False
    save_plan(
        instead_of,
        teams=[],
        agents=staff.agents,
        reviewers=staff.reviewers,
        by=staff.administrator,
        at=at,
    )
    plan = SamplingPlan(
        name="Weekly reviews by risk",
        rubric=version.rubric,
        quantity="share",
        share_percent=RISK_SHARE,
        method="risk",
        floor_percent=60,
        weight_long_handling=1,
        weight_complaint_words=2,
        weight_new_agent=2,
        new_agent_days=150,
        complaint_words=COMPLAINT_WORDS,
        double_percent=10,
        linking_count=1,
        due_days=7,
        claim_hours=168,
    )
    return save_plan(
        plan,
        teams=[],
        agents=staff.agents,
        reviewers=staff.reviewers,
        by=staff.administrator,
        at=at,
    )


def _pick_by_hand(house: House, version: RubricVersion) -> None:
    """The showpieces: one for Beatriz Amsel, who grades it the next day, the others for Oskar Fenn."""
    staff = house.staff
    shown = house.weeks[LAST][-len(SHOWPIECES) :]
    for call in shown[:2]:
        recording.attach(call, by=staff.administrator)
    friday = monday(house, LAST) + dt.timedelta(days=4)
    for reviewer, interactions in zip(staff.reviewers, (shown[1:], shown[:1]), strict=False):
        picked = assign_for_review(
            interactions,
            rubric=version.rubric,
            reviewers=[reviewer],
            by=staff.administrator,
            due_on=house.today,
            at=_moment(friday, dt.time(8)),
        )
    (assignment,) = picked
    assignment.interaction = shown[0]
    grade(assignment, version, house, on=friday, days=1, is_read=False)


def _waiting(house: House, made: SamplingDraw) -> list[ReviewAssignment]:
    """What was handed out on the day of a draw and nobody has graded yet."""
    by_pk = {row.pk: row for week in house.weeks for row in week}
    rows = list(
        ReviewAssignment.objects.open()
        .filter(assigned_at=made.drawn_at, reviewer__isnull=False)
        .select_related("pick__draw__plan")
        .order_by("pk")
    )
    for row in rows:
        row.interaction = by_pk[row.interaction_id]
    return rows


def _seed_a_key(house: House, version: RubricVersion, *, week: int, at: dt.datetime) -> None:
    """An interaction whose answer the administrator knows, among what Oskar Fenn has to grade."""
    staff = house.staff
    interaction = house.unpicked(week - 1)[0]
    key = write_key(house, interaction, version, at=at - dt.timedelta(days=2))
    seed_expert_key(key, [staff.reviewers[0]], by=staff.administrator, seed=week, at=at)


def write_key(
    house: House, interaction: Interaction, version: RubricVersion, *, at: dt.datetime
) -> ExpertKey:
    """What the conversation's author says of it, as the administrator's expert key."""
    truth = house.about(interaction)
    grades = {}
    for criterion in criteria_of(version):
        level = expert_level(criterion, truth)
        grades[criterion] = (
            Grade(is_not_applicable=True)
            if level is None
            else Grade(level=level.pk, comment=truth.comment_on(criterion.key))
        )
    return write_expert_key(interaction, version, grades, by=house.staff.administrator, at=at)


def _left_over(
    house: House,
    waiting: list[ReviewAssignment],
    *,
    week: int,
    at: dt.datetime,
    version: RubricVersion,
) -> list[ReviewAssignment]:
    """What the reviewers did not get to: set aside, given back, claimed and forgotten, begun."""
    oskar, beatriz, hugo, selin = house.staff.reviewers
    grades_of_it = Counter(row.interaction_id for row in waiting)

    def of(reviewer: User, count: int) -> list[ReviewAssignment]:
        mine = [row for row in waiting if row.reviewer_id == reviewer.pk]
        return [row for row in mine if grades_of_it[row.interaction_id] == 1][:count]

    if week == LEFT_LYING:
        (forgotten,) = of(selin, 1)
        release_pick(forgotten, by=selin, at=at + dt.timedelta(hours=4))
        claim_pick(forgotten, by=hugo, at=at + dt.timedelta(hours=5))
        return [forgotten]
    if week == NOT_ALL_DONE:
        begun, *late = of(oskar, 2)
        late += of(hugo, 1)
        (aside,) = of(beatriz, 1)
        skip_pick(
            aside,
            by=beatriz,
            reason="The customer has asked us to delete this conversation; the privacy desk has it now.",
            at=at + dt.timedelta(days=1, hours=6),
        )
        given_back = of(selin, 3)
        for row in given_back:
            release_pick(row, by=selin, at=at + dt.timedelta(days=3, hours=9))
        _begin(begun, version, house, by=oskar, at=at + dt.timedelta(days=4, hours=5))
        return [begun, *late, aside, *given_back]
    return []


def _begin(
    assignment: ReviewAssignment,
    version: RubricVersion,
    house: House,
    *,
    by: User,
    at: dt.datetime,
) -> None:
    """A draft with its first section graded, so that the demo shows what going on looks like."""
    truth = house.about(assignment.interaction)
    scorecard = start_scorecard(assignment, by=by, at=at, version=version)
    levels = {
        criterion: expert_level(criterion, truth)
        for criterion in version.sections.all()[0].criteria.all()
    }
    grades = {criterion: Grade(level=level.pk) for criterion, level in levels.items() if level}
    record_grades(scorecard, grades, by=by, at=at)


class _Ability:
    """An agent's true skills, 0 to 1, and how they grow over the half year."""

    def __init__(self, house: House) -> None:
        draw = house.draw
        level = draw.gauss(0.62, 0.10)
        self.start = {skill: level + draw.gauss(0, 0.09) for skill in SKILLS}
        self.growth = {skill: draw.gauss(0.08, 0.08) for skill in SKILLS}

    def at(self, share: float) -> dict[str, float]:
        return {
            skill: min(0.98, max(0.05, self.start[skill] + share * self.growth[skill]))
            for skill in SKILLS
        }


def _import(rows: list[dict[str, Any]], *, by: User) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    run = start_import(None, file_name="harbour-desk.jsonl", size=len(content), by=by)
    run = run_import(run, stream=io.BytesIO(content))
    if run.created_count != len(rows):
        reasons = [str(rejection) for rejection in run.rejections.all()[:5]]
        raise RuntimeError(f"The demo's interactions were not all imported: {reasons}")
    # The draws of these months know the answers that had come in by then.
    SurveyAnswer.objects.update(recorded_at=F("answered_at"))


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, time))
