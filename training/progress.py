"""How far one person is: the state of modules, what comes next, and the learner's whole picture.

Reads only. A module's steps are its published children, in tree order, that the person may read; a
step is done when there is a `Completion` of it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.db.models.functions import Length, Substr
from django.utils import timezone
from wagtail.models import Page
from wagtail.query import PageQuerySet

from content.models import LearningPath, ModulePage
from content.models.base import VisiblePageQuerySet
from content.models.modules import module_at, rows_at
from people.models import User
from people.once import once
from training.models import (
    Attempt,
    Completion,
    Enrolment,
    ModuleAssignment,
    PathAssignment,
    Shadowing,
)
from training.paths import (
    EntryState,
    PathState,
    Plan,
    State,
    counts_since,
    judge,
    locks_of,
    plans_of,
    results_for,
)
from training.rounds import began

Outline = dict[str, tuple[Page, ...]]


@dataclass(frozen=True)
class ModuleProgress:
    """One person in one module. Without `is_available` (not published, or not for this person) it has
    no steps. A finished module that was assigned again is not done until that is finished too."""

    module: ModulePage
    steps: tuple[Page, ...] = ()
    done: frozenset[int] = frozenset()
    is_available: bool = True
    assignment: ModuleAssignment | None = None
    is_overdue: bool = False
    completed_at: dt.datetime | None = None
    best_attempt: Attempt | None = None
    # How it stands on the path it is shown on, and what unlocks it wherever it is locked.
    entry: EntryState | None = None
    unlocked_by: tuple[ModulePage, ...] = ()
    # Finished in an earlier round, and to be renewed.
    is_to_renew: bool = False
    enrolment: Enrolment | None = None
    shadowing: Shadowing | None = None

    @property
    def is_locked(self) -> bool:
        return bool(self.unlocked_by) and not self.is_done

    @property
    def reason(self) -> str:
        return self.assignment.reason if self.assignment and not self.is_done else ""

    @property
    def is_done(self) -> bool:
        return self.completed_at is not None

    @property
    def done_count(self) -> int:
        return sum(step.pk in self.done for step in self.steps)

    @property
    def percent(self) -> int:
        """Whole percent of the steps that are done, rounded down: 100 means all."""
        return 100 * self.done_count // len(self.steps) if self.steps else 0

    @property
    def next_step(self) -> Page | None:
        return self.step_after(None)

    @property
    def due_on(self) -> dt.date | None:
        return self.assignment.due_on if self.assignment else None

    def step_after(self, page: Page | None) -> Page | None:
        """The first open step behind `page`, or else the first other one; `None` if none is open."""
        here = page.path if page is not None else ""
        waiting = [step for step in self.steps if step.pk not in self.done and step.path != here]
        behind = (step for step in waiting if step.path > here)
        return next(behind, waiting[0] if waiting else None)


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next. `page` is a step of any kind, `url` its address."""

    module: ModulePage
    page: Page
    url: str
    is_quiz: bool
    percent: int
    due_on: dt.date | None
    is_overdue: bool
    reason: str = ""

    @property
    def kind(self) -> str:
        return self.page.content_type.model


@dataclass(frozen=True)
class PathProgress:
    """One person on one path. What their results do not ask for is not among its `modules`."""

    path: LearningPath
    modules: tuple[ModuleProgress, ...]
    state: PathState
    assignment: PathAssignment | None = None

    @property
    def _must(self) -> list[ModuleProgress]:
        return [
            each
            for each in self.modules
            if each.entry
            and not (each.entry.entry.is_optional or each.entry.entry.elective_group)
            and each.entry.state is not State.DEPENDS
        ]

    @property
    def total(self) -> int:
        """How many modules have to be done: the required ones, and those to choose."""
        return len(self._must) + sum(group.choose for group in self.state.groups)

    @property
    def done_count(self) -> int:
        chosen = sum(min(group.done, group.choose) for group in self.state.groups)
        return sum(module.is_done for module in self._must) + chosen

    @property
    def is_done(self) -> bool:
        return self.state.is_done


