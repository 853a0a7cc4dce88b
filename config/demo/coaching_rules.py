"""A rule that has fired, and one that waits."""

import datetime as dt

from django.utils import timezone

from coaching import actions
from coaching.actions import RuleWords
from config.demo.grading import House
from content.models import ModulePage
from scorecards.models import Rubric


def build(house: House) -> None:
    """The rules look at the conversations of the last quarter, as if they had been written then."""
    staff, today = house.staff, house.today
    written = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=90), dt.time(9)))
    rubric = Rubric.objects.get(key="customer-conversation")
    for key, slug in (
        ("empathy-acknowledge", "how-good-help-sounds"),
        ("accuracy-information", "writing-that-solves-it"),
    ):
        module = ModulePage.objects.get(slug=slug)
        words = RuleWords(rubric, key, 2, None, 60, module, 14)
        actions.write_rule(words, by=staff.administrator, at=written)
    for agent in staff.agents:
        actions.apply_rules(agent, at=timezone.now() - dt.timedelta(days=6))
