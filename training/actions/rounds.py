"""What was learned long ago is to be renewed: a new round begins, and the one before is history."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.models import LearningPath, ModulePage
from people import audit
from people.models import User
from training.actions.turns import wait_for_ones_turn
from training.days import day_of
from training.models import (
    Certificate,
    Completion,
    ModuleAssignment,
    PackageRun,
    PathAssignment,
)
from training.paths import plans_of

# How long people have who were asked only when the certificate had expired.
RENEW_WITHIN = dt.timedelta(days=14)


def expire_completions(*, at: dt.datetime | None = None) -> int:
    """Begin the rounds that are due for everybody who is active; return for how many people.
    For a command that runs daily: running it again, or twice at once, begins nothing twice."""
    at = at or timezone.now()
    # Nowhere is it later than a day ahead; each person's own day decides.
    soon = timezone.localdate(at) + dt.timedelta(days=1)
    due = Q(pk__in=Completion.objects.lapsed(on=soon).values("user")) | Q(
        pk__in=_lapsed_paths(on=soon).values("user")
    )
    people = User.objects.filter(due, is_active=True).order_by("pk")
    return sum(begin_due_rounds(person, at=at) > 0 for person in people)


def begin_due_rounds(user: User, *, at: dt.datetime) -> int:
    """Put aside what `user` has to renew by now, and ask for it again; return how many modules and paths.

    One query when nothing is due and the person is on no path that ends.
    """
    on = day_of(user, at)
    is_due = Completion.objects.lapsed(on=on).filter(user=user).exists()
    if not is_due and not _lapsed_paths(on=on).filter(user=user).exists():
        return 0
    with transaction.atomic(), translation.override(user.language or settings.LANGUAGE_CODE):
        wait_for_ones_turn(user)
        count = 0
        for assignment in _lapsed_paths(on=on).filter(user=user).select_related("path"):
            _renew_path(assignment, on=on, at=at)
            count += 1
        lapsed = Completion.objects.lapsed(on=on).filter(user=user)
        for module in ModulePage.objects.filter(pk__in=lapsed.values("page")):
            _renew_module(user, module, on=on, at=at)
            count += 1
        # A step that has left its module since.
        lapsed.update(ended_at=at)
    return count


def _lapsed_paths(*, on: dt.date):  # type: ignore[no-untyped-def]
    return PathAssignment.objects.filter(
        ended_at__isnull=True, completed_at__isnull=False, lapses_on__lte=on
    )


def _renew_module(
    user: User,
    module: ModulePage,
    *,
    on: dt.date,
    at: dt.datetime,
    path: LearningPath | None = None,
    position: int = 0,
    due_on: dt.date | None = None,
    reason: str = "",
) -> None:
    certificate = _last(user, on=on, module=module)
    if due_on is None:
        due_on, reason = _due(certificate, on=on)
    done = Completion.objects.filter(
        user=user, page__path__startswith=module.path, ended_at__isnull=True
    )
    before = list(done.values_list("pk", flat=True))
    last_round = _last_round(user, module)
    done.update(ended_at=at)
    PackageRun.objects.open().filter(
        user=user, page__path__startswith=module.path, completed=True
    ).update(finished_at=at)
    # One that is open already keeps its date.
    assignment, created = ModuleAssignment.objects.get_or_create(
        user=user,
        module=module,
        completed_at=None,
        defaults={
            "path": path,
            "position": position,
            "assigned_at": at,
            "due_on": due_on,
            "starts_on": on,
            "reason": reason,
            "round": last_round + 1,
        },
    )
    audit.record(
        "begin_round",
        by=None,
        of=assignment,
        before={"completions": before},
        after={
            "user": user.pk,
            "module": module.pk,
            "round": assignment.round,
            "due_on": assignment.due_on,
            "was_open": not created,
        },
        at=at,
    )


def _renew_path(old: PathAssignment, *, on: dt.date, at: dt.datetime) -> None:
    user = old.user
    due_on, reason = _due(_last(user, on=on, path=old.path), on=on)
    old.ended_at = at
    old.save(update_fields=["ended_at"])
    new = PathAssignment.objects.create(
        user=user,
        path=old.path,
        starts_on=on,
        reason=reason,
        assigned_at=at,
        round=old.round + 1,
    )
    audit.record(
        "begin_path_round",
        by=None,
        of=new,
        before={"completed_at": old.completed_at},
        after={"user": user.pk, "path": old.path_id, "round": new.round, "due_on": due_on},
        at=at,
    )
    for position, entry in enumerate(plans_of([old.path_id])[old.path_id].entries):
        if entry.is_required:
            _renew_module(
                user, entry.module, on=on, at=at, path=old.path, position=position, due_on=due_on,
                reason=reason,
            )  # fmt: skip
        else:
            Completion.objects.filter(
                user=user, page__path__startswith=entry.module.path, ended_at__isnull=True
            ).update(ended_at=at)
            ModuleAssignment.objects.filter(
                user=user, module=entry.module, completed_at__isnull=False, lapses_on__isnull=True
            ).update(lapses_on=on)


def _last(user: User, *, on: dt.date, **of: ModulePage | LearningPath) -> Certificate | None:
    return Certificate.objects.filter(user=user, **of).order_by("-round").first()


def _due(certificate: Certificate | None, *, on: dt.date) -> tuple[dt.date, str]:
    until = certificate.valid_until if certificate else None
    if until is not None and until >= on:
        return until, _("To renew: the certificate is good until %(day)s.") % {"day": _day(until)}
    if until is not None:
        return on + RENEW_WITHIN, _("To renew: the certificate expired on %(day)s.") % {
            "day": _day(until)
        }
    return on + RENEW_WITHIN, _("To renew.")


def _day(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")


def _last_round(user: User, module: ModulePage) -> int:
    rounds = Completion.objects.filter(user=user, page=module).values_list("round", flat=True)
    return max(rounds, default=0)
