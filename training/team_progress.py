"""How far a page of people is, as a table of people by module."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from wagtail.models import Page

from content.models import ModulePage
from people.models import User
from training.models import (
    Attempt,
    Certificate,
    Completion,
    Enrolment,
    ModuleAssignment,
    PathAssignment,
    WorkshopSession,
)
from training.paths import counts_since, judge, plans_of, results_for
from training.progress import outline_of, parent_path


@dataclass(frozen=True)
class Cell:
    """One person in one module: the assignment that counts, and the quiz result handed in last.

    `unlocked_by` are the modules it waits for; `certificate` the newest; `enrolment` a coming session.
    """

    module: ModulePage
    assignment: ModuleAssignment
    percent: int
    is_overdue: bool
    last_attempt: Attempt | None
    has_lapsed: bool = False
    unlocked_by: tuple[ModulePage, ...] = ()
    certificate: Certificate | None = None
    certificate_state: str = ""
    enrolment: Enrolment | None = None

    @property
    def is_done(self) -> bool:
        return self.assignment.completed_at is not None and not self.has_lapsed


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
    regard to pages that are restricted to groups. A constant number of queries, however many people and
    modules: seven, and five more for paths with prerequisites.
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
        Completion.objects.current(on=on)
        .filter(user__in=people, page__in=steps)
        .values_list("user_id", "page_id")
    )
    certificates = {
        (each.user_id, each.module_id): each
        for each in Certificate.objects.filter(user__in=people, module__in=modules).order_by(
            "round"
        )
    }
    enrolments = {
        (each.user_id, parent_path(each.session.workshop.path)): each
        for each in Enrolment.objects.standing()
        .filter(user__in=people, session__in=WorkshopSession.objects.coming(at=timezone.now()))
        .select_related("session__workshop")
        .order_by("-session__starts_at")
    }
    last_attempts: dict[tuple[int, str], Attempt] = {}
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in (
        Attempt.objects.submitted()
        .filter(user__in=people)
        .without_questions()
        .select_related("quiz")
        .order_by("submitted_at", "pk")
    ):
        last_attempts[attempt.user_id, parent_path(attempt.quiz.path)] = attempt
        attempts[attempt.user_id].append(attempt)
    locks = _locks(people, assignments, attempts, on=on)

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
            has_lapsed=bool(assignment.lapses_on and assignment.lapses_on <= on),
            unlocked_by=locks.get((person.pk, module.pk), ()),
            certificate=certificates.get((person.pk, module.pk)),
            certificate_state=_state_of(certificates.get((person.pk, module.pk)), on=on),
            enrolment=enrolments.get((person.pk, module.path)),
        )

    return Table(
        columns, tuple(Row(p, tuple(cell(p, module) for module in columns)) for p in people)
    )


def _state_of(certificate: Certificate | None, *, on: dt.date) -> str:
    return certificate.state(on=on).value if certificate else ""


def _locks(
    people: Sequence[User],
    assignments: Mapping[tuple[int, int], ModuleAssignment],
    attempts: Mapping[int, Sequence[Attempt]],
    *,
    on: dt.date,
) -> dict[tuple[int, int], tuple[ModulePage, ...]]:
    """What each person waits for, by person and module. One query without prerequisites, else six."""
    standing = list(
        PathAssignment.objects.standing(on=on)
        .filter(user__in=people, path__prerequisites__isnull=False)
        .distinct()
    )
    plans = plans_of(each.path_id for each in standing)
    modules = {entry.module_id for plan in plans.values() for entry in plan.entries}
    done: dict[int, set[int]] = defaultdict(set)
    if modules:
        current = Completion.objects.current(on=on).filter(user__in=people, page__in=modules)
        for user_id, page_id in current.values_list("user_id", "page_id"):
            done[user_id].add(page_id)
    found = {}
    for each in standing:
        plan = plans[each.path_id]
        hidden = {entry.module_id for entry in plan.entries if not entry.module.live}
        hit, known = results_for(plan, attempts.get(each.user_id, ()), since=counts_since(each))
        judged = judge(
            plan, done=done[each.user_id], asked_by_result=hit, has_result=known, hidden=hidden
        )
        for state in judged.entries:
            key = (each.user_id, state.entry.module_id)
            alone = key in assignments and assignments[key].path_id is None
            if state.is_locked and not alone:
                found[key] = state.unlocked_by
    return found
