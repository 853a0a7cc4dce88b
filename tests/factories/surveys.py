import datetime as dt

import factory
from factory.django import DjangoModelFactory

from interactions.models import PublicReview, Survey, SurveyInvitation, SurveyQuestion, SurveyRule
from interactions.models.invitations import digest_of
from interactions.surveys.wording import version_of
from tests.factories.interactions import CustomerFactory, InteractionFactory

NOW = dt.datetime(2026, 9, 16, 12, tzinfo=dt.UTC)
ADDRESS = "carla@example.com"


class SurveyFactory(DjangoModelFactory):
    """Satisfaction, whether it was resolved, and a comment."""

    class Meta:
        model = Survey
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"After a contact {n}")

    @factory.post_generation
    def questions(self, create, extracted, **kwargs):
        asked = extracted or [
            ("csat", "How satisfied are you?"),
            ("resolved", "Was it resolved?"),
            ("comment", "What should we know?"),
        ]
        for place, (kind, text) in enumerate(asked):
            SurveyQuestion.objects.create(survey=self, kind=kind, text=text, sort_order=place)


class SurveyRuleFactory(DjangoModelFactory):
    """Asks everybody the day after."""

    class Meta:
        model = SurveyRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    survey = factory.SubFactory(SurveyFactory)
    is_active = True
    created_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class AskedCustomerFactory(CustomerFactory):
    email = ADDRESS


class SurveyInvitationFactory(DjangoModelFactory):
    """Sent, and not answered yet."""

    class Meta:
        model = SurveyInvitation
        exclude = ["survey"]

    survey = factory.SubFactory(SurveyFactory)
    interaction = factory.SubFactory(
        InteractionFactory, customer=factory.SubFactory(AskedCustomerFactory)
    )
    version = factory.LazyAttribute(lambda o: version_of(o.survey))
    address_digest = digest_of(ADDRESS)
    state = SurveyInvitation.State.SENT
    sent_at = NOW
    created_at = NOW
    expires_at = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class PublicReviewFactory(DjangoModelFactory):
    class Meta:
        model = PublicReview

    site = "Trustpages"
    posted_on = dt.date(2026, 9, 20)
    author = "Carla C."
    rating = 2
    highest = 5
    title = "Waited for long"
    text = "The lamp came late, and nobody told me."
