"""Sessions are planned, moved, held and called off; their agenda, notes and comments are written."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.actions.refusals import NotAllowed, NotesMovedOn
from coaching.models import (
    AgendaEvidence,
    AgendaItem,
    CoachingSession,
    PrivateNotes,
    SessionComment,
)
from coaching.permissions import develops
from coaching.proposals import Proposal
from people.audit import record
from people.models import User
from training.actions.turns import wait_for_ones_turn
from training.mail import address, tell

# What somebody sends once more within so long was sent twice, and does not stand there twice.
SENT_TWICE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Terms:
    """When, how long and where."""

    starts_at: dt.datetime
    minutes: int = 30
    place: str = ""


def plan_session(
    agent: User, terms: Terms, *, by: User, at: dt.datetime | None = None
) -> CoachingSession:
    """Plan a session of `by` with one of the people they develop, and tell that person. Two of the same
    two people at the same time are one."""
    at = at or timezone.now()
    _check_terms(terms, at=at)
    with transaction.atomic():
        wait_for_ones_turn(agent)
        if not develops(by, agent):
            raise NotAllowed(_("Sessions are planned by those who develop this person today."))
        if not agent.is_active:
            raise NotAllowed(_("%(person)s has no account any more.") % {"person": agent})
        there = CoachingSession.objects.planned().filter(coach=by, agent=agent)
        if there.filter(starts_at=terms.starts_at).exists():
            raise NotAllowed(
                _("You have planned a session with %(person)s at this time already.")
                % {"person": agent}
            )
        session = CoachingSession.objects.create(
            agent=agent, coach=by, created_at=at, **asdict(terms)
        )
        record(
            "plan_coaching", by=by, of=session, after={"agent": agent.pk, **asdict(terms)}, at=at
        )
        _tell(session, agent, _planned_words)
    return session


def move_session(
    session: CoachingSession, terms: Terms, *, by: User, at: dt.datetime | None = None
) -> CoachingSession:
    """Change when and where; the agent is told where something changed."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        _check_planned(locked)
        before = Terms(locked.starts_at, locked.minutes, locked.place)
        if before == terms:
            return locked
        if terms.starts_at != before.starts_at:
            _check_terms(terms, at=at)
        for name, value in asdict(terms).items():
            setattr(locked, name, value)
        locked.save(update_fields=["starts_at", "minutes", "place"])
        record(
            "move_coaching",
            by=by,
            of=locked,
            before=asdict(before),
            after=asdict(terms),
            at=at,
        )
        _tell(locked, locked.agent, _moved_words)
    return locked


