"""Who may look at other people's skills. Whom they see there is `User.objects.visible_to`."""

from people.models import User


def can_see_team(user: User) -> bool:
    return user.has_perm("people.develop_team") or user.has_perm("people.view_everybody")
