"""Sessions of workshops: arranged, moved, called off; seats taken and given back; who came."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.models import WorkshopPage
from people import audit
from people.models import User
from training.actions.completion import complete, finish_module_when_done
from training.actions.locks import refuse_locked
from training.actions.refusals import NotAllowed, NotPublished
from training.actions.turns import wait_for_ones_turn
from training.days import day_of
from training.mail import address, tell
from training.models import Completion, Enrolment, WorkshopSession
from training.models.workshops import may_keep_attendance
from training.permissions import can_arrange_sessions


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """When, where, with whom and for how many."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str
    trainer: User
    seats: int
    place: str = ""
    link: str = ""

    def as_fields(self) -> dict[str, Any]:
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "time_zone": self.time_zone,
            "trainer": self.trainer,
            "seats": self.seats,
            "place": self.place,
            "link": self.link,
        }

    def for_audit(self) -> dict[str, Any]:
        return {**self.as_fields(), "trainer": self.trainer.pk}


def arrange_session(
    workshop: WorkshopPage, terms: SessionTerms, *, by: User, at: dt.datetime | None = None
) -> WorkshopSession:
    at = at or timezone.now()
    _check_may_arrange(by)
    _check(terms)
    if not workshop.live:
        raise NotPublished(_("This workshop is not published, so nobody could enrol."))
    with transaction.atomic():
        session = WorkshopSession.objects.create(
            workshop=workshop, created_by=by, created_at=at, **terms.as_fields()
        )
        audit.record("arrange_session", by=by, of=session, after=terms.for_audit(), at=at)
    return session


def change_session(
    session: WorkshopSession, terms: SessionTerms, *, by: User, at: dt.datetime | None = None
) -> WorkshopSession:
    """Change a session that has not begun; new seats go to the waiting list, and who is down for it is
    told of another time or place."""
    at = at or timezone.now()
    _check_may_arrange(by)
    _check(terms)
    with transaction.atomic():
        locked = _lock(session)
        _check_is_to_come(locked, at=at)
        seated = locked.enrolments.seated().count()
        if terms.seats < seated:
            raise NotAllowed(
                ngettext(
                    "%(n)d person has a seat already, so there cannot be fewer.",
                    "%(n)d people have a seat already, so there cannot be fewer.",
                    seated,
                )
                % {"n": seated}
            )
        before = _terms_of(locked)
        for name, value in terms.as_fields().items():
            setattr(locked, name, value)
        locked.sequence += 1
        locked.save()
        audit.record(
            "change_session",
            by=by,
            of=locked,
            before=before.for_audit(),
            after=terms.for_audit(),
            at=at,
        )
        _fill_seats(locked, at=at)
        told = ("starts_at", "ends_at", "place", "link")
        if any(getattr(before, name) != getattr(terms, name) for name in told):
            _tell_all(locked, _moved)
    return locked


def cancel_session(
    session: WorkshopSession, *, by: User, reason: str, at: dt.datetime | None = None
) -> WorkshopSession:
    """Call it off and tell everybody who is down for it."""
    at, reason = at or timezone.now(), reason.strip()
    _check_may_arrange(by)
    if not reason:
        raise NotAllowed(_("Say why: everybody who is down for it will read that."))
    with transaction.atomic():
        locked = _lock(session)
        _check_is_to_come(locked, at=at)
        locked.cancelled_at, locked.cancelled_because = at, reason
        locked.sequence += 1
        locked.save(update_fields=["cancelled_at", "cancelled_because", "sequence"])
        audit.record(
            "cancel_session", by=by, of=locked, after={"cancelled": True, "reason": reason}, at=at
        )
        _tell_all(locked, _called_off)
    return locked