@dataclass(frozen=True)
class Learning:
    """All there is to say to a learner. A module on an unfinished path is not among `others`;
    `done` has every finished one, the latest first."""

    next: NextStep | None = None
    paths: tuple[PathProgress, ...] = ()
    others: tuple[ModuleProgress, ...] = ()
    done: tuple[ModuleProgress, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.others or self.done)


def what_is_next(user: User, *, on: dt.date) -> NextStep | None:
    """The next open step of the first assigned module in which there is one; `None` if nothing waits.

    First is what is due first, then what was assigned first. Modules that are not published are passed
    over, and so are those that are locked on a path. One query when nothing is assigned, otherwise five,
    more on a path with prerequisites; addresses come from Wagtail's cache.
    """
    assignments = list(
        ModuleAssignment.objects.unfinished().filter(user=user).select_related("module").in_order()
    )
    if not assignments:
        return None
    outline = outline_of(readable_pages(user), [each.module.path for each in assignments])
    steps = [step.pk for steps in outline.values() for step in steps]
    completed = Completion.objects.current(on=on).filter(user=user, page__in=steps)
    done = frozenset(completed.values_list("page_id", flat=True))
    locks = locks_of(user, on=on)
    return _first_step(
        _progress(
            each.module,
            outline,
            done,
            assignment=each,
            on=on,
            unlocked_by=locks.get(each.module_id, ()),
        )
        for each in assignments
    )


def module_progress(user: User, module_path: str) -> ModuleProgress | None:
    """How far `user` is in the module at `module_path`; `None` if they may not read it.

    Assignment and attempts are left out. Three queries, which a page of the module makes anyway.
    """
    on = timezone.localdate()
    module = module_at(module_path)
    rows = rows_at(module_path, user)
    if module is None or not rows or rows[0].path != module_path:
        return None
    outline: Outline = {module_path: rows[1:]}
    pages = {module.pk, *(step.pk for step in outline[module_path])}
    done = {
        each.page_id: each.completed_at
        for each in completions_in(user, module_path)
        if each.page_id in pages and each.counts(on=on)
    }
    return _progress(module, outline, frozenset(done), on=on, completed_at=done.get(module.pk))


@once
def completions_in(user: User, module_path: str) -> tuple[Completion, ...]:
    """What `user` has finished of the module at that place, in every round. One query."""
    mine = Completion.objects.filter(user=user, page__path__startswith=module_path)
    return tuple(mine.order_by("pk"))


