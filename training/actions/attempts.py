"""Quizzes are started, answered, handed in, and closed when their time is up."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.models import QuizPage
from people import audit
from people.models import User
from training import marking
from training.actions.completion import complete, finish_module_when_done, wait_for_ones_turn
from training.actions.locks import refuse_locked
from training.actions.paths import assign_by_result
from training.actions.refusals import AlreadyHandedIn, NotAllowed, NotPublished, TimeIsUp
from training.actions.statements import tell_attempt_handed_in, tell_attempt_started
from training.days import day_of
from training.draws import questions_of
from training.limits import retry_of
from training.models import AnsweredQuestion, Attempt
from training.rounds import of_this_round, round_began


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question, and how certain that is (empty for not said)."""

    values: tuple[str, ...] = ()
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer as a window sends it, with the one that this window had shown; without `seen` it is
    not compared with anything."""

    answer: Answer
    seen: Answer | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """One question that two windows answered differently: what is saved, and what was sent."""

    question: marking.Question
    saved: Answer
    sent: Answer


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save left: all answers by now, and what was not written because of another window."""

    answers: dict[str, list[str]]
    clashes: list[Clash] = field(default_factory=list)


def start_attempt(user: User, quiz: QuizPage, *, at: dt.datetime | None = None) -> Attempt:
    """Return the attempt that `user` has open at `quiz`, or a new one.

    The attempt keeps the questions as they stand now, options in order, and so is safe from edits.
    One whose time is up is closed first, and so is one that was begun before a renewal.
    """
    at = at or timezone.now()
    opened = Attempt.objects.open().filter(user=user, quiz=quiz).first()
    if opened is not None and not close_if_out_of_time(opened, at=at):
        if quiz.live and not _is_of_this_round(opened, at=at):
            _close_of_earlier_round(opened, at=at)
        else:
            return opened
    if not quiz.live:
        raise NotPublished(
            _("This quiz is not published at the moment, so it cannot be taken right now.")
        )
    refuse_locked(user, quiz, at=at)
    seed = secrets.randbelow(2**53)
    questions = questions_of(quiz, seed=seed)
    if not questions:
        raise NotAllowed(_("This quiz has no questions yet, so there is nothing to hand in."))
    limit = quiz.time_limit_minutes
    with transaction.atomic():
        # Two tabs at once must not make an attempt more than is allowed.
        wait_for_ones_turn(user)
        _refuse_too_many(user, quiz, at=at)
        # Two clicks at once meet in the constraint "one open attempt", and get the same one.
        attempt, created = Attempt.objects.get_or_create(
            user=user,
            quiz=quiz,
            submitted_at=None,
            defaults={
                "revision_id": quiz.live_revision_id,
                "questions": marking.to_json(questions),
                "pass_mark": quiz.pass_mark,
                "asks_certainty": quiz.asks_certainty,
                "seed": seed,
                "started_at": at,
                "closes_at": at + dt.timedelta(minutes=limit) if limit else None,
            },
        )
        if created:
            tell_attempt_started(attempt)
    return attempt


