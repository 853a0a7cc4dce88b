"""What who develops a person could do next: modules that teach what to work on, a talk, a goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from coaching.models import Goal
from content.models import ModulePage, Skill
from people.models import User
from scorecards.models import Criterion
from training.models import ModuleAssignment
from training.permissions import can_assign_modules


@dataclass(frozen=True, slots=True)
class Offer:
    """A module that teaches a skill, and where the person stands with it."""

    module: ModulePage
    is_assigned: bool
    assign_url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One skill to work on, with what teaches it and where a goal is set; `goal_url` is empty where one
    stands already."""

    skill: Skill
    offers: Sequence[Offer]
    goal_url: str


@dataclass(frozen=True, slots=True)
class NextSteps:
    steps: Sequence[Step]
    can_assign: bool
    coaching_url: str


def next_steps(person: User, skills: dict[Skill, Criterion], *, reader: User) -> NextSteps:
    """For the skills given, in their order, each with the criterion that shows it. Four queries."""
    modules = list(
        ModulePage.objects.visible_to(reader)
        .filter(skills__in=list(skills))
        .distinct()
        .order_by("title", "pk")
        .prefetch_related("skills")
    )
    open_ones = ModuleAssignment.objects.filter(user=person, completed_at__isnull=True)
    assigned = set(open_ones.filter(module__in=modules).values_list("module", flat=True))
    standing = Goal.objects.standing().filter(agent=person, skill__in=list(skills))
    has_goal = set(standing.values_list("skill", flat=True))
    return NextSteps(
        steps=[
            Step(
                skill,
                [
                    Offer(
                        module,
                        module.pk in assigned,
                        _with(
                            reverse("coaching:module_assign", args=[person.pk]),
                            module=module.pk,
                            criterion=criterion.pk,
                        ),
                    )
                    for module in modules
                    if skill in module.skills.all()
                ],
                ""
                if skill.pk in has_goal
                else _with(reverse("coaching:goal_create"), agent=person.pk, skill=skill.pk),
            )
            for skill, criterion in skills.items()
        ],
        can_assign=can_assign_modules(reader),
        coaching_url=_with(reverse("coaching:session_create"), agent=person.pk),
    )


def _with(address: str, **values: object) -> str:
    return f"{address}?{urlencode(values)}"
