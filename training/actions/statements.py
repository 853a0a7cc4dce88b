"""What is told to the record store, written beside the change it tells."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import LessonPage, ModulePage, PracticePage, QuizPage, SamplePage, ScormPage
from people.models import User
from training.actions.refusals import NotAllowed
from training.models import Attempt, Completion, OutgoingStatement
from training.models.packages import PackageRun
from training.models.practice import PracticeRun, SampleGrading
from training.permissions import can_see_statements
from training.sending import is_configured
from training.statements import (
    Activity,
    Kind,
    Result,
    Score,
    Verb,
    account,
    build,
    hashed_mailbox,
    identify,
)
from training.tasks_statements import send_statements

_KINDS = {
    ModulePage: Kind.MODULE,
    LessonPage: Kind.LESSON,
    QuizPage: Kind.ASSESSMENT,
    ScormPage: Kind.PACKAGE,
    PracticePage: Kind.SIMULATION,
    SamplePage: Kind.ASSESSMENT,
}


def tell_attempt_started(attempt: Attempt) -> None:
    if is_configured():
        _tell(
            Verb.STARTED,
            attempt.user,
            activity_of(attempt.quiz),
            at=attempt.started_at,
            of=("attempt", attempt.pk),
            revision=attempt.revision_id,
        )


def tell_attempt_handed_in(attempt: Attempt) -> None:
    """How each question was answered, and then whether the attempt passed. It is complete either way."""
    if not is_configured() or attempt.submitted_at is None:
        return
    quiz, of = activity_of(attempt.quiz), ("attempt", attempt.pk)
    for mark in attempt.result.marks:
        if not mark.is_answered:
            continue
        question = Activity(
            f"{quiz.iri}/questions/{mark.question.id}",
            Kind.QUESTION,
            strip_tags(mark.question.text)[:200],
            quiz.language,
            parent=quiz,
        )
        scaled = Decimal(mark.mark)
        _tell(
            Verb.ANSWERED,
            attempt.user,
            question,
            at=attempt.submitted_at,
            of=of,
            revision=attempt.revision_id,
            result=Result(
                score=Score(scaled=min(max(scaled, Decimal(-1)), Decimal(1))),
                success=mark.is_right,
                response=_response(mark),
            ),
        )
    percent = attempt.percent or Decimal(0)
    _tell(
        Verb.PASSED if attempt.passed else Verb.FAILED,
        attempt.user,
        quiz,
        at=attempt.submitted_at,
        of=of,
        revision=attempt.revision_id,
        result=Result(
            score=Score(percent / 100, percent, Decimal(0), Decimal(100)),
            success=bool(attempt.passed),
            completion=True,
            seconds=(attempt.submitted_at - attempt.started_at).total_seconds(),
        ),
    )


def tell_completed(completion: Completion, page: Page) -> None:
    """That a step or a module is done. It says nothing of a score."""
    if is_configured():
        _tell(
            Verb.COMPLETED,
            completion.user,
            activity_of(page.specific),
            at=completion.completed_at,
            of=("completion", completion.pk),
            revision=completion.revision_id,
            result=Result(completion=True),
        )


def tell_run_started(run: PackageRun) -> None:
    if is_configured():
        _tell(
            Verb.STARTED,
            run.user,
            activity_of(run.page),
            at=run.started_at,
            of=("run", run.pk),
        )


def tell_run_judged(run: PackageRun, *, at: dt.datetime) -> None:
    """That a package says passed or failed; whether it is complete is said beside it."""
    if not is_configured() or run.success is None:
        return
    low, high, raw = run.score_min, run.score_max, run.score_raw
    if raw is None or low is None or high is None or not low <= raw <= high or low >= high:
        low = high = None
    _tell(
        Verb.PASSED if run.success else Verb.FAILED,
        run.user,
        activity_of(run.page),
        at=at,
        of=("run", run.pk),
        result=Result(
            score=Score(run.score_scaled, raw, low, high),
            success=run.success,
            completion=run.completed,
            seconds=run.total_seconds,
        ),
    )


def tell_role_play_started(run: PracticeRun) -> None:
    if is_configured():
        _tell(
            Verb.STARTED,
            run.user,
            activity_of(run.page),
            at=run.started_at,
            of=("role play", run.pk),
            revision=run.revision_id,
        )


def tell_role_play_finished(run: PracticeRun) -> None:
    if is_configured() and run.finished_at is not None:
        _tell(
            Verb.PASSED if run.passed else Verb.FAILED,
            run.user,
            activity_of(run.page),
            at=run.finished_at,
            of=("role play", run.pk),
            revision=run.revision_id,
            result=Result(
                score=_percent_score(run.percent),
                success=bool(run.passed),
                completion=True,
                seconds=(run.finished_at - run.started_at).total_seconds(),
            ),
        )


def tell_sample_started(grading: SampleGrading) -> None:
    if is_configured():
        _tell(
            Verb.STARTED,
            grading.user,
            activity_of(grading.page),
            at=grading.started_at,
            of=("sample", grading.pk),
            revision=grading.revision_id,
        )


def tell_sample_graded(grading: SampleGrading) -> None:
    if is_configured() and grading.submitted_at is not None:
        _tell(
            Verb.PASSED if grading.passed else Verb.FAILED,
            grading.user,
            activity_of(grading.page),
            at=grading.submitted_at,
            of=("sample", grading.pk),
            revision=grading.revision_id,
            result=Result(
                score=_percent_score(grading.same_percent),
                success=bool(grading.passed),
                completion=True,
                seconds=(grading.submitted_at - grading.started_at).total_seconds(),
            ),
        )


def _percent_score(percent: Decimal | None) -> Score | None:
    return None if percent is None else Score(percent / 100, percent, Decimal(0), Decimal(100))


def send_again(*, by: User, pks: list[int] | None = None, at: dt.datetime | None = None) -> int:
    """Put refused statements, or those named, back to waiting; return how many."""
    if not can_see_statements(by):
        raise NotAllowed(_("You may not send statements."))
    at = at or timezone.now()
    rows = OutgoingStatement.objects.refused()
    if pks is not None:
        rows = OutgoingStatement.objects.exclude(state=OutgoingStatement.State.SENT).filter(
            pk__in=pks
        )
    with transaction.atomic():
        count = rows.update(
            state=OutgoingStatement.State.WAITING, next_try_at=at, last_error="", attempts=0
        )
        if count:
            transaction.on_commit(send_statements.enqueue)
    return count


def activity_of(page: Page) -> Activity:
    """The page as the record store knows it: by its number, which outlives titles and moves."""
    return Activity(
        iri=f"{settings.BASE_URL.rstrip('/')}/xapi/activities/{page.pk}",
        kind=_KINDS.get(type(page), Kind.LESSON),
        name=page.title,
        language=page.locale.language_code if page.locale_id else (get_language() or "en"),
    )


def _tell(
    verb: Verb,
    user: User,
    activity: Activity,
    *,
    at: dt.datetime,
    of: tuple[str, int],
    revision: int | None = None,
    result: Result | None = None,
) -> None:
    statement = build(
        verb,
        actor=_actor(user),
        activity=activity,
        at=at,
        registration=identify(settings.BASE_URL, *of),
        platform="Evenhand",
        result=result,
        revision=str(revision or ""),
    )
    _row, created = OutgoingStatement.objects.get_or_create(
        statement_id=statement["id"],
        defaults={"statement": statement, "created_at": timezone.now()},
    )
    if created:
        transaction.on_commit(send_statements.enqueue)


def _actor(user: User) -> dict[str, object]:
    if settings.XAPI_ACTOR == "mbox_sha1sum":
        return hashed_mailbox(user.email)
    return account(settings.BASE_URL, str(user.pk))


def _response(mark: object) -> str:
    """What was answered, by its words; of any kind of question."""
    question = getattr(mark, "question", None)
    chosen = getattr(mark, "chosen", ())
    texts = {option.id: option.text for option in getattr(question, "options", ())}
    return "[,]".join(strip_tags(str(texts.get(each, each))) for each in chosen)[:1000]
