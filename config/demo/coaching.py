"""Coaching: sessions held and planned with their agendas, what was agreed, goals, and thanks."""

import datetime as dt
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from coaching import actions
from coaching.actions import ItemTerms, Quoted, Terms
from coaching.models import ActionItem, AgendaItem, CoachingSession
from coaching.proposals import proposals_for
from config.demo.grading import House
from content.models import Skill
from people.dates import add_months
from people.models import User
from scorecards.models import Evidence, Scorecard

DAY = dt.timedelta(days=1)


def build(house: House) -> None:
    staff, today = house.staff, house.today
    ines, new_hire = staff.agents[0], staff.new_hire
    marthe, ruth = staff.managers[0], staff.managers[1]
    last = _held_with_ines(ines, marthe, today=today)
    _next_with_ines(ines, marthe, today=today)
    _new_hire(new_hire, marthe, today=today)
    _called_off(staff.agents[4], ruth, today=today)
    _goal(ines, marthe, skill="empathy", target=85, months=4, today=today)
    _goal(ines, marthe, skill="accuracy", target=75, months=3, today=today)
    _finish(last, today=today)
    _thanks(ines, by=[staff.reviewers[0], marthe], today=today)


def _held_with_ines(agent: User, coach: User, *, today: dt.date) -> CoachingSession:
    on = today - 22 * DAY
    session = actions.plan_session(
        agent, Terms(_at(on, 10), 45, "Small meeting room"), by=coach, at=_at(on - 5 * DAY, 9)
    )
    _fill(session, at=_at(on - 5 * DAY, 9))
    actions.add_agenda_item(
        session,
        title="Two chats at once: how do I say that I need a minute?",
        note="It comes up on Mondays, when the returns arrive.",
        by=agent,
        at=_at(on - 2 * DAY, 16),
    )
    for item in session.agenda.all()[:3]:
        actions.mark_discussed(item, is_discussed=True, by=coach)
    actions.mark_held(session, by=coach, at=_at(on, 11))
    actions.write_notes(
        session,
        shared="We read two conversations aloud. Ines heard herself where the first sentence went to the "
        "order number, and found her own words for a beginning.\n\nMondays: one sentence with a time in "
        "it (“I am back with you by ten past”) is enough.",
        private="Ask next time how the early shift sits with the school run. Do not wait for her to "
        "bring it up.",
        follow_up_on=today + 3 * DAY,
        by=coach,
        at=_at(on, 12),
    )
    actions.comment_on_session(
        session,
        "The sentence with the time in it works. Thank you.",
        by=agent,
        at=_at(on + DAY, 15),
    )
    for text, owner, due in (
        ("Begin three conversations a day with what it means for them", agent, on + 10 * DAY),
        ("Send two calls worth listening to", coach, on + 14 * DAY),
        ("Write down the words that worked, for the others", agent, today + 9 * DAY),
    ):
        actions.add_item(
            agent, ItemTerms(text, owner, due), by=coach, session=session, at=_at(on, 12)
        )
    return session


def _finish(session: CoachingSession, *, today: dt.date) -> None:
    first = ActionItem.objects.filter(session=session).order_by("due_on").first()
    if first is not None:
        actions.finish_item(first, by=session.agent, at=_at(today - 12 * DAY, 17))


def _next_with_ines(agent: User, coach: User, *, today: dt.date) -> None:
    session = actions.plan_session(
        agent,
        Terms(_at(today + 3 * DAY, 10), 30, "Small meeting room"),
        by=coach,
        at=_at(today - DAY, 9),
    )
    _fill(session, at=_at(today - DAY, 9))


def _fill(session: CoachingSession, *, at: dt.datetime) -> None:
    """What keeps going wrong, and one thing that goes well."""
    found = proposals_for(session, at=at)
    good = [row for row in found if row.kind == AgendaItem.Kind.STRENGTH]
    actions.fill_agenda(session, [*found[:3], *good[:1]], by=session.coach, at=at)


def _new_hire(agent: User, coach: User, *, today: dt.date) -> None:
    actions.plan_session(
        agent,
        Terms(_at(today + DAY, 14), 30, "At your desk"),
        by=coach,
        at=_at(today - 2 * DAY, 9),
    )


def _called_off(agent: User, coach: User, *, today: dt.date) -> None:
    session = actions.plan_session(
        agent, Terms(_at(today - 6 * DAY, 13), 30), by=coach, at=_at(today - 10 * DAY, 9)
    )
    actions.call_off(
        session,
        by=coach,
        reason="The fair needs everybody at the desk that day.",
        at=_at(today - 7 * DAY, 9),
    )


def _goal(
    agent: User, coach: User, *, skill: str, target: int, months: int, today: dt.date
) -> None:
    set_on = add_months(today, -3)
    actions.set_goal(
        agent,
        Skill.objects.get(key=skill),
        target=Decimal(target),
        due_on=add_months(set_on, months + 1),
        by=coach,
        reason="We look at two conversations together every other week.",
        at=_at(set_on, 11),
    )


def _thanks(agent: User, *, by: list[User], today: dt.date) -> None:
    """The first of `by` thanks for the best of what they graded, the others for the best of the rest."""
    words = [
        "You let the customer finish, and your first sentence was about what it meant for them. That is "
        "how I would like to be helped myself.",
        "Nobody had to ask twice. I have shown this one to the whole team, without your name.",
    ]
    best = Scorecard.objects.submitted().filter(
        agent=agent, is_held=False, submitted_at__lt=_at(today - DAY, 0)
    )
    best = best.order_by("-percent", "-submitted_at")
    recent = best.filter(submitted_at__gte=_at(today - 28 * DAY, 0))
    firsts = Q(reviewer=by[0])
    rows = [recent.filter(of).first() or best.filter(of).first() for of in (firsts, ~firsts)]
    for author, text, scorecard in zip(by, words, rows, strict=True):
        if scorecard is None or scorecard.submitted_at is None:
            raise LookupError("The demo has no grade for this part of its story.")
        quoted = Evidence.objects.filter(
            criterion_score__scorecard=scorecard,
            criterion_score__criterion__skill__key__in=["respect", "empathy"],
        ).first()
        passage = (
            Quoted(quoted.message_id, quoted.start, quoted.end, quoted.quote) if quoted else None
        )
        actions.recognise(
            scorecard, text, by=author, passage=passage, at=scorecard.submitted_at + DAY
        )


def _at(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))