def enrol(
    user: User, session: WorkshopSession, *, by: User, at: dt.datetime | None = None
) -> Enrolment:
    """Give `user` a seat, or the last place on the waiting list when there is none.

    Of two people at once for the last seat one gets it: the session's row is locked meanwhile.
    """
    at = at or timezone.now()
    _check_acts_for(user, by)
    refuse_locked(user, session.workshop, at=at)
    with transaction.atomic():
        # The session first, then the person: in this order everywhere, so that nobody waits in a circle.
        locked = _lock(session)
        wait_for_ones_turn(user)
        _check_is_to_come(locked, at=at)
        if not locked.workshop.live:
            raise NotPublished(_("This workshop is not published at the moment."))
        if locked.trainer_id == user.pk:
            raise NotAllowed(_("Who leads a session does not take a seat in it."))
        other = (
            Enrolment.objects.standing()
            .filter(user=user, session__workshop=locked.workshop_id)
            .filter(session__in=WorkshopSession.objects.coming(at=at))
            .exclude(session=locked)
            .select_related("session")
            .first()
        )
        if other is not None:
            raise NotAllowed(
                _("%(person)s is down for the session on %(day)s already. Cancel that one first.")
                % {"person": user, "day": _when(other.session)}
            )
        enrolment = Enrolment.objects.filter(session=locked, user=user).first()
        if enrolment is not None and enrolment.state != Enrolment.State.CANCELLED:
            return enrolment
        enrolment = enrolment or Enrolment(session=locked, user=user)
        is_free = locked.enrolments.seated().count() < locked.seats
        enrolment.state = Enrolment.State.SEAT if is_free else Enrolment.State.WAITING
        enrolment.since = at
        enrolment.save()
        audit.record(
            "enrol",
            by=by,
            of=enrolment,
            after={"session": locked.pk, "user": user.pk, "state": enrolment.state},
            at=at,
        )
    return enrolment


def leave_session(
    user: User, session: WorkshopSession, *, by: User, at: dt.datetime | None = None
) -> Enrolment:
    """Give the seat, or the place on the waiting list, back; the seat goes to who waits longest."""
    at = at or timezone.now()
    _check_acts_for(user, by)
    with transaction.atomic():
        locked = _lock(session)
        if locked.has_begun(at=at):
            raise NotAllowed(_("This session has begun, so the seat cannot be given back."))
        enrolment = Enrolment.objects.standing().filter(session=locked, user=user).first()
        if enrolment is None:
            raise NotAllowed(_("%(person)s is not down for this session.") % {"person": user})
        before, enrolment.state = enrolment.state, Enrolment.State.CANCELLED
        enrolment.save(update_fields=["state"])
        audit.record(
            "leave_session",
            by=by,
            of=enrolment,
            before={"state": before},
            after={"state": enrolment.state},
            at=at,
        )
        _fill_seats(locked, at=at)
    return enrolment


