"""A package is begun, opened in a window, saves what its parts say, and is finished."""

import datetime as dt
import secrets
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ScormPage
from content.packages import Item
from people import audit
from people.models import User
from training import scorm
from training.actions.completion import complete, finish_module_when_done, wait_for_ones_turn
from training.actions.locks import refuse_locked
from training.actions.refusals import NotAllowed, NotPublished
from training.actions.statements import tell_run_judged, tell_run_started
from training.days import day_of
from training.models import Completion, PackageRun, PartState


class OpenElsewhere(NotAllowed):
    """Another window has this part open, or has taken it over."""


class NotUnderstood(NotAllowed):
    """The package said something that is not in its standard; nothing of it was kept."""


def start_run(
    user: User, page: ScormPage, *, anew: bool = False, at: dt.datetime | None = None
) -> PackageRun:
    """Return the run to go on with: the last one, or else a new one.

    `anew` makes a new one when every part of the last has ended; what that came to stays.
    """
    at = at or timezone.now()
    run = PackageRun.objects.filter(user=user, page=page).first()
    is_to_renew = run is not None and run.is_finished and not is_done(user, page, at=at)
    if run is not None and not is_to_renew and not (anew and can_begin_anew(run)):
        return run
    if not page.live:
        raise NotPublished(
            _("This package is not published at the moment, so it cannot be taken right now.")
        )
    refuse_locked(user, page, at=at)
    with transaction.atomic():
        if run is not None:
            PackageRun.objects.open().filter(pk=run.pk).update(finished_at=at)
        # Two clicks at once meet in the constraint "one open run", and get the same one.
        run, created = PackageRun.objects.get_or_create(
            user=user,
            page=page,
            finished_at=None,
            defaults={"package_id": page.package_id, "started_at": at},
        )
        if created:
            PartState.objects.bulk_create(
                PartState(run=run, identifier=item.identifier) for item in page.package.parts
            )
            tell_run_started(run)
    return run


def is_done(user: User, page: ScormPage, *, at: dt.datetime) -> bool:
    """In the present round: a finished run of an earlier one is for looking back."""
    return Completion.objects.current(on=day_of(user, at)).filter(user=user, page=page).exists()


def can_begin_anew(run: PackageRun) -> bool:
    return not run.parts.filter(has_ended=False).exists()


def open_part(
    run: PackageRun,
    identifier: str,
    *,
    by: User,
    take_over: bool = False,
    at: dt.datetime | None = None,
) -> PartState:
    """Give the part to one window and return it with a new `key`.

    Raises `OpenElsewhere` while another window has it, unless this one takes over.
    """
    at = at or timezone.now()
    with transaction.atomic():
        part = _locked(run, identifier, by=by)
        if part.is_held(at=at) and not take_over:
            raise OpenElsewhere(_("This is open in another window already."))
        part.past_seconds = part.total_seconds
        part.session_seconds, part.sequence = 0, 0
        part.key, part.held_at = secrets.token_urlsafe(32), at
        part.save()
        if not _item(run, identifier).is_sco and not run.is_finished:
            # It has nothing to say: whoever opens a plain page has done it.
            part.has_ended = part.completed = part.was_opened = True
            part.save(update_fields=["has_ended", "completed", "was_opened"])
            _judge(part.run, at=at)
    return part


def keep_open(
    run: PackageRun,
    identifier: str,
    *,
    key: str,
    by: User,
    leaves: bool = False,
    at: dt.datetime | None = None,
) -> None:
    """Say that the window is still there, or that it `leaves`. Raises `OpenElsewhere` when another has
    taken over."""
    with transaction.atomic():
        part = _locked(run, identifier, by=by)
        _check_key(part, key)
        part.held_at = None if leaves else at or timezone.now()
        part.save(update_fields=["held_at"])