def learning_of(user: User, *, on: dt.date) -> Learning:
    """Everything `user` has to learn, is learning unasked, or has learned.

    Seven queries, however much there is; four more for paths, two for workshops and shadowing.
    """
    assignments = list(
        ModuleAssignment.objects.filter(user=user).select_related("module", "path").in_order()
    )
    all_completions = list(Completion.objects.filter(user=user).select_related("page"))
    completions = [each for each in all_completions if each.counts(on=on)]
    attempts = list(Attempt.objects.filter(user=user).without_questions().select_related("quiz"))
    standing = {
        each.path_id: each
        for each in PathAssignment.objects.filter(user=user, ended_at__isnull=True)
    }
    plans = plans_of({*standing, *(each.path_id for each in assignments if each.path_id)})
    touched = {each.page.path for each in all_completions} | {a.quiz.path for a in attempts}
    above = touched | {parent_path(path) for path in touched}
    begun = {each.pk: each for each in ModulePage.objects.filter(path__in=above)}

    modules = {each.module_id: each.module for each in assignments}
    modules |= {e.module_id: e.module for plan in plans.values() for e in plan.entries}
    modules |= begun
    outline = outline_of(readable_pages(user), [module.path for module in modules.values()])
    completed = {each.page_id: each.completed_at for each in completions}
    # An open assignment is the last word about a module; of closed ones, the latest.
    latest = {each.module_id: each for each in sorted(assignments, key=_open_last)}
    once_done = {each.page_id for each in all_completions}
    together = _together(user, outline)
    starts = _starts(all_completions, user=user, on=on)
    progress = {
        pk: _progress(
            module,
            outline,
            frozenset(completed),
            assignment=latest.get(pk),
            on=on,
            completed_at=completed.get(pk),
            best_attempt=best_attempt(
                attempt
                for attempt in attempts
                if parent_path(attempt.quiz.path) == module.path
                and attempt.started_at >= starts.get(attempt.quiz_id, attempt.started_at)
            ),
            once_done=pk in once_done,
            **together.get(module.path, {}),
        )
        for pk, module in modules.items()
    }
    paths = _paths(plans, standing, progress, attempts)
    progress = _locked(progress, paths, latest)
    open_paths = tuple(
        replace(path, modules=tuple(_at(progress, each) for each in path.modules))
        for path in paths
        if not path.is_done
    )
    on_open_paths = {each.module.pk for path in open_paths for each in path.modules}
    waiting = [progress[each.module_id] for each in assignments if each.completed_at is None]
    own = [
        progress[pk]
        for pk in modules
        if not progress[pk].is_done
        and (pk not in latest or latest[pk].completed_at is not None)
        and pk in begun
    ]
    return Learning(
        next=_first_step(waiting),
        paths=open_paths,
        others=tuple(each for each in (*waiting, *own) if each.module.pk not in on_open_paths),
        done=tuple(
            sorted(
                (each for each in progress.values() if each.is_done),
                key=lambda each: (each.completed_at, each.module.pk),
                reverse=True,
            )
        ),
    )


def _at(progress: Mapping[int, ModuleProgress], shown: ModuleProgress) -> ModuleProgress:
    """The module as it is shown on one path, with what is known of it by now."""
    return replace(progress[shown.module.pk], entry=shown.entry)


def _paths(
    plans: Mapping[int, Plan],
    standing: Mapping[int, PathAssignment],
    progress: Mapping[int, ModuleProgress],
    attempts: Sequence[Attempt],
) -> list[PathProgress]:
    done = {pk for pk, each in progress.items() if each.is_done}
    found = []
    for plan in sorted(plans.values(), key=lambda plan: (plan.path.title, plan.path.pk)):
        if not plan.entries:
            continue
        assignment = standing.get(plan.path.pk)
        hit, known = results_for(plan, attempts, since=counts_since(assignment))
        hidden = {e.module_id for e in plan.entries if not e.module.live}
        state = judge(plan, done=done, asked_by_result=hit, has_result=known, hidden=hidden)
        shown = tuple(
            replace(progress[each.entry.module_id], entry=each)
            for each in state.entries
            if each.state is not State.NOT_NEEDED
        )
        found.append(PathProgress(plan.path, shown, state, assignment))
    return found


def _locked(
    progress: dict[int, ModuleProgress],
    paths: Iterable[PathProgress],
    latest: Mapping[int, ModuleAssignment],
) -> dict[int, ModuleProgress]:
    """What a path locks is locked, unless somebody was asked for the module by itself."""
    locked = dict(progress)
    for path in paths:
        if path.assignment is None or path.is_done:
            continue
        for each in path.state.entries:
            pk = each.entry.module_id
            assignment = latest.get(pk)
            is_alone = (
                assignment is not None
                and assignment.path_id is None
                and assignment.completed_at is None
            )
            if each.is_locked and not is_alone:
                locked[pk] = replace(locked[pk], unlocked_by=each.unlocked_by)
    return locked


def _starts(
    completions: Iterable[Completion], *, user: User, on: dt.date
) -> dict[int, dt.datetime]:
    """When the present round of each page began, for pages in a later round than the first."""
    of_page: dict[int, list[Completion]] = defaultdict(list)
    for each in completions:
        of_page[each.page_id].append(each)
    found = {pk: began(rows, user=user, on=on) for pk, rows in of_page.items()}
    return {pk: start for pk, start in found.items() if start is not None}