def save_answers(
    attempt: Attempt,
    answers: Mapping[str, Iterable[str]],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> dict[str, list[str]]:
    """Put `answers` (question id to answer) over what is saved; return all saved answers.

    Questions that are not named keep their answer; an empty one takes it away. Ids which were not
    asked are left out.
    """
    sent = {key: SentAnswer(Answer(tuple(values))) for key, values in answers.items()}
    return save_sent(attempt, sent, by=by, at=at).answers


def save_sent(
    attempt: Attempt,
    sent: Mapping[str, SentAnswer],
    *,
    by: User,
    window: str = "",
    at: dt.datetime | None = None,
) -> Saved:
    """`save_answers` as a window sends them: what another window saved meanwhile, and this one has not
    shown, is not written over but returned as a clash. Everything else is saved.

    Raises `TimeIsUp` when the time and the grace after it are over; the attempt is closed then, with
    what was saved in time.
    """
    at = at or timezone.now()
    with transaction.atomic():
        wait_for_ones_turn(by)
        locked = _lock_open(attempt, by=by)
        if is_late := locked.is_out_of_time(at):
            _close_out_of_time(locked)
        else:
            clashes = _put(locked, sent, window)
            locked.save(update_fields=["answers", "certainty", "saved_in"])
    if is_late:
        raise _time_is_up()
    attempt.answers, attempt.certainty = locked.answers, locked.certainty
    return Saved(locked.answers, clashes)


def submit_attempt(attempt: Attempt, *, by: User, at: dt.datetime | None = None) -> Attempt:
    """Hand in and mark; what is not answered counts as wrong.

    Passing completes the quiz, and the module when nothing else in it is open; an attempt that was begun
    before a renewal is marked and completes nothing. Raises
    `AlreadyHandedIn` for the second of two clicks, and writes nothing then; `TimeIsUp` when it comes
    after the grace: what was saved in time is marked then.
    """
    at = at or timezone.now()
    with transaction.atomic():
        wait_for_ones_turn(by)
        locked = _lock_open(attempt, by=by)
        if is_late := locked.is_out_of_time(at):
            _close_out_of_time(locked)
        else:
            _close(locked, at=at, by=by)
    if is_late:
        raise _time_is_up()
    return locked


def close_if_out_of_time(attempt: Attempt, *, at: dt.datetime | None = None) -> bool:
    """Mark an open attempt with what was saved, if its time and the grace after it are over; return
    whether it is closed now. The moment that counts is when its time was up. Safe at any time, by
    anybody, and from two at once."""
    at = at or timezone.now()
    if attempt.is_submitted or not attempt.is_out_of_time(at):
        return attempt.is_submitted
    with transaction.atomic():
        wait_for_ones_turn(attempt.user)
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if not locked.is_submitted:
            _close_out_of_time(locked)
    attempt.refresh_from_db()
    return True


def close_attempts_out_of_time(*, at: dt.datetime | None = None) -> int:
    """Close all whose time is up; return how many. For a command that runs now and then."""
    at = at or timezone.now()
    late = Attempt.objects.out_of_time(at=at).select_related("user", "quiz")
    return sum(close_if_out_of_time(attempt, at=at) for attempt in late.iterator(chunk_size=200))


def _close_out_of_time(locked: Attempt) -> None:
    assert locked.closes_at is not None  # noqa: S101 (what has no limit is never late)
    locked.ran_out = True
    _close(locked, at=locked.closes_at, by=locked.user)


def _close(locked: Attempt, *, at: dt.datetime, by: User) -> None:
    result = locked.result
    locked.percent = result.percent
    locked.passed = result.passes(locked.pass_mark)
    locked.submitted_at = at
    locked.save(update_fields=["percent", "passed", "submitted_at", "ran_out"])
    after = {"quiz": locked.quiz_id, "percent": locked.percent, "passed": locked.passed}
    if locked.ran_out:
        after["ran_out"] = True
    audit.record("submit_attempt", by=by, of=locked, after=after, at=at)
    keep_answers(locked, result)
    tell_attempt_handed_in(locked)
    assign_by_result(by, locked.quiz, at=at)
    # What was begun before a renewal renews nothing.
    if locked.passed and _is_of_this_round(locked, at=at):
        complete(by, locked.quiz, at=at, revision_id=locked.revision_id)
        finish_module_when_done(by, locked.quiz.get_parent(), at=at)


def keep_answers(attempt: Attempt, result: marking.Result) -> None:
    """Write a row for each question, if this is the person's first submitted attempt at the quiz. Two
    queries."""
    earlier = Attempt.objects.submitted().filter(user=attempt.user_id, quiz=attempt.quiz_id)
    if earlier.exclude(pk=attempt.pk).exists():
        return
    AnsweredQuestion.objects.bulk_create(
        AnsweredQuestion(
            attempt=attempt,
            question=int(each.question.id),
            wording=each.question.wording,
            mark=float(each.mark),
        )
        for each in result.marks
    )


def _is_of_this_round(attempt: Attempt, *, at: dt.datetime) -> bool:
    since = round_began(attempt.user, attempt.quiz_id, on=day_of(attempt.user, at))
    return bool(of_this_round([attempt], since))


def _close_of_earlier_round(attempt: Attempt, *, at: dt.datetime) -> None:
    with transaction.atomic():
        wait_for_ones_turn(attempt.user)
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if not locked.is_submitted:
            _close(locked, at=at, by=locked.user)


def _time_is_up() -> TimeIsUp:
    return TimeIsUp(_("The time is up. What was saved until then counts."))


def _refuse_too_many(user: User, quiz: QuizPage, *, at: dt.datetime) -> None:
    if Attempt.objects.open().filter(user=user, quiz=quiz).exists():
        return
    submitted = Attempt.objects.submitted().filter(user=user, quiz=quiz).without_questions()
    since = round_began(user, quiz.pk, on=day_of(user, at))
    retry = retry_of(quiz, of_this_round(submitted, since), at=at)
    if retry.left == 0:
        raise NotAllowed(
            ngettext(
                "This quiz can be taken once only, and you have taken it.",
                "This quiz can be taken %(n)d times, and you have used them all.",
                quiz.max_attempts or 1,
            )
            % {"n": quiz.max_attempts}
        )
    if retry.again_at is not None:
        again = date_format(timezone.localtime(retry.again_at), "j M Y, H:i")
        raise NotAllowed(_("You can take this quiz again from %(again)s.") % {"again": again})


def _lock_open(attempt: Attempt, *, by: User) -> Attempt:
    if attempt.user_id != by.pk:
        raise NotAllowed(_("Only the person who takes a quiz can answer it."))
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.is_submitted:
        raise AlreadyHandedIn(
            _("This attempt was handed in already. Nothing about it was changed.")
        )
    return locked


def answer_in(attempt: Attempt, question_id: str) -> Answer:
    """What is saved as the answer to one question."""
    values = attempt.answers.get(question_id, [])
    return Answer(tuple(values), attempt.certainty.get(question_id, ""))


def _put(attempt: Attempt, sent: Mapping[str, SentAnswer], window: str) -> list[Clash]:
    clashes = []
    for question in attempt.asked:
        if question.id not in sent:
            continue
        given = sent[question.id]
        saved = answer_in(attempt, question.id)
        is_known = set(marking.Certainty)
        new = Answer(
            question.chosen_from(given.answer.values),
            given.answer.certainty if given.answer.certainty in is_known else "",
        )
        is_own = window != "" and attempt.saved_in.get(question.id) == window
        is_unseen = given.seen is not None and given.seen != saved and not is_own
        if is_unseen and new != saved and saved != Answer():
            clashes.append(Clash(question, saved, new))
            continue
        attempt.answers[question.id] = list(new.values)
        if attempt.asks_certainty:
            attempt.certainty[question.id] = new.certainty
        attempt.saved_in[question.id] = window
    return clashes
