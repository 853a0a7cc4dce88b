"""What makes people be asked to sign: a publication, and changes of who works where. Each receiver only
calls the action."""

from typing import Any

from content.models import ProcedurePage
from people.models import Membership, Team, User
from training import actions


def ask_for_edition(page: ProcedurePage, at: Any = None, **kwargs: Any) -> None:
    """A procedure was published: a material edition asks, an editorial one only those who still owe
    their signature for the last material one."""
    actions.ask_for_signatures(pages=[page.pk])


def ask_after_unpublishing(instance: Any, **kwargs: Any) -> None:
    actions.ask_for_signatures(pages=[instance.pk])


def ask_member(instance: Membership, raw: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Somebody joined or left a team. Whoever is being deleted altogether is not asked once more."""
    if raw or isinstance(origin, User) or getattr(origin, "model", None) is User:
        return
    actions.ask_for_signatures(users=[instance.user_id])


def ask_team(instance: Team, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """The channels that a team serves may have changed."""
    if not created and not raw:
        users = list(instance.memberships.values_list("user", flat=True))
        actions.ask_for_signatures(users=users)


def ask_user(instance: User, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Somebody may have been deactivated. Signing in, which only writes down when, is not that."""
    if not raw and (update_fields is None or "is_active" in update_fields):
        actions.ask_for_signatures(users=[instance.pk])


def ask_role(
    instance: Any, action: str, pk_set: set[int] | None = None, reverse: bool = False, **kwargs: Any
) -> None:
    """Somebody was given a role, or lost it."""
    if not action.startswith("post_"):
        return
    users = list(pk_set or ()) if reverse else [instance.pk]
    if users:
        actions.ask_for_signatures(users=users)