def save_part(
    run: PackageRun,
    identifier: str,
    *,
    key: str,
    sequence: int,
    data: Mapping[str, Any],
    has_ended: bool,
    leaves: bool = False,
    by: User,
    at: dt.datetime | None = None,
) -> PartState:
    """Keep what the part has set so far, all of it; completes the page when that is enough.

    What arrives late is left aside: each window counts what it sends. A finished run is for looking
    back, so nothing of it changes. `leaves`: the window closes.
    """
    at = at or timezone.now()
    with transaction.atomic():
        wait_for_ones_turn(by)
        part = _locked(run, identifier, by=by)
        _check_key(part, key)
        run = part.run
        if problem := scorm.problem_in(run.package.edition, data):
            raise NotUnderstood(
                _("The package sent what its standard does not know: %(problem)s")
                % {"problem": problem}
            )
        part.held_at = None if leaves else at
        if sequence <= part.sequence or run.is_finished:
            part.save(update_fields=["held_at"])
            return part
        part.sequence = sequence
        part.data, part.has_ended, part.was_opened = dict(data), has_ended, True
        time = "cmi.core.session_time" if run.package.edition == "1.2" else "cmi.session_time"
        part.session_seconds = scorm.seconds_of(run.package.edition, data.get(time, ""))
        outcome = _outcome(run, part)
        # What was completed once stays so: looking at a part again does not take it back.
        part.completed = part.completed or outcome.completed
        part.success = outcome.success if outcome.success is not None else part.success
        part.score_scaled = _rounded(outcome.scaled)
        part.save()
        _judge(run, at=at, only=outcome)
    return part


def terms_of(run: PackageRun, item: Item) -> scorm.Terms:
    return scorm.Terms(
        edition=run.package.edition,
        mastery_score=item.mastery_score,
        passing=item.passing,
        threshold=item.threshold,
        sets_completion=item.sets_completion,
    )


def _judge(run: PackageRun, *, at: dt.datetime, only: scorm.Outcome | None = None) -> None:
    """Put what the parts come to into the run, and finish what is done by it."""
    parts = list(run.parts.all())
    if len(parts) == 1 and only is not None:
        whole = only
    else:
        whole = scorm.outcome_of_all(
            scorm.Outcome(part.completed, part.success, part.score_scaled) for part in parts
        )
    before = run.success
    run.completed = all(part.completed for part in parts)
    run.success = whole.success if whole.success is not None else run.success
    run.score_scaled = _rounded(whole.scaled)
    run.score_raw, run.score_min, run.score_max = (
        (_rounded(whole.raw), _rounded(whole.low), _rounded(whole.high))
        if whole.raw is not None
        else (None, None, None)
    )
    run.total_seconds = sum(part.total_seconds for part in parts)
    reached = scorm.Outcome(run.completed, run.success, run.score_scaled)
    page = run.page
    is_done = reached.is_done(scorm.Rule(page.mastery_rule), page.mastery_score)
    if is_done and all(part.has_ended for part in parts):
        run.finished_at = at
    run.save()
    if run.success is not None and run.success != before:
        audit.record(
            "judge_package",
            by=run.user,
            of=run,
            before={"passed": before},
            after={"passed": run.success, "completed": run.completed, "score": run.score_scaled},
            at=at,
        )
        tell_run_judged(run, at=at)
    if is_done:
        complete(run.user, page, at=at)
        finish_module_when_done(run.user, page.get_parent(), at=at)


def _outcome(run: PackageRun, part: PartState) -> scorm.Outcome:
    terms = terms_of(run, _item(run, part.identifier))
    return scorm.outcome_of(terms, part.data, has_ended=part.has_ended)


def _item(run: PackageRun, identifier: str) -> Item:
    return next(item for item in run.package.parts if item.identifier == identifier)


def _locked(run: PackageRun, identifier: str, *, by: User) -> PartState:
    if run.user_id != by.pk:
        raise NotAllowed(_("Only the person who takes a package can work in it."))
    part = PartState.objects.select_for_update(of=("self",)).get(run=run, identifier=identifier)
    part.run = PackageRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    return part


def _check_key(part: PartState, key: str) -> None:
    if part.key is None or not secrets.compare_digest(
        part.key.encode(), key.encode(errors="replace")
    ):
        raise OpenElsewhere(
            _("This went on in another window. What you do here is not kept any more.")
        )


def _rounded(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.quantize(Decimal("0.0001"), ROUND_HALF_UP)
