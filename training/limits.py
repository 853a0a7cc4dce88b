"""When somebody may take a quiz again, and when they may see its answers."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from content.models import QuizPage
from training.models import Attempt


@dataclass(frozen=True, slots=True)
class Retry:
    """`again_at` is when the next attempt may begin (in the future, or `None` for now); `left` how many
    attempts there are, `None` for any number."""

    left: int | None
    again_at: dt.datetime | None

    @property
    def is_allowed(self) -> bool:
        return self.left != 0 and self.again_at is None


def retry_of(quiz: QuizPage, submitted: Sequence[Attempt], *, at: dt.datetime) -> Retry:
    """What one person's submitted attempts at `quiz` leave them."""
    left = None
    if quiz.max_attempts is not None:
        left = max(0, quiz.max_attempts - len(submitted))
    ends = [each.submitted_at for each in submitted if each.submitted_at is not None]
    again_at = None
    if ends and quiz.delay_minutes:
        again_at = max(ends) + dt.timedelta(minutes=quiz.delay_minutes)
    return Retry(left, again_at if again_at and again_at > at else None)


def shows_answers(quiz: QuizPage, submitted: Sequence[Attempt]) -> bool:
    """Whether the person whose submitted attempts these are may see the right answers.

    The setting of today decides: an editor who closes the key closes it for older attempts too.
    """
    shown = QuizPage.AnswersShown
    match quiz.answers_shown:
        case shown.AT_ONCE:
            return True
        case shown.AFTER_PASSING:
            return any(each.passed for each in submitted)
        case shown.AFTER_LAST:
            return quiz.max_attempts is not None and len(submitted) >= quiz.max_attempts
    return False
