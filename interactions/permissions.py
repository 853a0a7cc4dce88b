"""What each role may do with interactions."""

from people.models import User
from people.roles import Role

GRANTS = {
    Role.ADMINISTRATOR: (
        "interactions.view_all_interactions",
        "interactions.import_interactions",
    ),
}


def can_import(user: User) -> bool:
    return user.has_perm("interactions.import_interactions")


def can_see_source_data(user: User) -> bool:
    """Where interactions come from and what else the source says of them."""
    return user.has_perm("interactions.view_all_interactions")
