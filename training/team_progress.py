"""How far a page of people is, as a table of people by module."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from wagtail.models import Page

from content.models import ModulePage
from people.models import User
from training.models import Attempt, Completion, ModuleAssignment
from training.progress import outline_of, parent_path


@dataclass(frozen=True)
class Cell:
    """One person in one module: the assignment that counts, and the quiz result handed in last."""

    module: ModulePage
    assignment: ModuleAssignment
    percent: int
    is_overdue: bool
    last_attempt: Attempt | None

    @property
    def is_done(self) -> bool:
        return self.assignment.completed_at is not None


@dataclass(frozen=True)
class Row:
    person: User
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Table:
    modules: tuple[ModulePage, ...]
    rows: tuple[Row, ...]


def team_table(people: Sequence[User], *, on: dt.date) -> Table:
    """A row for each of `people`, a column for each module that one of them was assigned.

    A cell is `None` where the module was never assigned. Percents count the published steps, without
    regard to pages that are restricted to groups. Four queries, however many people and modules.
    """
    assignments: dict[tuple[int, int], ModuleAssignment] = {}
    modules: dict[int, ModulePage] = {}
    # The open assignment counts, or else the latest; so it comes last and stays.
    for each in sorted(
        ModuleAssignment.objects.filter(user__in=people).select_related("module"),
        key=lambda each: (each.completed_at is None, each.assigned_at, each.pk),
    ):
        assignments[each.user_id, each.module_id] = each
        modules[each.module_id] = each.module
    columns = tuple(sorted(modules.values(), key=lambda module: module.path))

    outline = outline_of(Page.objects.live(), [module.path for module in columns])
    steps = [step.pk for steps in outline.values() for step in steps]
    done = set(
        Completion.objects.filter(user__in=people, page__in=steps).values_list("user_id", "page_id")
    )
    last_attempts: dict[tuple[int, str], Attempt] = {}
    for attempt in (
        Attempt.objects.submitted()
        .filter(user__in=people)
        .without_questions()
        .select_related("quiz")
        .order_by("submitted_at", "pk")
    ):
        last_attempts[attempt.user_id, parent_path(attempt.quiz.path)] = attempt

    def cell(person: User, module: ModulePage) -> Cell | None:
        assignment = assignments.get((person.pk, module.pk))
        if assignment is None:
            return None
        module_steps = outline.get(module.path, ())
        finished = sum((person.pk, step.pk) in done for step in module_steps)
        return Cell(
            module=module,
            assignment=assignment,
            percent=100 * finished // len(module_steps) if module_steps else 0,
            is_overdue=assignment.is_overdue(on=on),
            last_attempt=last_attempts.get((person.pk, module.path)),
        )

    return Table(
        columns, tuple(Row(p, tuple(cell(p, module) for module in columns)) for p in people)
    )
