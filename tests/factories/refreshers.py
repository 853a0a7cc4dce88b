import datetime as dt

import factory
from factory.django import DjangoModelFactory

from content.edition_text import parts_of
from content.models import Edition, RefresherCard
from tests.factories.content import ProcedurePageFactory
from training.models import Acknowledgement


class RefresherCardFactory(DjangoModelFactory):
    class Meta:
        model = RefresherCard

    question = factory.Sequence(lambda n: f"Question {n}?")
    answer = factory.Sequence(lambda n: f"Answer {n}.")
    procedure = factory.SubFactory(ProcedurePageFactory)


def sign(user, page) -> Acknowledgement:
    """`user` has signed for the newest edition of `page`, which gets one if it has none."""
    edition = Edition.objects.filter(page=page).order_by("-number").first()
    if edition is None:
        edition = Edition.objects.create(page=page, number=1, kind="material", text=parts_of(page))
    Acknowledgement.objects.filter(user=user, page=page, signed_at=None).delete()
    return Acknowledgement.objects.create(
        user=user,
        page=page,
        edition=edition,
        due_on=dt.date(2026, 12, 1),
        signed_at=dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC),
        signed_edition=edition,
    )
