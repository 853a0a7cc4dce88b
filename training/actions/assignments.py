"""Modules and paths are assigned to people."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content import path_rules
from content.models import LearningPath, ModulePage
from people import audit
from people.models import User
from training.actions.completion import finish_module_when_done, finish_paths
from training.actions.paths import ask_for_results, begin_path
from training.actions.refusals import AlreadyDone, NotAllowed, NotPublished
from training.actions.rounds import begin_due_rounds
from training.actions.turns import wait_for_ones_turn
from training.models import Completion, ModuleAssignment, PathAssignment
from training.paths import Plan, plans_of
from training.permissions import can_assign_modules


@dataclass
class AssignmentReport:
    """What an assignment to several people came to. People are counted once per module."""

    assigned: list[ModuleAssignment] = field(default_factory=list)
    began: list[PathAssignment] = field(default_factory=list)
    moved: list[ModuleAssignment] = field(default_factory=list)
    already_assigned: list[User] = field(default_factory=list)
    already_done: list[User] = field(default_factory=list)


def assign_module(
    user: User,
    module: ModulePage,
    *,
    by: User,
    at: dt.datetime | None = None,
    due_on: dt.date | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> ModuleAssignment:
    """Ask `user` to take `module` and return the open assignment.

    Whoever has it open already keeps that assignment; a `due_on` moves its due date. Raises
    `AlreadyDone` when nothing in the module is left to do for them.
    """
    at = at or timezone.now()
    with transaction.atomic():
        report = assign_module_to_many(
            [user], module, by=by, at=at, due_on=due_on, starts_on=starts_on, reason=reason
        )
        if report.already_done:
            raise AlreadyDone(
                _("%(person)s has done “%(module)s” already.")
                % {"person": user, "module": module.title}
            )
        return ModuleAssignment.objects.unfinished().get(user=user, module=module)


def assign_module_to_many(
    people: Iterable[User],
    module: ModulePage,
    *,
    by: User,
    at: dt.datetime | None = None,
    due_on: dt.date | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> AssignmentReport:
    """Ask several people to take `module`, all or none; the report says who had it or has done it."""
    at, people = at or timezone.now(), list(people)
    check_may_assign(by, people)
    if not module.live:
        raise NotPublished(
            _("“%(module)s” is not published, so nobody can take it yet.")
            % {"module": module.title}
        )
    if due_on is not None and due_on < timezone.localdate(at):
        raise NotAllowed(_("The due date lies in the past."))
    if due_on is not None and starts_on is not None and due_on < starts_on:
        raise NotAllowed(_("The due date lies before the start."))
    report = AssignmentReport()
    with transaction.atomic():
        for person in people:
            wait_for_ones_turn(person)
            begin_due_rounds(person, at=at)
        _assign(
            report,
            people,
            module,
            by=by,
            at=at,
            due_on=due_on,
            starts_on=starts_on,
            reason=reason.strip(),
            moves_due_date=True,
        )
    return report


class ModuleOutcome(StrEnum):
    """What became of an assignment that nobody is there to be told about."""

    ASSIGNED = "assigned"
    OPEN_ALREADY = "open_already"
    DONE_ALREADY = "done_already"
    NOT_PUBLISHED = "not_published"


def assign_module_by_rule(
    user: User, module: ModulePage, *, due_on: dt.date, reason: str, at: dt.datetime
) -> tuple[ModuleOutcome, ModuleAssignment | None]:
    """Ask `user` to take `module` because a rule says so: nobody's permission is asked, and nothing is
    refused. Whoever has it open keeps their due date."""
    if not module.live:
        return ModuleOutcome.NOT_PUBLISHED, None
    report = AssignmentReport()
    with transaction.atomic():
        wait_for_ones_turn(user)
        begin_due_rounds(user, at=at)
        _assign(report, [user], module, by=None, at=at, due_on=due_on, reason=reason)
    if report.assigned:
        return ModuleOutcome.ASSIGNED, report.assigned[0]
    if report.already_done:
        return ModuleOutcome.DONE_ALREADY, None
    opened = ModuleAssignment.objects.unfinished().get(user=user, module=module)
    return ModuleOutcome.OPEN_ALREADY, opened


def take_back_assignment(assignment: ModuleAssignment, *, at: dt.datetime) -> bool:
    """Ask for a module no longer that a rule asked for, when its reason is gone. What the person has done
    in it stays done; one that is finished, or that somebody asked for, stays as it is."""
    with transaction.atomic():
        rows = ModuleAssignment.objects.select_for_update().filter(assigned_by__isnull=True)
        locked = rows.filter(pk=assignment.pk, completed_at__isnull=True).first()
        if locked is None:
            return False
        audit.record(
            "take_back_module",
            by=None,
            of=locked,
            before={"user": locked.user_id, "module": locked.module_id, "due_on": locked.due_on},
            at=at,
        )
        locked.delete()
    return True


def assign_path(
    user: User,
    path: LearningPath,
    *,
    by: User,
    at: dt.datetime | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> list[ModuleAssignment]:
    """Put `user` on `path` and ask for its required modules; return the assignments that are new.

    Due dates count from `starts_on`, or else from the day of `at`. What the person has open already stays
    as it is, and what they have done is not asked again.
    """
    report = assign_path_to_many([user], path, by=by, at=at, starts_on=starts_on, reason=reason)
    return report.assigned


def assign_path_to_many(
    people: Iterable[User],
    path: LearningPath,
    *,
    by: User,
    at: dt.datetime | None = None,
    starts_on: dt.date | None = None,
    reason: str = "",
) -> AssignmentReport:
    """`assign_path` for several people, all or none."""
    at, people, reason = at or timezone.now(), list(people), reason.strip()
    check_may_assign(by, people)
    plan = plans_of([path.pk])[path.pk]
    starts_on = starts_on or timezone.localdate(at)
    _check_path(plan, starts_on=starts_on, on=timezone.localdate(at))
    report = AssignmentReport()
    with transaction.atomic():
        for person in people:
            wait_for_ones_turn(person)
            begin_due_rounds(person, at=at)
        began = [
            begin_path(person, path, by=by, at=at, starts_on=starts_on, reason=reason)
            for person in people
        ]
        report.began = [assignment for assignment, is_new in began if is_new]
        for position, entry in enumerate(plan.entries):
            if not entry.is_required:
                continue
            due_on = None
            if entry.due_after_days is not None:
                due_on = starts_on + dt.timedelta(days=entry.due_after_days)
            _assign(
                report,
                people,
                entry.module,
                by=by,
                at=at,
                due_on=due_on,
                path=path,
                position=position,
                starts_on=starts_on,
                reason=reason,
            )
        for assignment, _is_new in began:
            if assignment.completed_at is None:
                report.assigned += ask_for_results(assignment, plan, by=by, at=at)
                finish_paths(assignment.user, [assignment], at=at)
    return report


def _check_path(plan: Plan, *, starts_on: dt.date, on: dt.date) -> None:
    title = plan.path.title
    if not plan.entries:
        raise NotAllowed(_("There are no modules on “%(path)s” yet.") % {"path": title})
    problems = path_rules.problems_of(plan.entries, plan.groups, plan.prerequisites)
    if problems:
        raise NotAllowed(
            _("“%(path)s” cannot be assigned before an editor has mended it: %(problem)s")
            % {"path": title, "problem": problems[0]}
        )
    for entry in plan.entries:
        if entry.due_after_days is None or not entry.is_required:
            continue
        if starts_on + dt.timedelta(days=entry.due_after_days) < on:
            raise NotAllowed(
                _("With this start, “%(module)s” would be overdue already. Choose a later day.")
                % {"module": entry.module.title}
            )


def check_may_assign(by: User, people: list[User]) -> None:
    if not can_assign_modules(by):
        raise NotAllowed(_("You may not assign modules."))
    seen = set(User.objects.visible_to(by).filter(pk__in=[p.pk for p in people]))
    if strangers := [str(person) for person in people if person not in seen]:
        raise NotAllowed(
            _("You may not assign modules to %(people)s.") % {"people": ", ".join(strangers)}
        )


def _assign(
    report: AssignmentReport,
    people: list[User],
    module: ModulePage,
    *,
    by: User | None,
    at: dt.datetime,
    due_on: dt.date | None,
    path: LearningPath | None = None,
    position: int = 0,
    starts_on: dt.date | None = None,
    reason: str = "",
    moves_due_date: bool = False,
) -> None:
    opened = {
        assignment.user_id: assignment
        for assignment in ModuleAssignment.objects.unfinished().filter(
            module=module, user__in=people
        )
    }
    begun = set(
        Completion.objects.filter(
            user__in=people, page__path__startswith=module.path, ended_at__isnull=True
        ).values_list("user_id", flat=True)
    )
    for person in people:
        assignment = opened.get(person.pk)
        if assignment is not None:
            if moves_due_date and due_on is not None and due_on != assignment.due_on:
                _move_due_date(assignment, due_on, by=by, at=at)
                report.moved.append(assignment)
            else:
                report.already_assigned.append(person)
        elif person.pk in begun and finish_module_when_done(person, module, at=at):
            report.already_done.append(person)
        else:
            assignment = ModuleAssignment.objects.create(
                user=person,
                module=module,
                path=path,
                position=position,
                assigned_at=at,
                assigned_by=by,
                due_on=due_on,
                starts_on=starts_on,
                reason=reason,
            )
            audit.record(
                "assign_module",
                by=by,
                of=assignment,
                after={
                    "user": person.pk,
                    "module": module.pk,
                    "path": path.pk if path else None,
                    "due_on": due_on,
                    "reason": reason,
                },
                at=at,
            )
            report.assigned.append(assignment)


def _move_due_date(
    assignment: ModuleAssignment, due_on: dt.date, *, by: User | None, at: dt.datetime
) -> None:
    before, assignment.due_on = assignment.due_on, due_on
    assignment.save(update_fields=["due_on"])
    audit.record(
        "move_due_date",
        by=by,
        of=assignment,
        before={"due_on": before},
        after={"due_on": due_on},
        at=at,
    )
