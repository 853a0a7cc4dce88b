import datetime as dt

import factory
from factory.django import DjangoModelFactory

from people.roles import Role
from scorecards.models import (
    Criterion,
    Level,
    ReviewAssignment,
    Rubric,
    RubricVersion,
    Scorecard,
    Section,
)
from tests.factories.content import SkillFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory


class RubricFactory(DjangoModelFactory):
    class Meta:
        model = Rubric
        django_get_or_create = ("key",)

    key = "conversation"
    name = "Customer conversation"


class LevelFactory(DjangoModelFactory):
    class Meta:
        model = Level

    label = factory.LazyAttribute(lambda o: f"Level {o.position}")
    descriptor = "What one can observe."
    points = factory.LazyAttribute(lambda o: o.position)


class CriterionFactory(DjangoModelFactory):
    """A criterion with levels worth 0, 1 and 2 points."""

    class Meta:
        model = Criterion
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"criterion-{n}")
    title = factory.Sequence(lambda n: f"Criterion {n}")
    skill = factory.SubFactory(SkillFactory)

    @factory.post_generation
    def levels(self, create, extracted, **kwargs):
        for position, points in enumerate(extracted or [0, 1, 2]):
            LevelFactory(criterion=self, position=position, points=points)


class SectionFactory(DjangoModelFactory):
    class Meta:
        model = Section

    key = factory.Sequence(lambda n: f"section-{n}")
    title = factory.LazyAttribute(lambda o: o.key.title())
    weight = 50


class RubricVersionFactory(DjangoModelFactory):
    """A published version: section respect (two criteria) and section accuracy (one, which may be
    not applicable, and one critical), weighted alike. `structure=False` leaves the sections out."""

    class Meta:
        model = RubricVersion
        skip_postgeneration_save = True

    rubric = factory.SubFactory(RubricFactory)
    number = 1
    state = RubricVersion.State.DRAFT

    @factory.post_generation
    def structure(self, create, extracted, **kwargs):
        if extracted is not False:
            respect = SectionFactory(version=self, key="respect", position=0)
            accuracy = SectionFactory(version=self, key="accuracy", position=1)
            CriterionFactory(section=respect, key="tone", position=0, skill__key="respect")
            CriterionFactory(section=respect, key="greeting", position=1, skill__key="respect")
            CriterionFactory(
                section=accuracy,
                key="facts",
                position=0,
                skill__key="accuracy",
                allows_not_applicable=True,
            )
            CriterionFactory(
                section=accuracy,
                key="identity",
                position=1,
                skill__key="accuracy",
                is_critical=True,
                levels=[0, 1],
            )
        RubricVersion.objects.filter(pk=self.pk).update(
            state=RubricVersion.State.PUBLISHED,
            published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
        self.refresh_from_db()


class ReviewAssignmentFactory(DjangoModelFactory):
    """An open pick, drawn with probability 1/4."""

    class Meta:
        model = ReviewAssignment

    interaction = factory.SubFactory(InteractionFactory)
    reviewer = factory.SubFactory(UserFactory, roles=[Role.REVIEWER])
    rubric = factory.LazyFunction(
        lambda: (RubricVersion.objects.published().first() or RubricVersionFactory()).rubric
    )
    inclusion_probability = 0.25


class ScorecardFactory(DjangoModelFactory):
    """A draft; `submitted=True` makes a submitted one without criterion scores."""

    class Meta:
        model = Scorecard

    class Params:
        submitted = factory.Trait(
            state=Scorecard.State.SUBMITTED,
            submitted_at=dt.datetime(2026, 9, 15, 12, 0, tzinfo=dt.UTC),
            month=dt.date(2026, 9, 1),
            percent=80,
            outcome=Scorecard.Outcome.PASS,
        )

    reviewer = factory.SubFactory(UserFactory, roles=[Role.REVIEWER])
    agent = None
    assignment = factory.SubFactory(
        ReviewAssignmentFactory,
        reviewer=factory.SelfAttribute("..reviewer"),
        interaction__agent=factory.SelfAttribute("...agent"),
    )
    interaction = factory.SelfAttribute("assignment.interaction")
    version = factory.LazyAttribute(
        lambda o: o.assignment.rubric.versions.get(state=RubricVersion.State.PUBLISHED)
    )
