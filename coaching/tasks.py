"""What the worker does for coaching."""

from django_tasks import task

from coaching import actions
from people.models import User
from scorecards.models import Rubric


@task()
def let_rules_fire_for(person: int, rubric: int) -> None:
    """A task that comes late or twice finds nothing left to do: a grade lets a rule fire once."""
    agent, its_rubric = (
        User.objects.filter(pk=person).first(),
        Rubric.objects.filter(pk=rubric).first(),
    )
    if agent and its_rubric:
        actions.apply_rules(agent, rubric=its_rubric)
