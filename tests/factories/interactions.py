import datetime as dt

import factory
from factory.django import DjangoModelFactory

from interactions.models import Customer, ImportRun, Interaction, SurveyAnswer, Transcript
from people.channels import Channel


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    source = "desk"
    external_id = factory.Sequence(lambda n: f"customer-{n}")
    name = "Carla Customer"


class InteractionFactory(DjangoModelFactory):
    """A short chat with a transcript: customer, agent, a system action, agent."""

    class Meta:
        model = Interaction
        skip_postgeneration_save = True

    source = "desk"
    external_id = factory.Sequence(lambda n: f"contact-{n}")
    channel = Channel.CHAT
    subject = "Where is my order?"
    started_at = dt.datetime(2026, 9, 14, 10, 0, tzinfo=dt.UTC)
    ended_at = dt.datetime(2026, 9, 14, 10, 9, tzinfo=dt.UTC)
    occurred_at = factory.SelfAttribute("started_at")
    customer = factory.SubFactory(CustomerFactory)
    message_count = 4
    content_hash = ""

    transcript = factory.RelatedFactory(
        "tests.factories.interactions.TranscriptFactory", factory_related_name="interaction"
    )


class TranscriptFactory(DjangoModelFactory):
    class Meta:
        model = Transcript

    messages = factory.LazyFunction(
        lambda: [
            {"id": "m1", "speaker": "customer", "text": "Where is my order?", "offset": 0},
            {"id": "m2", "speaker": "agent", "text": "Let me look that up for you.", "offset": 30},
            {"id": "m3", "speaker": "system", "text": "", "offset": 40, "action": "open_order"},
            {"id": "m4", "speaker": "agent", "text": "It leaves tomorrow.", "offset": 55},
        ]
    )
    text = factory.LazyAttribute(lambda o: Transcript.plain_text(o.messages))


class ImportRunFactory(DjangoModelFactory):
    class Meta:
        model = ImportRun

    file_name = "contacts.jsonl"


class SurveyAnswerFactory(DjangoModelFactory):
    """A satisfied customer; came in long before the draws of the tests."""

    class Meta:
        model = SurveyAnswer

    interaction = factory.SubFactory(InteractionFactory)
    kind = SurveyAnswer.Kind.CSAT
    value = 5
    source = "desk"
    recorded_at = dt.datetime(2026, 9, 15, tzinfo=dt.UTC)
