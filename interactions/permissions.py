"""What each role may do with interactions."""

from people.models import User
from people.roles import Role

_SURVEYS = tuple(f"interactions.{verb}_survey" for verb in ("add", "change", "view"))
_RULES = tuple(f"interactions.{verb}_surveyrule" for verb in ("add", "change", "delete", "view"))

GRANTS = {
    # A survey is switched off and not deleted: answers point at it.
    Role.EDITOR: _SURVEYS,
    Role.MANAGER: ("interactions.handle_reviews",),
    Role.ADMINISTRATOR: (
        *_SURVEYS,
        *_RULES,
        "interactions.manage_surveys",
        "interactions.handle_reviews",
        "interactions.link_customers",
        "interactions.view_all_interactions",
        "interactions.import_interactions",
        "interactions.manage_privacy",
        "interactions.read_originals",
    ),
}


def can_import(user: User) -> bool:
    return user.has_perm("interactions.import_interactions")


def can_see_source_data(user: User) -> bool:
    """Where interactions come from and what else the source says of them."""
    return user.has_perm("interactions.view_all_interactions")


def can_manage_privacy(user: User) -> bool:
    return user.has_perm("interactions.manage_privacy")


def can_read_originals(user: User) -> bool:
    return user.has_perm("interactions.read_originals")


def can_manage_surveys(user: User) -> bool:
    """The log of the mails that ask customers, and to repeat one that failed."""
    return user.has_perm("interactions.manage_surveys")


def can_handle_reviews(user: User) -> bool:
    return user.has_perm("interactions.handle_reviews")


def can_link_customers(user: User) -> bool:
    """Which customers of two sources are one person."""
    return user.has_perm("interactions.link_customers")
