"""Calibration in the demo: a session with its report, one that waits, and keys in the queues."""

import datetime as dt
from collections.abc import Iterable
from itertools import zip_longest

from django.utils import timezone

from config.demo.grading import SEVERITY, House, expert_level, felt_grades, hand_in
from config.demo.history import LAST, monday, write_key
from interactions.models import Interaction
from people.models import User
from scorecards.actions import Grade
from scorecards.actions.calibration import (
    begin_calibration_grade,
    close_calibration,
    decide_criterion,
    open_calibration,
    prepare_calibration,
    propose_wording,
    seed_expert_key,
)
from scorecards.models import CalibrationItem, CalibrationSession, Criterion, RubricVersion

# About what the closed session disagrees most, and how far each reviewer is off.
SUBJECT = "empathy-acknowledge"
READ_AS = (0, -1, 1, 0)
IN_THE_SESSION = 12
WITH_CARE = 0.2  # in the place of `grading.WOBBLE`


def build(house: House, version: RubricVersion) -> None:
    closed = _closed(house, version)
    _conclude(house, closed, version)
    _open(house, version)
    _seed(house, version)


def _closed(house: House, version: RubricVersion) -> CalibrationSession:
    """As many conversations as the figures of a report need, graded by all four within a week, and
    talked about on the Friday."""
    staff = house.staff
    start = _at(monday(house, LAST - 1), 9)
    interactions = _varied(house, weeks=range(LAST - 7, LAST - 3), count=IN_THE_SESSION)
    write_key(house, interactions[0], version, at=start)
    session = prepare_calibration(
        title="Where a set phrase ends",
        version=version,
        interactions=interactions,
        participants=staff.reviewers,
        by=staff.administrator,
        due_on=(start + dt.timedelta(days=3)).date(),
        at=start,
    )
    open_calibration(session, by=staff.administrator, at=start + dt.timedelta(hours=1))
    for place, reviewer in enumerate(staff.reviewers):
        for item in session.items.select_related("interaction__transcript").order_by("position"):
            at = start + dt.timedelta(days=1 + place % 3, minutes=30 * item.position)
            _grade(house, item, version, by=reviewer, off=READ_AS[place], at=at)
    return close_calibration(session, by=staff.administrator, at=start + dt.timedelta(days=4))


def _conclude(house: House, session: CalibrationSession, version: RubricVersion) -> None:
    staff = house.staff
    at = _at(monday(house, LAST - 1), 14) + dt.timedelta(days=4)
    by_key = _by_key(version)
    decide_criterion(
        session,
        by_key[SUBJECT],
        notes=(
            "Hugo counted every warm sentence as naming how the customer is affected. Beatriz wanted "
            "to see it before the first question, or not at all. Oskar and Selin looked for something "
            "that only fits this customer."
        ),
        decision=(
            "It is met when the sentence fits only this customer, wherever it stands before the "
            "solution. A warm sentence that fits any case stays partly met."
        ),
        by=staff.administrator,
        at=at,
    )
    decide_criterion(
        session,
        by_key["accuracy-next-steps"],
        notes="Nobody was sure whether “shortly” is a time.",
        decision="It is none: without a day or an hour the criterion is partly met.",
        by=staff.administrator,
        at=at + dt.timedelta(minutes=20),
    )
    propose_wording(
        session,
        by_key[SUBJECT],
        text=(
            "Guidance: “Would this sentence fit another customer as well? Then it is partly met at "
            "most, however warm it is. It may stand anywhere before the solution.”"
        ),
        by=staff.reviewers[0],
        at=at + dt.timedelta(minutes=40),
    )


def _open(house: House, version: RubricVersion) -> None:
    """Opened yesterday; two have graded, Oskar Fenn and Selin Yarrow have not."""
    staff = house.staff
    opened_at = _at(house.today - dt.timedelta(days=1), 8)
    session = prepare_calibration(
        title="Goodwill: offered rightly, or too late?",
        version=version,
        interactions=_varied(house, weeks=(LAST - 2, LAST - 1), count=2, about="protocol-escalate"),
        participants=staff.reviewers,
        by=staff.administrator,
        due_on=house.today + dt.timedelta(days=4),
        at=opened_at - dt.timedelta(hours=1),
    )
    open_calibration(session, by=staff.administrator, at=opened_at)
    items = list(session.items.select_related("interaction__transcript").order_by("position"))
    for place in (1, 2):
        for item in items:
            at = opened_at + dt.timedelta(hours=2 * place + item.position)
            _grade(house, item, version, by=staff.reviewers[place], off=0, at=at)


def _seed(house: House, version: RubricVersion) -> None:
    """A key behind one of the assignments that wait for two of the reviewers."""
    staff = house.staff
    at = _at(house.today - dt.timedelta(days=1), 17)
    interaction = house.unpicked(LAST - 1)[-1]
    key = write_key(house, interaction, version, at=at)
    seed_expert_key(key, staff.reviewers[:2], by=staff.administrator, seed=house.today.year, at=at)


def _grade(
    house: House,
    item: CalibrationItem,
    version: RubricVersion,
    *,
    by: User,
    off: int,
    at: dt.datetime,
) -> None:
    truth = house.about(item.interaction)
    severity = SEVERITY[house.staff.reviewers.index(by)]
    grades = felt_grades(
        version, truth, severity=severity, draw=house.draw, comments=False, wobble=WITH_CARE
    )
    subject = _by_key(version)[SUBJECT]
    expert = expert_level(subject, truth)
    if expert is not None and off:
        levels = list(subject.levels.all())
        level = levels[min(len(levels) - 1, max(0, expert.position + off))]
        grades[subject] = Grade(level=level.pk, comment=_WHY[off])
    scorecard = begin_calibration_grade(item, by=by, at=at)
    end = at + dt.timedelta(minutes=14)
    hand_in(scorecard, version, grades, truth, draw=house.draw, by=by, at=end)


_WHY = {
    -1: "It comes after two questions, and by then the customer has said it a second time.",
    1: "You can hear that it is meant; that is what counts for me.",
}


def _varied(
    house: House, *, weeks: Iterable[int], count: int, about: str = SUBJECT
) -> list[Interaction]:
    """Conversations of these weeks that nobody has seen and in which the criterion `about` applies, all
    different, and taking turns between the channels."""
    by_channel: dict[str, dict[str, Interaction]] = {}
    for week in weeks:
        for interaction in house.unpicked(week):
            conversation = house.about(interaction).conversation
            if not conversation.grades[about].get("na"):
                same = by_channel.setdefault(interaction.channel, {})
                same.setdefault(conversation.key, interaction)
    turns = zip_longest(*(by_channel[channel].values() for channel in sorted(by_channel)))
    return [interaction for turn in turns for interaction in turn if interaction][:count]


def _by_key(version: RubricVersion) -> dict[str, Criterion]:
    return {
        criterion.key: criterion
        for section in version.sections.all()
        for criterion in section.criteria.all()
    }


def _at(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))
