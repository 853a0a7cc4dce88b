"""What makes new hires be asked for the paths of their roles. Each receiver only calls the action."""

from typing import Any

from people.models import Membership
from training import actions


def ask_member(instance: Membership, raw: bool = False, **kwargs: Any) -> None:
    """Somebody joined a team."""
    if not raw:
        actions.assign_paths_by_role(users=[instance.user_id])


def ask_role(
    instance: Any, action: str, pk_set: set[int] | None = None, reverse: bool = False, **kwargs: Any
) -> None:
    """Somebody was given a role, before or after they joined."""
    if action == "post_add":
        actions.assign_paths_by_role(users=list(pk_set or ()) if reverse else [instance.pk])