def keep_attendance(
    session: WorkshopSession,
    marks: Mapping[int, str],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> int:
    """Write down who came (person id to attendance); return how many marks changed.

    Being present completes the workshop. What “present” has completed is not taken back here.
    """
    at = at or timezone.now()
    if not may_keep_attendance(by, session):
        raise NotAllowed(_("Attendance is kept by the trainer and by who arranges sessions."))
    changed = 0
    with transaction.atomic():
        locked = _lock(session)
        if locked.is_cancelled:
            raise NotAllowed(_("This session was called off."))
        if not locked.has_begun(at=at):
            raise NotAllowed(_("Attendance can be kept from the session's start on."))
        for enrolment in locked.enrolments.seated().select_related("user").order_by("user"):
            mark = marks.get(enrolment.user_id, enrolment.attendance)
            if mark == enrolment.attendance:
                continue
            if mark not in {"", *Enrolment.Attendance.values}:
                raise NotAllowed(_("Choose present, absent or excused."))
            changed += 1
            _mark(locked, enrolment, mark, by=by, at=at)
    return changed


def _mark(
    session: WorkshopSession, enrolment: Enrolment, mark: str, *, by: User, at: dt.datetime
) -> None:
    present = Enrolment.Attendance.PRESENT
    user = enrolment.user
    if enrolment.attendance == present and _has_counted(user, session, at=at):
        raise NotAllowed(
            _("%(person)s was present, and that has completed the workshop. It stays so.")
            % {"person": user}
        )
    before, enrolment.attendance = enrolment.attendance, mark
    enrolment.marked_by, enrolment.marked_at = by, at
    enrolment.save(update_fields=["attendance", "marked_by", "marked_at"])
    audit.record(
        "mark_attendance",
        by=by,
        of=enrolment,
        before={"attendance": before},
        after={"attendance": mark, "user": user.pk, "session": session.pk},
        at=at,
    )
    if mark == present:
        wait_for_ones_turn(user)
        complete(user, session.workshop, at=at)
        finish_module_when_done(user, session.workshop.get_parent(), at=at)


def _has_counted(user: User, session: WorkshopSession, *, at: dt.datetime) -> bool:
    current = Completion.objects.current(on=day_of(user, at))
    return current.filter(user=user, page=session.workshop_id).exists()


def _fill_seats(session: WorkshopSession, *, at: dt.datetime) -> None:
    """Free seats go to who waits longest. Needs the lock on the session."""
    if session.is_cancelled:
        return
    free = session.seats - session.enrolments.seated().count()
    if free <= 0:
        return
    for enrolment in session.enrolments.waiting().select_related("user")[:free]:
        enrolment.state = Enrolment.State.SEAT
        enrolment.save(update_fields=["state"])
        audit.record(
            "move_up",
            by=None,
            of=enrolment,
            before={"state": Enrolment.State.WAITING},
            after={"state": Enrolment.State.SEAT},
            at=at,
        )
        transaction.on_commit(partial(tell, enrolment.user, partial(_got_a_seat, session)))


def _tell_all(
    session: WorkshopSession, words: Callable[[WorkshopSession], tuple[str, str]]
) -> None:
    for enrolment in session.enrolments.standing().select_related("user"):
        transaction.on_commit(partial(tell, enrolment.user, partial(words, session)))


def _got_a_seat(session: WorkshopSession) -> tuple[str, str]:
    return (
        _("You have a seat: %(workshop)s") % {"workshop": session.workshop.title},
        _("A seat became free, and you were next on the waiting list.") + "\n\n" + _facts(session),
    )


def _moved(session: WorkshopSession) -> tuple[str, str]:
    return (
        _("Changed: %(workshop)s") % {"workshop": session.workshop.title},
        _("The session that you are down for has changed:") + "\n\n" + _facts(session),
    )


def _called_off(session: WorkshopSession) -> tuple[str, str]:
    return (
        _("Called off: %(workshop)s") % {"workshop": session.workshop.title},
        "\n\n".join(
            [
                _("The session that you were down for does not take place."),
                session.cancelled_because,
                _facts(session),
                _("Please choose another one."),
            ]
        ),
    )


def _facts(session: WorkshopSession) -> str:
    lines = [session.workshop.title, _when(session), session.place, session.link]
    page = address(reverse("training:session_list"))
    return "\n".join([*(line for line in lines if line), page])


def _when(session: WorkshopSession) -> str:
    return f"{date_format(session.local_start, 'j M Y, H:i')} ({session.time_zone})"


def _terms_of(session: WorkshopSession) -> SessionTerms:
    return SessionTerms(
        session.starts_at,
        session.ends_at,
        session.time_zone,
        session.trainer,
        session.seats,
        session.place,
        session.link,
    )


def _lock(session: WorkshopSession) -> WorkshopSession:
    rows = WorkshopSession.objects.select_for_update(of=("self",))
    return rows.select_related("workshop", "trainer").get(pk=session.pk)


def _check_may_arrange(by: User) -> None:
    if not can_arrange_sessions(by):
        raise NotAllowed(_("You may not arrange sessions."))


def _check_acts_for(user: User, by: User) -> None:
    if by.pk == user.pk:
        return
    is_visible = User.objects.visible_to(by).filter(pk=user.pk).exists()
    if not can_arrange_sessions(by) or not is_visible:
        raise NotAllowed(_("You may not do this for %(person)s.") % {"person": user})


def _check_is_to_come(session: WorkshopSession, *, at: dt.datetime) -> None:
    if session.is_cancelled:
        raise NotAllowed(_("This session was called off."))
    if session.has_begun(at=at):
        raise NotAllowed(_("This session has begun already."))


def _check(terms: SessionTerms) -> None:
    # Of one zone, moments would be compared by the clock on the wall, which jumps.
    if terms.ends_at.timestamp() <= terms.starts_at.timestamp():
        raise NotAllowed(_("The session ends before it starts."))
    if terms.seats < 1:
        raise NotAllowed(_("A session needs at least one seat."))
    if not terms.place and not terms.link:
        raise NotAllowed(_("Say where it takes place, or give a link."))