def _together(user: User, outline: Outline) -> dict[str, dict[str, Any]]:
    """By the path of its module: the date of a workshop that `user` is down for, and their shadowing. Two
    queries where there are such steps."""
    kinds = {step.content_type.model for steps in outline.values() for step in steps}
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    if "workshoppage" in kinds:
        now = timezone.now()
        for enrolment in (
            Enrolment.objects.standing()
            .filter(user=user, session__cancelled_at__isnull=True, session__ends_at__gt=now)
            .select_related("session__workshop")
            .order_by("-session__starts_at")
        ):
            found[parent_path(enrolment.session.workshop.path)]["enrolment"] = enrolment
    if "shadowingpage" in kinds:
        for shadowing in (
            Shadowing.objects.open().filter(user=user).select_related("page", "observer")
        ):
            found[parent_path(shadowing.page.path)]["shadowing"] = shadowing
    return found


def parent_path(path: str) -> str:
    return path[: -Page.steplen]


def readable_pages(user: User) -> PageQuerySet:
    """Pages of every type that `user` may read."""
    return VisiblePageQuerySet(Page).visible_to(user)


def outline_of(pages: PageQuerySet, module_paths: Sequence[str]) -> Outline:
    """The steps of each module by its path, among `pages`; a module not among them is left out.

    One query. The content type of each step is loaded with it.
    """
    rows = list(
        pages.annotate(parent_path=Substr("path", 1, Length("path") - Page.steplen))
        .filter(Q(path__in=module_paths) | Q(parent_path__in=module_paths))
        .select_related("content_type")
        .order_by("path")
    )
    found = {row.path for row in rows} & set(module_paths)
    return {
        path: tuple(row for row in rows if row.parent_path == path)
        for path in module_paths
        if path in found
    }


def best_attempt(attempts: Iterable[Attempt]) -> Attempt | None:
    """The submitted attempt with the highest percent; of equal ones the first in the order given."""
    marked = [(each.percent, each) for each in attempts if each.percent is not None]
    return max(marked, key=lambda pair: pair[0], default=(None, None))[1]


def is_quiz(step: Page) -> bool:
    return step.content_type.model == "quizpage"


def _progress(
    module: ModulePage,
    outline: Outline,
    completed: Collection[int],
    *,
    assignment: ModuleAssignment | None = None,
    on: dt.date | None = None,
    completed_at: dt.datetime | None = None,
    best_attempt: Attempt | None = None,
    once_done: bool = False,
    unlocked_by: tuple[ModulePage, ...] = (),
    enrolment: Enrolment | None = None,
    shadowing: Shadowing | None = None,
) -> ModuleProgress:
    steps = outline.get(module.path, ())
    if assignment is not None:
        has_lapsed = bool(on and assignment.lapses_on and assignment.lapses_on <= on)
        completed_at = None if has_lapsed else assignment.completed_at
    return ModuleProgress(
        module=module,
        steps=steps,
        done=frozenset(step.pk for step in steps if step.pk in completed),
        is_available=module.path in outline,
        assignment=assignment,
        is_overdue=bool(assignment and on and assignment.is_overdue(on=on)),
        completed_at=completed_at,
        best_attempt=best_attempt,
        unlocked_by=unlocked_by,
        is_to_renew=once_done and completed_at is None,
        enrolment=enrolment,
        shadowing=shadowing,
    )


def _first_step(waiting: Iterable[ModuleProgress]) -> NextStep | None:
    for progress in waiting:
        step = progress.next_step
        if step is not None and not progress.is_locked:
            return NextStep(
                module=progress.module,
                page=step,
                url=step.url,
                is_quiz=is_quiz(step),
                percent=progress.percent,
                due_on=progress.due_on,
                is_overdue=progress.is_overdue,
                reason=progress.reason,
            )
    return None


def _open_last(assignment: ModuleAssignment) -> tuple[bool, dt.datetime, int]:
    return (assignment.completed_at is None, assignment.assigned_at, assignment.pk)
