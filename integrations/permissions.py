"""Who may open ways in and out."""

from people.models import User
from people.roles import Role

GRANTS = {Role.ADMINISTRATOR: ("integrations.manage_integrations",)}


def can_manage(user: User) -> bool:
    """Tokens, webhooks, directory sync and exports of everything."""
    return user.has_perm("integrations.manage_integrations")


def can_write_people(user: User) -> bool:
    """What the screens for people and teams ask for, all together."""
    return user.has_perms(
        ["people.add_user", "people.change_user", "people.add_team", "people.change_team"]
    )


def can_dump(user: User) -> bool:
    """A copy of everything shows what any list hides, so it takes all that an administrator has."""
    return user.has_perms(
        [
            "integrations.manage_integrations",
            "people.view_everybody",
            "interactions.view_all_interactions",
            "scorecards.view_all_scorecards",
        ]
    )
