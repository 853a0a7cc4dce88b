"""Who may look at other people's skills (whom they see there is `User.objects.visible_to`), and at how
the pages of the manual do."""

from people.models import User
from scorecards.permissions import can_review_verdicts


def can_see_team(user: User) -> bool:
    return user.has_perm("people.develop_team") or user.has_perm("people.view_everybody")


def can_see_objectivity(user: User) -> bool:
    """How reviewers differ, by name: for who leads calibration. A reviewer has a page about themself."""
    return user.has_perm("scorecards.lead_calibration")


def can_see_page_health(user: User) -> bool:
    """Counts without names: for who writes the manual."""
    return user.has_perm("wagtailadmin.access_admin")


def can_see_system(user: User) -> bool:
    """For who looks after people and who writes the manual. Names are shown as elsewhere: of people to
    who may see them, of reviewers to who leads calibration."""
    return can_see_team(user) or can_see_page_health(user)


def can_see_verdicts(user: User) -> bool:
    """Our verdict beside the customer's: for who looks after people, and for who works through what
    differs. Whose conversations, `scorecards.models.verdicts.comparable_for` says."""
    return can_see_team(user) or can_review_verdicts(user)
