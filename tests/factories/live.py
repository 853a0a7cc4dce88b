import datetime as dt

import factory
import wagtail_factories
from django.utils import timezone
from factory.django import DjangoModelFactory

from content.models import ShadowingItem, ShadowingPage, WorkshopPage
from tests.factories.content import ModulePageFactory
from tests.factories.people import UserFactory
from training.models import WorkshopSession


class WorkshopPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = WorkshopPage

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Workshop {n}")


class ShadowingPageFactory(wagtail_factories.PageFactory):
    """A checklist of `items`, texts."""

    class Meta:
        model = ShadowingPage
        skip_postgeneration_save = True

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Shadowing {n}")

    @factory.post_generation
    def items(self, create, extracted, **kwargs):
        for order, text in enumerate(extracted or []):
            ShadowingItem.objects.create(page=self, text=text, sort_order=order)


class WorkshopSessionFactory(DjangoModelFactory):
    """Next week, for two hours, in a room."""

    class Meta:
        model = WorkshopSession

    workshop = factory.SubFactory(WorkshopPageFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(hours=2))
    time_zone = "Europe/Berlin"
    place = "Room 2"
    trainer = factory.SubFactory(UserFactory)