def mark_held(
    session: CoachingSession, *, by: User, at: dt.datetime | None = None
) -> CoachingSession:
    """It took place; possible from its day on."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        _check_planned(locked)
        if timezone.localdate(locked.starts_at) > timezone.localdate(at):
            raise NotAllowed(_("It is planned for a later day. Move it first if you met earlier."))
        locked.state, locked.held_at = CoachingSession.State.HELD, at
        locked.save(update_fields=["state", "held_at"])
        record(
            "hold_coaching",
            by=by,
            of=locked,
            before={"state": CoachingSession.State.PLANNED},
            after={"state": locked.state},
            at=at,
        )
    return locked


def mark_not_held(
    session: CoachingSession, *, by: User, at: dt.datetime | None = None
) -> CoachingSession:
    """Take `mark_held` back: it is planned again."""
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        if not locked.is_held:
            raise NotAllowed(_("This session is not marked as held."))
        locked.state, locked.held_at = CoachingSession.State.PLANNED, None
        locked.save(update_fields=["state", "held_at"])
        record(
            "reopen_coaching",
            by=by,
            of=locked,
            before={"state": CoachingSession.State.HELD},
            after={"state": locked.state},
            at=at,
        )
    return locked


def call_off(
    session: CoachingSession, *, by: User, reason: str, at: dt.datetime | None = None
) -> CoachingSession:
    """Call a planned session off, and tell the agent why."""
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise NotAllowed(_("Say why: %(person)s will read it.") % {"person": session.agent})
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        _check_planned(locked)
        locked.state, locked.cancelled_at = CoachingSession.State.CANCELLED, at
        locked.cancelled_because = reason
        locked.save(update_fields=["state", "cancelled_at", "cancelled_because"])
        record(
            "call_off_coaching",
            by=by,
            of=locked,
            before={"state": CoachingSession.State.PLANNED},
            after={"state": locked.state, "reason": reason},
            at=at,
        )
        _tell(locked, locked.agent, _called_off_words)
    return locked


def write_notes(
    session: CoachingSession,
    *,
    shared: str,
    private: str,
    follow_up_on: dt.date | None,
    by: User,
    at: dt.datetime | None = None,
    known: str = "",
) -> CoachingSession:
    """Keep the coach's notes. The agent is told of changed shared ones. The audit log says that these
    were written, not what they say: they are for two people. It does not hear of private ones.

    With `known`, what `stamp_of` said when somebody began to write, `NotesMovedOn` is raised where the
    notes are others by now, and nothing is written."""
    at = at or timezone.now()
    shared, private = shared.strip(), private.strip()
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        if locked.is_cancelled:
            raise NotAllowed(_("This session was called off."))
        wanted = _stamp(locked, shared, private, follow_up_on)
        if known and stamp_of(locked) not in (known, wanted):
            raise NotesMovedOn(
                _(
                    "These notes were changed in another window since you began to write. What stands "
                    "there now is shown below; put together what you need and save again."
                )
            )
        if (
            follow_up_on is not None
            and follow_up_on != locked.follow_up_on
            and follow_up_on <= timezone.localdate(locked.starts_at)
        ):
            raise NotAllowed(_("The follow-up lies after the session itself."))
        is_new = shared != locked.shared_notes
        if is_new or follow_up_on != locked.follow_up_on:
            before = {"follow_up_on": locked.follow_up_on}
            after = {"follow_up_on": follow_up_on, "wrote_shared_notes": is_new}
            locked.shared_notes, locked.follow_up_on = shared, follow_up_on
            locked.save(update_fields=["shared_notes", "follow_up_on"])
            record("note_coaching", by=by, of=locked, before=before, after=after, at=at)
            if shared and is_new:
                _tell(locked, locked.agent, _notes_words)
        _keep_private(locked, private, at=at)
    return locked


def stamp_of(session: CoachingSession) -> str:
    """Changes with the notes of a session; tells nothing of them. One query."""
    private = PrivateNotes.objects.filter(session=session).values_list("text", flat=True).first()
    return _stamp(session, session.shared_notes, private or "", session.follow_up_on)


def _stamp(
    session: CoachingSession, shared: str, private: str, follow_up_on: dt.date | None
) -> str:
    kept = repr((session.pk, shared, private, follow_up_on))
    return hashlib.sha256(kept.encode()).hexdigest()


def add_agenda_item(
    session: CoachingSession, *, title: str, note: str = "", by: User, at: dt.datetime | None = None
) -> AgendaItem:
    """Coach or agent put something on the agenda of a planned session."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        _check_takes_part(locked, by)
        _check_planned(locked)
        twice = locked.agenda.filter(
            title=title.strip(), note=note.strip(), added_by=by, added_at__gt=at - SENT_TWICE
        )
        if there := twice.first():
            return there
        return AgendaItem.objects.create(
            session=locked,
            position=_end_of(locked),
            title=title.strip(),
            note=note.strip(),
            added_by=by,
            added_at=at,
        )


