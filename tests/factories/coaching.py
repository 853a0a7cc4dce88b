import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from coaching.models import ActionItem, AgendaItem, CoachingSession, Goal, Recognition
from people.roles import Role
from tests.factories.content import SkillFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import ScorecardFactory


class CoachingSessionFactory(DjangoModelFactory):
    """Planned for tomorrow; `held=True` and `cancelled=True` make one of yesterday."""

    class Meta:
        model = CoachingSession

    class Params:
        held = factory.Trait(
            state=CoachingSession.State.HELD,
            starts_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=1)),
            held_at=factory.LazyFunction(timezone.now),
        )
        cancelled = factory.Trait(
            state=CoachingSession.State.CANCELLED,
            cancelled_at=factory.LazyFunction(timezone.now),
            cancelled_because="Fire drill",
        )

    agent = factory.SubFactory(UserFactory, roles=[Role.AGENT])
    coach = factory.SubFactory(UserFactory, roles=[Role.MANAGER])
    starts_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=1))


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    session = factory.SubFactory(CoachingSessionFactory)
    title = factory.Sequence(lambda n: f"Topic {n}")
    position = factory.Sequence(lambda n: n)
    added_by = factory.SelfAttribute("session.coach")


class ActionItemFactory(DjangoModelFactory):
    """Open, due in a week, to be done by the agent."""

    class Meta:
        model = ActionItem

    agent = factory.SubFactory(UserFactory, roles=[Role.AGENT])
    owner = factory.SelfAttribute("agent")
    created_by = factory.SelfAttribute("agent")
    text = factory.Sequence(lambda n: f"Do thing {n}")
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))


class GoalFactory(DjangoModelFactory):
    class Meta:
        model = Goal

    agent = factory.SubFactory(UserFactory, roles=[Role.AGENT])
    skill = factory.SubFactory(SkillFactory)
    set_by = factory.SubFactory(UserFactory, roles=[Role.MANAGER])
    target = 85
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=60))
    baseline_first = factory.LazyFunction(lambda: timezone.localdate().replace(day=1))
    baseline_last = factory.LazyFunction(timezone.localdate)


class RecognitionFactory(DjangoModelFactory):
    class Meta:
        model = Recognition

    agent = factory.SubFactory(UserFactory, roles=[Role.AGENT])
    scorecard = factory.SubFactory(
        ScorecardFactory, submitted=True, agent=factory.SelfAttribute("..agent")
    )
    author = factory.SelfAttribute("scorecard.reviewer")
    words = "You let her finish before you answered."
