"""The words of a choice, as Django says them."""

from django.db import models
from django.utils import translation

from interactions.models import Interaction
from scorecards.models import Scorecard


def test_the_words_are_those_that_django_finds():
    for value in (*Scorecard.Outcome.values, "", "another"):
        one = Scorecard(outcome=value)
        field = Scorecard._meta.get_field("outcome")
        said = one.get_outcome_display()
        assert said == models.Model._get_FIELD_display(one, field)
        assert type(said) is str


def test_the_words_follow_the_language():
    one = Interaction(channel="email")
    with translation.override("en"):
        english = one.get_channel_display()
    assert english == "E-mail"
    with translation.override("de"):
        assert one.get_channel_display() == str(
            dict(Interaction._meta.get_field("channel").choices)["email"]
        )
