"""Steps and modules are finished."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import LessonPage, ModulePage
from people import audit
from people.models import User
from training.actions.certificates import certify
from training.actions.locks import refuse_locked
from training.actions.refusals import NotPublished
from training.actions.rounds import begin_due_rounds
from training.actions.statements import tell_completed
from training.actions.turns import wait_for_ones_turn
from training.days import day_of
from training.events import page_completed
from training.models import Completion, ModuleAssignment, PathAssignment
from training.paths import PathState, states_of
from training.progress import outline_of, readable_pages


def complete_lesson(user: User, lesson: LessonPage, *, at: dt.datetime | None = None) -> Completion:
    """Record that `user` has read `lesson` in its published edition.

    A lesson read before keeps its first date. The module is done with its last open step.
    """
    at = at or timezone.now()
    if not lesson.live:
        raise NotPublished(
            _("This lesson is not published at the moment, so it cannot be marked as read.")
        )
    refuse_locked(user, lesson, at=at)
    with transaction.atomic():
        wait_for_ones_turn(user)
        completion = complete(user, lesson, at=at)
        finish_module_when_done(user, lesson.get_parent(), at=at)
    return completion


def finish_module_for_everybody(module: Page, *, at: dt.datetime | None = None) -> int:
    """Complete `module` for all who have it open and nothing in it left to do; return how many.

    For when a step leaves the module: whoever lacked only that one would wait for ever.
    """
    at, finished = at or timezone.now(), 0
    waiting = ModuleAssignment.objects.unfinished().filter(module_id=module.pk)
    with transaction.atomic():
        for assignment in waiting.select_related("user"):
            finished += finish_module_when_done(assignment.user, module, at=at)
    return finished


def complete(
    user: User, page: Page, *, at: dt.datetime, revision_id: int | None = None
) -> Completion:
    """The completion of `page` in the person's present round; what is to be renewed begins a new one."""
    begin_due_rounds(user, at=at)
    rounds = Completion.objects.filter(user=user, page_id=page.pk)
    completion, created = Completion.objects.get_or_create(
        user=user,
        page_id=page.pk,
        ended_at=None,
        defaults={
            "revision_id": revision_id or page.live_revision_id,
            "completed_at": at,
            "round": (rounds.aggregate(last=Max("round"))["last"] or 0) + 1,
        },
    )
    if created:
        tell_completed(completion, page)
        page_completed.send(Completion, completion=completion, page=page)
    return completion


def finish_module_when_done(user: User, module: Page, *, at: dt.datetime) -> bool:
    """Complete `module` and close its open assignment if nothing in it is left to do for `user`."""
    steps = outline_of(readable_pages(user), [module.path]).get(module.path, ())
    current = Completion.objects.current(on=day_of(user, at)).filter(user=user)
    if not steps or current.filter(page__in=steps).count() < len(steps):
        return False
    completion = complete(user, module, at=at)
    specific = module if isinstance(module, ModulePage) else ModulePage.objects.get(pk=module.pk)
    _certify_module(user, specific, completion, at=at)
    ModuleAssignment.objects.unfinished().filter(user=user, module_id=module.pk).update(
        completed_at=at, lapses_on=completion.lapses_on
    )
    finish_paths_when_done(user, specific, at=at)
    return True


def _certify_module(
    user: User, module: ModulePage, completion: Completion, *, at: dt.datetime
) -> None:
    """With the module all its steps are to be renewed, from one day on. Who has finished it keeps the
    certificate and the day that they had."""
    if completion.completed_at != at:
        return
    certificate = certify(user, module, round=completion.round, at=at)
    if certificate is None or certificate.valid_until is None:
        return
    completion.lapses_on = module.renew_from(certificate.valid_until)
    Completion.objects.filter(
        user=user, page__path__startswith=module.path, ended_at__isnull=True
    ).update(lapses_on=completion.lapses_on)


def finish_paths_when_done(user: User, module: ModulePage, *, at: dt.datetime) -> None:
    """Finish the paths of `user` on which, with this module, nothing is left that has to be done."""
    running = PathAssignment.objects.running().filter(
        user=user, ended_at__isnull=True, path__path_modules__module=module
    )
    finish_paths(user, list(running.select_related("path")), at=at)


def finish_paths(user: User, running: Sequence[PathAssignment], *, at: dt.datetime) -> None:
    for assignment, state in states_of(user, running, on=day_of(user, at)):
        if not state.is_done:
            continue
        assignment.completed_at = at
        certificate = certify(user, state.plan.path, round=assignment.round, at=at)
        if certificate is not None and certificate.valid_until is not None:
            assignment.lapses_on = state.plan.path.renew_from(certificate.valid_until)
            _let_lapse(user, state, assignment.lapses_on)
        assignment.save(update_fields=["completed_at", "lapses_on"])
        audit.record(
            "finish_path",
            by=None,
            of=assignment,
            after={"user": user.pk, "path": assignment.path_id, "round": assignment.round},
            at=at,
        )


def _let_lapse(user: User, state: PathState, day: dt.date) -> None:
    """What is renewed with the path, unless it has to be renewed earlier by itself."""
    later = Q(lapses_on__isnull=True) | Q(lapses_on__gt=day)
    for entry in state.plan.entries:
        Completion.objects.filter(
            later, user=user, page__path__startswith=entry.module.path, ended_at__isnull=True
        ).update(lapses_on=day)
    ModuleAssignment.objects.filter(
        later,
        user=user,
        module__in=[entry.module_id for entry in state.plan.entries],
        completed_at__isnull=False,
    ).update(lapses_on=day)
