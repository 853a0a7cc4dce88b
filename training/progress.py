"""How far one person is: the state of modules, what comes next, and the learner's whole picture.

Reads only. A module's steps are its published children, in tree order, that the person may read; a
step is done when there is a `Completion` of it.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Length, Substr
from wagtail.models import Page
from wagtail.query import PageQuerySet

from content.models import LearningPath, LearningPathModule, ModulePage
from content.models.base import VisiblePageQuerySet
from people.models import User
from training.models import Attempt, Completion, ModuleAssignment

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
    """The one thing to do next. `page` is a lesson or a quiz, `url` its address."""

    module: ModulePage
    page: Page
    url: str
    is_quiz: bool
    percent: int
    due_on: dt.date | None
    is_overdue: bool


@dataclass(frozen=True)
class PathProgress:
    path: LearningPath
    modules: tuple[ModuleProgress, ...]

    @property
    def done_count(self) -> int:
        return sum(module.is_done for module in self.modules)

    @property
    def is_done(self) -> bool:
        return self.done_count == len(self.modules)


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
    over. One query when nothing is assigned, otherwise three; addresses come from Wagtail's cache.
    """
    assignments = list(
        ModuleAssignment.objects.unfinished().filter(user=user).select_related("module").in_order()
    )
    if not assignments:
        return None
    outline = outline_of(readable_pages(user), [each.module.path for each in assignments])
    steps = [step.pk for steps in outline.values() for step in steps]
    completed = Completion.objects.filter(user=user, page__in=steps)
    done = frozenset(completed.values_list("page_id", flat=True))
    return _first_step(
        _progress(each.module, outline, done, assignment=each, on=on) for each in assignments
    )


def module_progress(user: User, module_path: str) -> ModuleProgress | None:
    """How far `user` is in the module at `module_path`; `None` if they may not read it.

    Assignment and attempts are left out. Three queries.
    """
    module = ModulePage.objects.filter(path=module_path).first()
    if module is None:
        return None
    outline = outline_of(readable_pages(user), [module_path])
    if module_path not in outline:
        return None
    completed = Completion.objects.filter(
        user=user, page__in=[module.pk, *(step.pk for step in outline[module_path])]
    )
    done = dict(completed.values_list("page_id", "completed_at"))
    return _progress(module, outline, frozenset(done), completed_at=done.get(module.pk))


def learning_of(user: User, *, on: dt.date) -> Learning:
    """Everything `user` has to learn, is learning unasked, or has learned.

    Six queries, however much there is.
    """
    assignments = list(
        ModuleAssignment.objects.filter(user=user).select_related("module", "path").in_order()
    )
    completions = list(Completion.objects.filter(user=user).select_related("page"))
    attempts = list(Attempt.objects.filter(user=user).without_questions().select_related("quiz"))
    path_modules = list(
        LearningPathModule.objects.filter(path__in={a.path_id for a in assignments if a.path_id})
        .select_related("path", "module")
        .order_by("path__title", "path", "sort_order")
    )
    touched = {each.page.path for each in completions} | {each.quiz.path for each in attempts}
    begun = ModulePage.objects.filter(path__in=touched | {parent_path(path) for path in touched})

    modules = {each.module_id: each.module for each in (*assignments, *path_modules)}
    modules |= {module.pk: module for module in begun}
    outline = outline_of(readable_pages(user), [module.path for module in modules.values()])
    completed = {each.page_id: each.completed_at for each in completions}
    # An open assignment is the last word about a module; of closed ones, the latest.
    latest = {each.module_id: each for each in sorted(assignments, key=_open_last)}
    progress = {
        pk: _progress(
            module,
            outline,
            frozenset(completed),
            assignment=latest.get(pk),
            on=on,
            completed_at=completed.get(pk),
            best_attempt=best_attempt(
                each for each in attempts if parent_path(each.quiz.path) == module.path
            ),
        )
        for pk, module in modules.items()
    }
    paths = [
        PathProgress(path, tuple(progress[each.module_id] for each in entries))
        for path, entries in groupby(path_modules, key=lambda each: each.path)
    ]
    open_paths = tuple(path for path in paths if not path.is_done)
    on_open_paths = {each.module.pk for path in open_paths for each in path.modules}
    waiting = [progress[each.module_id] for each in assignments if each.completed_at is None]
    own = [progress[pk] for pk in modules if pk not in latest and not progress[pk].is_done]
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
) -> ModuleProgress:
    steps = outline.get(module.path, ())
    if assignment is not None:
        completed_at = assignment.completed_at
    return ModuleProgress(
        module=module,
        steps=steps,
        done=frozenset(step.pk for step in steps if step.pk in completed),
        is_available=module.path in outline,
        assignment=assignment,
        is_overdue=bool(assignment and on and assignment.is_overdue(on=on)),
        completed_at=completed_at,
        best_attempt=best_attempt,
    )


def _first_step(waiting: Iterable[ModuleProgress]) -> NextStep | None:
    for progress in waiting:
        step = progress.next_step
        if step is not None:
            return NextStep(
                module=progress.module,
                page=step,
                url=step.url,
                is_quiz=is_quiz(step),
                percent=progress.percent,
                due_on=progress.due_on,
                is_overdue=progress.is_overdue,
            )
    return None


def _open_last(assignment: ModuleAssignment) -> tuple[bool, dt.datetime, int]:
    return (assignment.completed_at is None, assignment.assigned_at, assignment.pk)
