import factory
from factory.django import DjangoModelFactory

from people.roles import Role
from scorecards.models import RubricVersion, SamplingPlan
from tests.factories.people import UserFactory
from tests.factories.scorecards import RubricVersionFactory


class SamplingPlanFactory(DjangoModelFactory):
    """Two of each agent's conversations a week, by simple chance, each graded once; with two
    reviewers unless others are given."""

    class Meta:
        model = SamplingPlan
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Plan {n}")
    rubric = factory.LazyFunction(
        lambda: (RubricVersion.objects.published().first() or RubricVersionFactory()).rubric
    )
    double_percent = 0
    linking_count = 0

    @factory.post_generation
    def reviewers(self, create, extracted, **kwargs):
        if create:
            self.reviewers.set(
                [UserFactory(roles=[Role.REVIEWER]) for _person in range(2)]
                if extracted is None
                else extracted
            )
