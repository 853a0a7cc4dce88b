"""What changes in training: modules are assigned, lessons finished, quizzes taken and handed in.

Every action checks that the change is legal, raises `NotAllowed` with a sentence for the person when it
is not, and writes in one transaction.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import LearningPath, LessonPage, ModulePage, QuizPage
from people import audit
from people.models import User
from training import marking
from training.models import Attempt, Completion, ModuleAssignment
from training.permissions import can_assign_modules
from training.progress import outline_of, readable_pages


class NotAllowed(Exception):
    """The change is not legal; the text says why, to the person who asked for it."""


class NotPublished(NotAllowed):
    """The page is not published, so nothing can be done with it at the moment."""


class AlreadyDone(NotAllowed):
    """The person has finished this module and nothing in it is left to do."""


class AlreadyHandedIn(NotAllowed):
    """The attempt is closed: it takes no more answers and is not marked twice."""


@dataclass
class AssignmentReport:
    """What an assignment to several people came to. People are counted once per module."""

    assigned: list[ModuleAssignment] = field(default_factory=list)
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
) -> ModuleAssignment:
    """Ask `user` to take `module` and return the open assignment.

    Whoever has it open already keeps that assignment; a `due_on` moves its due date. Raises
    `AlreadyDone` when nothing in the module is left to do for them.
    """
    at = at or timezone.now()
    with transaction.atomic():
        report = assign_module_to_many([user], module, by=by, at=at, due_on=due_on)
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
) -> AssignmentReport:
    """Ask several people to take `module`, all or none; the report says who had it or has done it."""
    at, people = at or timezone.now(), list(people)
    _check_may_assign(by, people)
    if not module.live:
        raise NotPublished(
            _("“%(module)s” is not published, so nobody can take it yet.")
            % {"module": module.title}
        )
    if due_on is not None and due_on < timezone.localdate(at):
        raise NotAllowed(_("The due date lies in the past."))
    report = AssignmentReport()
    with transaction.atomic():
        _assign(report, people, module, by=by, at=at, due_on=due_on, moves_due_date=True)
    return report


def assign_path(
    user: User, path: LearningPath, *, by: User, at: dt.datetime | None = None
) -> list[ModuleAssignment]:
    """Ask `user` to take every module of `path`; return the assignments that are new.

    Due dates count from the day of `at`. What the person has open already stays as it is, and what
    they have done is not asked again.
    """
    return assign_path_to_many([user], path, by=by, at=at).assigned


def assign_path_to_many(
    people: Iterable[User], path: LearningPath, *, by: User, at: dt.datetime | None = None
) -> AssignmentReport:
    """`assign_path` for several people, all or none."""
    at, people = at or timezone.now(), list(people)
    _check_may_assign(by, people)
    steps = list(path.path_modules.select_related("module").order_by("sort_order"))
    if not steps:
        raise NotAllowed(_("There are no modules on “%(path)s” yet.") % {"path": path.title})
    report = AssignmentReport()
    with transaction.atomic():
        for position, step in enumerate(steps):
            due_on = None
            if step.due_after_days is not None:
                due_on = timezone.localdate(at) + dt.timedelta(days=step.due_after_days)
            _assign(
                report,
                people,
                step.module,
                by=by,
                at=at,
                due_on=due_on,
                path=path,
                position=position,
            )
    return report


def complete_lesson(user: User, lesson: LessonPage, *, at: dt.datetime | None = None) -> Completion:
    """Record that `user` has read `lesson` in its published edition.

    A lesson read before keeps its first date. The module is done with its last open step.
    """
    at = at or timezone.now()
    if not lesson.live:
        raise NotPublished(
            _("This lesson is not published at the moment, so it cannot be marked as read.")
        )
    with transaction.atomic():
        _wait_for_ones_turn(user)
        completion = _complete(user, lesson, at=at)
        _finish_module_when_done(user, lesson.get_parent(), at=at)
    return completion


def start_attempt(user: User, quiz: QuizPage, *, at: dt.datetime | None = None) -> Attempt:
    """Return the attempt that `user` has open at `quiz`, or a new one.

    The attempt keeps the questions as they stand now, options in order, and so is safe from edits.
    """
    at = at or timezone.now()
    opened = Attempt.objects.open().filter(user=user, quiz=quiz).first()
    if opened is not None:
        return opened
    if not quiz.live:
        raise NotPublished(
            _("This quiz is not published at the moment, so it cannot be taken right now.")
        )
    questions = questions_of(quiz)
    if not questions:
        raise NotAllowed(_("This quiz has no questions yet, so there is nothing to hand in."))
    # Two clicks at once meet in the constraint "one open attempt", and get the same one.
    attempt, _created = Attempt.objects.get_or_create(
        user=user,
        quiz=quiz,
        submitted_at=None,
        defaults={
            "revision_id": quiz.live_revision_id,
            "questions": marking.to_json(questions),
            "pass_mark": quiz.pass_mark,
            "started_at": at,
        },
    )
    return attempt


def save_answers(
    attempt: Attempt, answers: Mapping[str, Iterable[str]], *, by: User
) -> dict[str, list[str]]:
    """Put `answers` (question id to option ids) over what is saved; return all saved answers.

    Questions that are not named keep their answer; an empty one takes it away. Ids which were not
    asked are left out.
    """
    with transaction.atomic():
        locked = _lock_open(attempt, by=by)
        _put(locked, answers)
        locked.save(update_fields=["answers"])
    attempt.answers = locked.answers
    return attempt.answers


def submit_attempt(attempt: Attempt, *, by: User, at: dt.datetime | None = None) -> Attempt:
    """Hand in and mark; what is not answered counts as wrong.

    Passing completes the quiz, and the module when nothing else in it is open. Raises
    `AlreadyHandedIn` for the second of two clicks, and writes nothing then.
    """
    at = at or timezone.now()
    with transaction.atomic():
        _wait_for_ones_turn(by)
        locked = _lock_open(attempt, by=by)
        result = locked.result
        locked.percent = result.percent
        locked.passed = result.passes(locked.pass_mark)
        locked.submitted_at = at
        locked.save(update_fields=["percent", "passed", "submitted_at"])
        audit.record(
            "submit_attempt",
            by=by,
            of=locked,
            after={"quiz": locked.quiz_id, "percent": locked.percent, "passed": locked.passed},
            at=at,
        )
        if locked.passed:
            _complete(by, locked.quiz, at=at, revision_id=locked.revision_id)
            _finish_module_when_done(by, locked.quiz.get_parent(), at=at)
    return locked


def finish_module_for_everybody(module: Page, *, at: dt.datetime | None = None) -> int:
    """Complete `module` for all who have it open and nothing in it left to do; return how many.

    For when a step leaves the module: whoever lacked only that one would wait for ever.
    """
    at, finished = at or timezone.now(), 0
    waiting = ModuleAssignment.objects.unfinished().filter(module_id=module.pk)
    with transaction.atomic():
        for assignment in waiting.select_related("user"):
            finished += _finish_module_when_done(assignment.user, module, at=at)
    return finished


def questions_of(quiz: QuizPage) -> list[marking.Question]:
    """The questions of `quiz` as they stand now; one without options cannot be asked. Two queries."""
    entries = quiz.quiz_questions.select_related("question__skill").order_by("sort_order")
    return [
        marking.Question(
            id=str(entry.question.pk),
            kind=marking.Kind(entry.question.kind),
            text=entry.question.text,
            options=options,
            explanation=entry.question.explanation,
            skill=entry.question.skill.key if entry.question.skill else "",
        )
        for entry in entries.prefetch_related("question__options")
        if (
            options := tuple(
                marking.Option(str(option.pk), option.text, option.is_correct, option.feedback)
                for option in entry.question.options.all()
            )
        )
    ]


def _check_may_assign(by: User, people: list[User]) -> None:
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
    by: User,
    at: dt.datetime,
    due_on: dt.date | None,
    path: LearningPath | None = None,
    position: int = 0,
    moves_due_date: bool = False,
) -> None:
    opened = {
        assignment.user_id: assignment
        for assignment in ModuleAssignment.objects.unfinished().filter(
            module=module, user__in=people
        )
    }
    begun = set(
        Completion.objects.filter(user__in=people, page__path__startswith=module.path).values_list(
            "user_id", flat=True
        )
    )
    for person in people:
        assignment = opened.get(person.pk)
        if assignment is not None:
            if moves_due_date and due_on is not None and due_on != assignment.due_on:
                _move_due_date(assignment, due_on, by=by, at=at)
                report.moved.append(assignment)
            else:
                report.already_assigned.append(person)
        elif person.pk in begun and _finish_module_when_done(person, module, at=at):
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
                },
                at=at,
            )
            report.assigned.append(assignment)


def _move_due_date(
    assignment: ModuleAssignment, due_on: dt.date, *, by: User, at: dt.datetime
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


def _wait_for_ones_turn(user: User) -> None:
    """Let one person's completions happen one after the other.

    Two last steps finished at the same moment would each miss the other, and the module stay open.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _complete(
    user: User, page: Page, *, at: dt.datetime, revision_id: int | None = None
) -> Completion:
    completion, _created = Completion.objects.get_or_create(
        user=user,
        page_id=page.pk,
        defaults={"revision_id": revision_id or page.live_revision_id, "completed_at": at},
    )
    return completion


def _finish_module_when_done(user: User, module: Page, *, at: dt.datetime) -> bool:
    """Complete `module` and close its open assignment if nothing in it is left to do for `user`."""
    steps = outline_of(readable_pages(user), [module.path]).get(module.path, ())
    done = Completion.objects.filter(user=user, page__in=steps).count()
    if not steps or done < len(steps):
        return False
    _complete(user, module, at=at)
    ModuleAssignment.objects.unfinished().filter(user=user, module_id=module.pk).update(
        completed_at=at
    )
    return True


def _lock_open(attempt: Attempt, *, by: User) -> Attempt:
    if attempt.user_id != by.pk:
        raise NotAllowed(_("Only the person who takes a quiz can answer it."))
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.is_submitted:
        raise AlreadyHandedIn(
            _("This attempt was handed in already. Nothing about it was changed.")
        )
    return locked


def _put(attempt: Attempt, answers: Mapping[str, Iterable[str]]) -> None:
    for question in attempt.asked:
        if question.id in answers:
            attempt.answers[question.id] = list(question.chosen_from(answers[question.id]))
