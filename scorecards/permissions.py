"""Who may grade, and who may do what with a scorecard."""

from django.utils import timezone

from people.models import User
from people.roles import Role
from scorecards.models import Scorecard

GRANTS = {
    Role.REVIEWER: ("scorecards.grade_interactions", "scorecards.decide_disputes"),
    Role.MANAGER: ("scorecards.release_feedback",),
    Role.EDITOR: ("scorecards.edit_rubrics", "scorecards.review_verdicts"),
    Role.ADMINISTRATOR: (
        "scorecards.edit_rubrics",
        "scorecards.view_all_scorecards",
        "scorecards.assign_reviews",
        "scorecards.override_scorecards",
        "scorecards.release_feedback",
        "scorecards.decide_disputes",
        "scorecards.lead_calibration",
        "scorecards.review_verdicts",
    ),
}


def can_grade(user: User) -> bool:
    return user.has_perm("scorecards.grade_interactions")


def can_edit_rubrics(user: User) -> bool:
    return user.has_perm("scorecards.edit_rubrics")


def can_assign_reviews(user: User) -> bool:
    return user.has_perm("scorecards.assign_reviews")


def can_review_verdicts(user: User) -> bool:
    """Work through conversations that we and the customer judged differently."""
    return user.has_perm("scorecards.review_verdicts")


def can_lead_calibration(user: User) -> bool:
    """Write expert keys, put them into queues, and lead calibration sessions."""
    return user.has_perm("scorecards.lead_calibration")


def can_edit(user: User, scorecard: Scorecard) -> bool:
    """May `user` write in this scorecard? Whether it is still a draft is for the action to say. A
    trainee writes in their practice and in nothing else."""
    if scorecard.reviewer_id != user.pk:
        return False
    return can_grade(user) or scorecard.assignment.is_practice


def can_acknowledge(user: User, scorecard: Scorecard) -> bool:
    return scorecard.agent_id == user.pk


def can_dispute(user: User, scorecard: Scorecard) -> bool:
    """Whether the window is still open is for the action to say."""
    return scorecard.agent_id == user.pk


def can_override(user: User, scorecard: Scorecard) -> bool:
    """Nobody changes the grade of their own conversation, nor one that is on nobody's record: what is
    compared stays as it was given. Needs `assignment` loaded."""
    return (
        user.has_perm("scorecards.override_scorecards")
        and scorecard.agent_id != user.pk
        and not scorecard.assignment.is_off_record
    )


def can_release(user: User) -> bool:
    """Whose grades, `Scorecard.objects.releasable_by` says."""
    return user.has_perm("scorecards.release_feedback")


def can_converse(user: User, scorecard: Scorecard) -> bool:
    """May `user` read and write the private conversation about a grade: its agent, its reviewer, the
    agent's managers of today and who sees all scorecards; nobody, where it is on nobody's record. One
    query for a manager. Needs `assignment` loaded."""
    if scorecard.assignment.is_off_record:
        return False
    if user.pk in (scorecard.agent_id, scorecard.reviewer_id):
        return True
    if user.has_perm("scorecards.view_all_scorecards"):
        return True
    return (
        user.has_perm("people.develop_team")
        and User.objects.managed_by(user, on=timezone.localdate())
        .filter(pk=scorecard.agent_id)
        .exists()
    )
