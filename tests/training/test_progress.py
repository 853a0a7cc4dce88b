"""Where one person stands: the next step, the learner's picture, and what both cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from tests.factories.content import (
    LearningPathFactory,
    LessonPageFactory,
    ModulePageFactory,
)
from tests.factories.training import AttemptFactory, CompletionFactory, ModuleAssignmentFactory
from training.models import Completion
from training.progress import learning_of, module_progress, what_is_next

TODAY = dt.date(2026, 11, 16)
YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
EARLIER = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)


def assign(user, built, **fields):
    return ModuleAssignmentFactory(user=user, module=built.module, **fields)


def test_nothing_is_next_without_an_assignment(agent, listening):
    assert what_is_next(agent, on=TODAY) is None


def test_next_is_the_first_open_step(agent, listening):
    assign(agent, listening, due_on=TOMORROW)
    CompletionFactory(user=agent, page=listening.first)

    step = what_is_next(agent, on=TODAY)

    assert (step.module, step.page.pk, step.url) == (
        listening.module,
        listening.second.pk,
        listening.second.url,
    )
    assert (step.is_quiz, step.percent) == (False, 33)
    assert (step.due_on, step.is_overdue) == (TOMORROW, False)


def test_next_may_be_the_quiz(agent, listening):
    assign(agent, listening)
    CompletionFactory(user=agent, page=listening.first)
    CompletionFactory(user=agent, page=listening.second)

    step = what_is_next(agent, on=TODAY)

    assert (step.page.pk, step.is_quiz, step.percent) == (listening.quiz.pk, True, 66)


def test_next_is_what_is_due_first(agent, make_module):
    whenever, soon, late = make_module("Whenever"), make_module("Soon"), make_module("Late")
    assign(agent, whenever, assigned_at=EARLIER)
    assign(agent, soon, due_on=TOMORROW)
    assign(agent, late, due_on=YESTERDAY)

    step = what_is_next(agent, on=TODAY)

    assert (step.module, step.is_overdue) == (late.module, True)


def test_next_without_dates_follows_the_path(agent, make_module):
    second, first = make_module("Second"), make_module("First")
    assign(agent, second, position=1, assigned_at=EARLIER)
    assign(agent, first, position=0, assigned_at=EARLIER)

    assert what_is_next(agent, on=TODAY).module == first.module


def test_the_due_day_itself_is_not_overdue(agent, listening):
    assign(agent, listening, due_on=TODAY)

    assert what_is_next(agent, on=TODAY).is_overdue is False


def test_next_passes_over_what_is_not_published(agent, make_module):
    hidden, shown = make_module("Hidden"), make_module("Shown")
    assign(agent, hidden, due_on=YESTERDAY)
    assign(agent, shown)
    hidden.module.unpublish()
    shown.first.unpublish()

    step = what_is_next(agent, on=TODAY)

    assert (step.module, step.page.pk) == (shown.module, shown.second.pk)


def test_next_passes_over_what_one_may_not_read(agent, listening):
    assign(agent, listening)
    PageViewRestriction.objects.create(
        page=listening.first, restriction_type=PageViewRestriction.GROUPS
    )

    assert what_is_next(agent, on=TODAY).page.pk == listening.second.pk


def test_next_passes_over_an_empty_module(agent):
    ModuleAssignmentFactory(user=agent, module=ModulePageFactory())

    assert what_is_next(agent, on=TODAY) is None


def test_next_is_ones_own(agent, teammate, listening):
    assign(teammate, listening)
    assign(agent, listening)
    CompletionFactory(user=teammate, page=listening.first)

    assert what_is_next(agent, on=TODAY).page.pk == listening.first.pk


def queries(function, *args, **kwargs) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        function(*args, **kwargs)
    return len(captured)


def test_next_costs_the_same_for_one_and_three_modules(agent, make_module):
    assign(agent, make_module("One"))
    what_is_next(agent, on=TODAY)  # Wagtail remembers the site's address from here on
    one = queries(what_is_next, agent, on=TODAY)
    for title in ("Two", "Three"):
        CompletionFactory(user=agent, page=make_module(f"Begun {title}").first)
        assign(agent, make_module(title))

    assert one == queries(what_is_next, agent, on=TODAY) == 5


def test_learning_of_nobody_is_empty(agent):
    assert learning_of(agent, on=TODAY).is_empty


def test_learning_shows_a_path_with_dates_and_progress(agent, make_module):
    one, two = make_module("One"), make_module("Two")
    path = LearningPathFactory(modules=[one.module, two.module])
    assign(agent, one, path=path, position=0, completed_at=LATER)
    assign(agent, two, path=path, position=1, due_on=YESTERDAY)
    for page in (one.first, one.second, one.quiz, one.module, two.first):
        CompletionFactory(user=agent, page=page, completed_at=LATER)

    learning = learning_of(agent, on=TODAY)

    (shown,) = learning.paths
    assert (shown.path, shown.done_count, shown.is_done) == (path, 1, False)
    done, begun = shown.modules
    assert (done.module, done.is_done, done.percent) == (one.module, True, 100)
    assert (begun.module, begun.percent, begun.due_on, begun.is_overdue) == (
        two.module,
        33,
        YESTERDAY,
        True,
    )
    assert learning.others == ()
    assert [each.module for each in learning.done] == [one.module]
    assert learning.next.page.pk == two.second.pk


def test_learning_shows_what_of_a_path_was_assigned_alone_in_the_path_only(agent, make_module):
    one, two = make_module("One"), make_module("Two")
    path = LearningPathFactory(modules=[one.module, two.module])
    assign(agent, one, due_on=TOMORROW)
    assign(agent, two, path=path, position=1)

    learning = learning_of(agent, on=TODAY)

    assert [each.due_on for each in learning.paths[0].modules] == [TOMORROW, None]
    assert learning.others == ()


def test_learning_lists_a_finished_path_as_done(agent, listening):
    path = LearningPathFactory(modules=[listening.module])
    assign(agent, listening, path=path, completed_at=LATER)

    learning = learning_of(agent, on=TODAY)

    assert (learning.next, learning.paths, learning.others) == (None, (), ())
    assert [each.module for each in learning.done] == [listening.module]


def test_learning_lists_other_modules_by_date_and_own_choices_last(agent, make_module):
    whenever, soon, own = make_module("Whenever"), make_module("Soon"), make_module("Own")
    CompletionFactory(user=agent, page=own.first)
    assign(agent, whenever)
    assign(agent, soon, due_on=TOMORROW)

    learning = learning_of(agent, on=TODAY)

    assert [each.module for each in learning.others] == [soon.module, whenever.module, own.module]
    assert learning.others[2].assignment is None


def test_learning_counts_an_attempt_as_begun(agent, listening):
    AttemptFactory(user=agent, quiz=listening.quiz)

    assert [each.module for each in learning_of(agent, on=TODAY).others] == [listening.module]


def test_learning_shows_the_best_quiz_result_of_a_done_module(agent, listening):
    assign(agent, listening, completed_at=LATER)
    best = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)
    AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, percent=80)
    AttemptFactory(user=agent, quiz=listening.quiz)

    (done,) = learning_of(agent, on=TODAY).done

    assert done.best_attempt == best
    assert done.completed_at == LATER


def test_learning_orders_done_modules_by_date(agent, make_module):
    old, new = make_module("Old"), make_module("New")
    assign(agent, old, completed_at=EARLIER)
    assign(agent, new, completed_at=LATER)

    assert [each.module for each in learning_of(agent, on=TODAY).done] == [new.module, old.module]


def test_learning_shows_a_module_assigned_again_as_open(agent, listening):
    assign(agent, listening, completed_at=EARLIER, assigned_at=EARLIER)
    CompletionFactory(user=agent, page=listening.module)
    assign(agent, listening, assigned_at=LATER)

    learning = learning_of(agent, on=TODAY)

    assert [each.module for each in learning.others] == [listening.module]
    assert learning.done == ()


def test_learning_says_that_a_module_is_not_available(agent, listening):
    assign(agent, listening, due_on=YESTERDAY)
    listening.module.unpublish()

    (shown,) = learning_of(agent, on=TODAY).others

    assert (shown.is_available, shown.is_overdue, shown.steps) == (False, False, ())


def fill(user, make_module, title):
    path = LearningPathFactory(modules=[make_module(f"{title} a").module])
    assign(user, make_module(f"{title} b"), path=path, due_on=TOMORROW)
    assign(user, make_module(f"{title} c"), completed_at=LATER)
    own = make_module(f"{title} d")
    CompletionFactory(user=user, page=own.first)
    AttemptFactory(user=user, quiz=own.quiz, submitted=True)


def test_learning_costs_the_same_for_one_and_three(agent, make_module):
    fill(agent, make_module, "One")
    learning_of(agent, on=TODAY)
    one = queries(learning_of, agent, on=TODAY)
    fill(agent, make_module, "Two")
    fill(agent, make_module, "Three")

    assert one == queries(learning_of, agent, on=TODAY) == 11


def test_module_progress_finds_the_step_behind_a_page(agent, listening):
    progress = module_progress(agent, listening.module.path)
    assert progress.step_after(listening.first).pk == listening.second.pk
    assert progress.step_after(listening.quiz).pk == listening.first.pk

    CompletionFactory(user=agent, page=listening.second)
    progress = module_progress(agent, listening.module.path)
    assert progress.step_after(listening.first).pk == listening.quiz.pk

    CompletionFactory(user=agent, page=listening.first)
    progress = module_progress(agent, listening.module.path)
    assert progress.step_after(listening.quiz) is None


@pytest.mark.parametrize(("done", "percent"), [(0, 0), (1, 14), (6, 85), (7, 100)])
def test_percent_is_rounded_down(agent, done, percent):
    module = ModulePageFactory()
    lessons = [LessonPageFactory(parent=module) for _number in range(7)]
    Completion.objects.bulk_create(Completion(user=agent, page=lesson) for lesson in lessons[:done])

    assert module_progress(agent, module.path).percent == percent


def test_module_progress_of_a_hidden_module_is_none(agent, listening):
    listening.module.unpublish()

    assert module_progress(agent, listening.module.path) is None
    assert module_progress(agent, "0001") is None
