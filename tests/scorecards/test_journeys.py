"""Grades on the page of one customer's journey."""

import pytest
from django.urls import reverse

from scorecards.journeys import grades_of_interactions
from tests.factories.scorecards import ScorecardFactory

pytestmark = pytest.mark.django_db


def test_a_journey_shows_the_grades_that_one_may_see(
    as_user, administrator, agent, teammate, reviewer, second_reviewer
):
    card = ScorecardFactory(agent=agent, reviewer=reviewer, submitted=True)
    of = [card.interaction_id]
    assert grades_of_interactions(administrator, of) == {of[0]: [card]}
    assert grades_of_interactions(teammate, of) == {}
    assert grades_of_interactions(second_reviewer, of) == {}
    assert grades_of_interactions(administrator, []) == {}
    url = reverse("interactions:customer_journey", args=[card.interaction.customer_id])
    assert card.get_absolute_url() in as_user(administrator).get(url).content.decode()
