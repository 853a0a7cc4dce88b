"""Who may grade, and who may do what with a scorecard."""

from people.models import User
from people.roles import Role
from scorecards.models import Scorecard

GRANTS = {
    Role.REVIEWER: ("scorecards.grade_interactions",),
    Role.ADMINISTRATOR: ("scorecards.view_all_scorecards", "scorecards.assign_reviews"),
}


def can_grade(user: User) -> bool:
    return user.has_perm("scorecards.grade_interactions")


def can_assign_reviews(user: User) -> bool:
    return user.has_perm("scorecards.assign_reviews")


def can_edit(user: User, scorecard: Scorecard) -> bool:
    """May `user` write in this scorecard? Whether it is still a draft is for the action to say."""
    return scorecard.reviewer_id == user.pk and can_grade(user)


def can_acknowledge(user: User, scorecard: Scorecard) -> bool:
    return scorecard.agent_id == user.pk
