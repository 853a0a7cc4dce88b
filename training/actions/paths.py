"""What a path asks for as one goes along, and of whom it asks by itself."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import LearningPath, LearningPathModule
from people import audit
from people.models import Membership, User
from training.actions.completion import finish_paths
from training.actions.turns import wait_for_ones_turn
from training.days import day_of
from training.models import Completion, ModuleAssignment, PathAssignment
from training.paths import Plan, counts_since, plans_of, results_for, submitted_of


def begin_path(
    user: User,
    path: LearningPath,
    *,
    by: User | None,
    at: dt.datetime,
    starts_on: dt.date,
    reason: str = "",
) -> tuple[PathAssignment, bool]:
    """The row that says that `user` is on `path`, and whether it is new."""
    assignment, created = PathAssignment.objects.get_or_create(
        user=user,
        path=path,
        ended_at=None,
        defaults={
            "starts_on": starts_on,
            "reason": reason,
            "assigned_at": at,
            "assigned_by": by,
        },
    )
    if created:
        audit.record(
            "assign_path",
            by=by,
            of=assignment,
            after={"user": user.pk, "path": path.pk, "starts_on": starts_on, "reason": reason},
            at=at,
        )
    return assignment, created


def ask_for_entries(
    assignment: PathAssignment,
    entries: Iterable[tuple[int, LearningPathModule]],
    *,
    by: User | None,
    at: dt.datetime,
) -> list[ModuleAssignment]:
    """Ask for those modules of the path, each with its place on it; what is open or done stays."""
    user, made = assignment.user, []
    on = day_of(user, at)
    for position, entry in entries:
        done = Completion.objects.current(on=on).filter(user=user, page=entry.module_id)
        if done.exists():
            continue
        days = entry.due_after_days
        due_on = None if days is None else assignment.starts_on + dt.timedelta(days=days)
        new, created = ModuleAssignment.objects.get_or_create(
            user=user,
            module=entry.module,
            completed_at=None,
            defaults={
                "path_id": assignment.path_id,
                "position": position,
                "assigned_at": at,
                "assigned_by": by,
                "due_on": due_on,
                "starts_on": assignment.starts_on,
                "reason": assignment.reason,
                "round": assignment.round,
            },
        )
        if created:
            made.append(new)
            audit.record(
                "assign_module",
                by=by,
                of=new,
                after={
                    "user": user.pk,
                    "module": entry.module_id,
                    "path": assignment.path_id,
                    "due_on": due_on,
                    "reason": assignment.reason,
                },
                at=at,
            )
    return made


def assign_by_result(user: User, quiz: Page, *, at: dt.datetime) -> list[ModuleAssignment]:
    """Ask for the modules that the results of `user` call for, on the paths they are on.

    One query unless a path looks at this quiz.
    """
    running = list(
        PathAssignment.objects.running()
        .filter(user=user, ended_at__isnull=True, path__path_modules__score_in__isnull=False)
        .select_related("user")
        .distinct()
    )
    if not running:
        return []
    plans, attempts, made = plans_of(a.path_id for a in running), list(submitted_of(user)), []
    for assignment in running:
        plan = plans[assignment.path_id]
        hit, _known = results_for(plan, attempts, since=counts_since(assignment))
        due = [
            (place, entry)
            for place, entry in enumerate(plan.entries)
            if entry.pk in hit
            and entry.score_in is not None
            and quiz.path.startswith(entry.score_in.path)
        ]
        made += ask_for_entries(assignment, _from_today(assignment, due, at=at), by=None, at=at)
    return made


def _from_today(
    assignment: PathAssignment, entries: list[tuple[int, LearningPathModule]], *, at: dt.datetime
) -> list[tuple[int, LearningPathModule]]:
    """A module that comes up late is not overdue on arrival: its days count from now, if more."""
    late = (day_of(assignment.user, at) - assignment.starts_on).days
    for _place, entry in entries:
        if entry.due_after_days is not None and entry.due_after_days < late:
            entry.due_after_days = late + entry.due_after_days
    return entries


def assign_paths_by_role(
    *, users: Iterable[int] | None = None, at: dt.datetime | None = None
) -> list[PathAssignment]:
    """Ask new hires for the paths of their roles; return what is new.

    A new hire is who has the role and joined their first team, by today, on the day that the path names
    or later. Whoever was on the path once is not asked again, so it may run at any time. `users` are
    the ids it is limited to.
    """
    at = at or timezone.now()
    made: list[PathAssignment] = []
    paths = [each for each in LearningPath.objects.exclude(assigned_since=None) if each.roles]
    if not paths:
        return made
    plans = plans_of(path.pk for path in paths)
    for path in paths:
        people = (
            User.objects.filter(is_active=True, groups__name__in=path.roles)
            .exclude(path_assignments__path=path)
            .annotate(first_day=Min("memberships__starts_on"))
            .filter(first_day__gte=path.assigned_since)
            .distinct()
        )
        if users is not None:
            people = people.filter(pk__in=list(users))
        for person in people:
            on = day_of(person, at)
            current = Membership.objects.current(on=on).filter(user=person)
            if current.exists():
                made += _ask_new_hire(person, path, plans[path.pk], at=at)
    return made


def _ask_new_hire(
    person: User, path: LearningPath, plan: Plan, *, at: dt.datetime
) -> list[PathAssignment]:
    with transaction.atomic():
        wait_for_ones_turn(person)
        if PathAssignment.objects.filter(user=person, path=path).exists():
            return []
        assignment, _created = begin_path(
            person,
            path,
            by=None,
            at=at,
            starts_on=day_of(person, at),
            reason=_("For everybody who joins in this role."),
        )
        ask_for_required(assignment, plan, by=None, at=at)
        finish_paths(person, [assignment], at=at)
    return [assignment]


def ask_for_required(
    assignment: PathAssignment, plan: Plan, *, by: User | None, at: dt.datetime
) -> list[ModuleAssignment]:
    """Ask for what everybody on the path has to take, and for what this person's results call for."""
    required = [(n, entry) for n, entry in enumerate(plan.entries) if entry.is_required]
    made = ask_for_entries(assignment, required, by=by, at=at)
    return made + ask_for_results(assignment, plan, by=by, at=at)


def ask_for_results(
    assignment: PathAssignment, plan: Plan, *, by: User | None, at: dt.datetime
) -> list[ModuleAssignment]:
    """Ask for what the results that are there call for."""
    if not any(entry.score_in_id for entry in plan.entries):
        return []
    attempts = list(submitted_of(assignment.user))
    hit, _known = results_for(plan, attempts, since=counts_since(assignment))
    due = [(n, entry) for n, entry in enumerate(plan.entries) if entry.pk in hit]
    return ask_for_entries(assignment, _from_today(assignment, due, at=at), by=by, at=at)
