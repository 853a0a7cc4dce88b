"""How far somebody is on a learning path: what is done, locked, optional or not needed.

Reads only, but for `judge`, which is pure.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from content.models import (
    LearningPath,
    LearningPathGroup,
    LearningPathModule,
    LearningPathPrerequisite,
    ModulePage,
)
from people.models import User
from training.models import Attempt, Completion, ModuleAssignment, PathAssignment


class State(StrEnum):
    DONE = "done"
    OPEN = "open"
    LOCKED = "locked"
    # By the result in a quiz that is not there yet.
    DEPENDS = "depends"
    # By a result that is there and asks for nothing.
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Plan:
    """A path with all its parts, as it is authored."""

    path: LearningPath
    entries: tuple[LearningPathModule, ...] = ()
    groups: tuple[LearningPathGroup, ...] = ()
    prerequisites: tuple[LearningPathPrerequisite, ...] = ()


@dataclass(frozen=True)
class EntryState:
    entry: LearningPathModule
    state: State
    # What is to be done first, while it is locked.
    unlocked_by: tuple[ModulePage, ...] = ()

    @property
    def is_locked(self) -> bool:
        return self.state is State.LOCKED


@dataclass(frozen=True)
class GroupState:
    letter: str
    choose: int
    done: int

    @property
    def left(self) -> int:
        return max(self.choose - self.done, 0)


@dataclass(frozen=True)
class PathState:
    plan: Plan
    entries: tuple[EntryState, ...]
    groups: tuple[GroupState, ...]
    is_done: bool

    def entry_of(self, module_pk: int) -> EntryState | None:
        return next((each for each in self.entries if each.entry.module_id == module_pk), None)


def plans_of(path_ids: Iterable[int]) -> dict[int, Plan]:
    """The paths with all their parts. Four queries, none without paths."""
    ids = set(path_ids)
    if not ids:
        return {}
    entries: dict[int, list[LearningPathModule]] = defaultdict(list)
    for entry in (
        LearningPathModule.objects.filter(path__in=ids)
        .select_related("module", "score_in")
        .order_by("sort_order", "pk")
    ):
        entries[entry.path_id].append(entry)
    groups: dict[int, list[LearningPathGroup]] = defaultdict(list)
    for group in LearningPathGroup.objects.filter(path__in=ids).order_by("group"):
        groups[group.path_id].append(group)
    needs: dict[int, list[LearningPathPrerequisite]] = defaultdict(list)
    for each in LearningPathPrerequisite.objects.filter(path__in=ids).order_by("sort_order", "pk"):
        needs[each.path_id].append(each)
    return {
        path.pk: Plan(path, tuple(entries[path.pk]), tuple(groups[path.pk]), tuple(needs[path.pk]))
        for path in LearningPath.objects.filter(pk__in=ids)
    }


def judge(
    plan: Plan,
    *,
    done: Set[int],
    asked_by_result: Set[int] = frozenset(),
    has_result: Set[int] = frozenset(),
    hidden: Set[int] = frozenset(),
) -> PathState:
    """Where a person stands who has `done` these modules.

    `asked_by_result` and `has_result` are entries by result: those whose range was hit, and those with
    any result in their quiz. A prerequisite that is `hidden` (not published), or that the person's result
    does not ask for, keeps nobody waiting; a path is not done while a required module is hidden.
    """
    modules = {entry.module_id: entry.module for entry in plan.entries}
    unasked = {
        entry.module_id
        for entry in plan.entries
        if entry.score_in_id and entry.pk not in asked_by_result
    }
    waived = unasked | set(hidden)
    needs: dict[int, list[int]] = defaultdict(list)
    for each in plan.prerequisites:
        needs[each.module_id].append(each.needs_id)

    def state_of(entry: LearningPathModule) -> EntryState:
        if entry.module_id in done:
            return EntryState(entry, State.DONE)
        if entry.module_id in unasked:
            is_known = entry.pk in has_result
            return EntryState(entry, State.NOT_NEEDED if is_known else State.DEPENDS)
        missing = tuple(
            modules[pk]
            for pk in needs[entry.module_id]
            if pk in modules and pk not in done and pk not in waived
        )
        return EntryState(entry, State.LOCKED if missing else State.OPEN, missing)

    entries = tuple(state_of(entry) for entry in plan.entries)
    groups = tuple(
        GroupState(
            group.group,
            group.choose,
            sum(
                each.state is State.DONE
                for each in entries
                if each.entry.elective_group == group.group
            ),
        )
        for group in plan.groups
    )
    must = [
        each
        for each in entries
        if each.entry.is_required or (each.entry.score_in_id and each.entry.pk in asked_by_result)
    ]
    is_done = (
        bool(entries)
        and all(each.state is State.DONE for each in must)
        and not any(group.left for group in groups)
    )
    return PathState(plan, entries, groups, is_done)


def results_for(
    plan: Plan, attempts: Sequence[Attempt], *, since: dt.datetime | None = None
) -> tuple[set[int], set[int]]:
    """Entries by result whose range an attempt hit, and those with any result. Percents are rounded
    down: 69.6 is in 50 to 69, since it is less than 70. Who hit the range once is asked for good."""
    hit, known = set(), set()
    for entry in plan.entries:
        if entry.score_in is None:
            continue
        for attempt in attempts:
            if attempt.percent is None or not attempt.quiz.path.startswith(entry.score_in.path):
                continue
            if since is not None and (attempt.submitted_at is None or attempt.submitted_at < since):
                continue
            known.add(entry.pk)
            if entry.score_from <= int(attempt.percent) <= entry.score_to:  # type: ignore[operator]
                hit.add(entry.pk)
    return hit, known


def counts_since(assignment: PathAssignment | None) -> dt.datetime | None:
    """From when results count for a path: all in the first round, then those since the renewal."""
    if assignment is None or assignment.round == 1:
        return None
    return assignment.assigned_at


def states_of(
    user: User, assignments: Sequence[PathAssignment], *, on: dt.date
) -> list[tuple[PathAssignment, PathState]]:
    """Where `user` stands on each of these. Five queries, six with modules by result, none without
    assignments."""
    plans = plans_of(each.path_id for each in assignments)
    if not plans:
        return []
    modules = {e.module_id: e.module for plan in plans.values() for e in plan.entries}
    done = set(
        Completion.objects.current(on=on)
        .filter(user=user, page__in=modules)
        .values_list("page_id", flat=True)
    )
    by_result = any(e.score_in_id for plan in plans.values() for e in plan.entries)
    attempts = list(submitted_of(user)) if by_result else []
    hidden = {pk for pk, module in modules.items() if not module.live}
    found = []
    for assignment in assignments:
        plan = plans[assignment.path_id]
        hit, known = results_for(plan, attempts, since=counts_since(assignment))
        state = judge(plan, done=done, asked_by_result=hit, has_result=known, hidden=hidden)
        found.append((assignment, state))
    return found


def submitted_of(user: User) -> Iterable[Attempt]:
    attempts = Attempt.objects.submitted().filter(user=user).without_questions()
    return attempts.select_related("quiz")


def locks_of(user: User, *, on: dt.date) -> Mapping[int, tuple[ModulePage, ...]]:
    """Modules that are locked for `user`, with what unlocks each. One query without a path."""
    standing = list(PathAssignment.objects.standing(on=on).filter(user=user))
    if not standing:
        return {}
    return _locks(user, standing, on=on)


def lock_of(user: User, module_pk: int, *, on: dt.date) -> tuple[ModulePage, ...]:
    """What unlocks the module for `user`; nothing if it is open to them. One query where no path of
    theirs has a prerequisite for it."""
    standing = list(
        PathAssignment.objects.standing(on=on)
        .filter(user=user, path__prerequisites__module=module_pk)
        .distinct()
    )
    if not standing:
        return ()
    return _locks(user, standing, on=on).get(module_pk, ())


def _locks(
    user: User, standing: Sequence[PathAssignment], *, on: dt.date
) -> dict[int, tuple[ModulePage, ...]]:
    # Whoever was asked for a module by itself need not walk the path to it.
    alone = set(
        ModuleAssignment.objects.unfinished()
        .filter(user=user, path__isnull=True)
        .values_list("module_id", flat=True)
    )
    locks: dict[int, tuple[ModulePage, ...]] = {}
    for _assignment, state in states_of(user, standing, on=on):
        for each in state.entries:
            if each.is_locked and each.entry.module_id not in alone:
                before = locks.get(each.entry.module_id, ())
                new = tuple(m for m in each.unlocked_by if m not in before)
                locks[each.entry.module_id] = before + new
    return locks