def fill_agenda(
    session: CoachingSession,
    proposals: Sequence[Proposal],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> list[AgendaItem]:
    """Put proposals on the agenda, at its end; one that stands there already is left out."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        _check_is_coach(locked, by)
        _check_planned(locked)
        there = set(locked.agenda.exclude(source="").values_list("source", flat=True))
        found = []
        for position, proposal in enumerate(
            (row for row in proposals if row.source not in there), start=_end_of(locked)
        ):
            item = AgendaItem.objects.create(
                session=locked,
                position=position,
                kind=proposal.kind,
                title=proposal.title[:300],
                note=proposal.note,
                source=proposal.source,
                link=proposal.link,
                criterion=proposal.criterion,
                added_by=by,
                added_at=at,
            )
            AgendaEvidence.objects.bulk_create(
                AgendaEvidence(item=item, score=score) for score in proposal.scores
            )
            found.append(item)
    return found


def change_agenda_item(item: AgendaItem, *, title: str, note: str, by: User) -> AgendaItem:
    with transaction.atomic():
        locked = _lock(item.session)
        _check_writes_item(locked, item, by)
        item.title, item.note = title.strip(), note.strip()
        item.save(update_fields=["title", "note"])
    return item


def remove_agenda_item(item: AgendaItem, *, by: User) -> None:
    with transaction.atomic():
        locked = _lock(item.session)
        _check_writes_item(locked, item, by)
        item.delete()


def move_agenda_item(item: AgendaItem, *, up: bool, by: User) -> None:
    """One place up or down; at the end of the list nothing happens."""
    with transaction.atomic():
        locked = _lock(item.session)
        _check_is_coach(locked, by)
        _check_planned(locked)
        rows = list(locked.agenda.all())
        here = next((place for place, row in enumerate(rows) if row.pk == item.pk), None)
        if here is None:
            raise NotAllowed(_("This item is not on the agenda any more."))
        there = here - 1 if up else here + 1
        if 0 <= there < len(rows):
            rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows):
            row.position = position
        AgendaItem.objects.bulk_update(rows, ["position"])


def mark_discussed(item: AgendaItem, *, is_discussed: bool, by: User) -> AgendaItem:
    with transaction.atomic():
        locked = _lock(item.session)
        _check_is_coach(locked, by)
        if locked.is_cancelled:
            raise NotAllowed(_("This session was called off."))
        item.is_discussed = is_discussed
        item.save(update_fields=["is_discussed"])
    return item


def comment_on_session(
    session: CoachingSession, body: str, *, by: User, at: dt.datetime | None = None
) -> SessionComment:
    """Agent or coach write to each other about the session; the other one is told."""
    at, body = at or timezone.now(), body.strip()
    if not body:
        raise NotAllowed(_("Write something first."))
    with transaction.atomic():
        locked = _lock(session)
        _check_takes_part(locked, by)
        last = locked.comments.last()
        if (
            last is not None
            and (last.author_id, last.body) == (by.pk, body)
            and last.written_at > at - SENT_TWICE
        ):
            return last
        comment = SessionComment.objects.create(session=locked, author=by, body=body, written_at=at)
        _tell(locked, locked.other(by), partial(_comment_words, author=by))
    return comment


def _lock(session: CoachingSession) -> CoachingSession:
    rows = CoachingSession.objects.select_for_update(of=("self",)).with_people()
    return rows.get(pk=session.pk)


def _check_is_coach(session: CoachingSession, by: User) -> None:
    if session.coach_id != by.pk:
        raise NotAllowed(_("Only its coach changes a session."))


def _check_takes_part(session: CoachingSession, by: User) -> None:
    if by.pk not in (session.coach_id, session.agent_id):
        raise NotAllowed(_("Only the two people of a session write in it."))


def _check_planned(session: CoachingSession) -> None:
    if session.is_cancelled:
        raise NotAllowed(_("This session was called off."))
    if not session.is_planned:
        raise NotAllowed(_("This session was held already, so this stays as it was."))


def _check_writes_item(session: CoachingSession, item: AgendaItem, by: User) -> None:
    _check_planned(session)
    if item.added_by_id != by.pk:
        raise NotAllowed(_("Whoever put something on the agenda changes it or takes it off."))


def _check_terms(terms: Terms, *, at: dt.datetime) -> None:
    if timezone.localdate(terms.starts_at) < timezone.localdate(at):
        raise NotAllowed(_("This day lies in the past."))


def _end_of(session: CoachingSession) -> int:
    last = session.agenda.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _keep_private(session: CoachingSession, text: str, *, at: dt.datetime) -> None:
    if text:
        PrivateNotes.objects.update_or_create(
            session=session, defaults={"text": text, "written_at": at}
        )
    else:
        PrivateNotes.objects.filter(session=session).delete()


Words = Callable[[CoachingSession], tuple[str, str]]


def _tell(session: CoachingSession, to: User, words: Words) -> None:
    transaction.on_commit(lambda: tell(to, lambda: words(session)))


def _when(session: CoachingSession) -> str:
    return date_format(timezone.localtime(session.starts_at), "DATETIME_FORMAT")


def _url(session: CoachingSession) -> str:
    return address(session.get_absolute_url())


def _planned_words(session: CoachingSession) -> tuple[str, str]:
    words = {"coach": session.coach, "when": _when(session), "place": session.place or "–"}
    return (
        _("Coaching with %(coach)s on %(when)s") % words,
        _(
            "%(coach)s would like to talk with you on %(when)s. Place: %(place)s.\n\n"
            "You find the agenda here, and can put on it what matters to you:\n%(url)s\n"
        )
        % {**words, "url": _url(session)},
    )


def _moved_words(session: CoachingSession) -> tuple[str, str]:
    words = {"coach": session.coach, "when": _when(session), "place": session.place or "–"}
    return (
        _("Changed: coaching with %(coach)s on %(when)s") % words,
        _("The session with %(coach)s takes place on %(when)s now. Place: %(place)s.\n\n%(url)s\n")
        % {**words, "url": _url(session)},
    )


def _called_off_words(session: CoachingSession) -> tuple[str, str]:
    words = {"coach": session.coach, "when": _when(session), "reason": session.cancelled_because}
    return (
        _("Called off: coaching on %(when)s") % words,
        _("%(coach)s called the session on %(when)s off: %(reason)s\n\n%(url)s\n")
        % {**words, "url": _url(session)},
    )


def _notes_words(session: CoachingSession) -> tuple[str, str]:
    words = {"coach": session.coach, "when": _when(session)}
    return (
        _("Notes on your coaching session"),
        _("%(coach)s wrote down what you talked about on %(when)s:\n%(url)s\n")
        % {**words, "url": _url(session)},
    )


def _comment_words(session: CoachingSession, *, author: User) -> tuple[str, str]:
    return (
        _("%(author)s wrote about your coaching session") % {"author": author},
        _("%(author)s commented on the session of %(when)s:\n%(url)s\n")
        % {"author": author, "when": _when(session), "url": _url(session)},
    )
