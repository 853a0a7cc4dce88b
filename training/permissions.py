"""What each role may do with training."""

from typing import TYPE_CHECKING

from people.models import User
from people.roles import Role

if TYPE_CHECKING:
    from training.models import Certificate

GRANTS = {
    Role.EDITOR: ("training.view_acknowledgement", "training.change_practicesetup"),
    Role.MANAGER: (
        "training.add_moduleassignment",
        "training.add_workshopsession",
        "training.change_workshopsession",
        "training.change_certificate",
        "training.add_shadowing",
        "training.change_practicesetup",
    ),
    Role.ADMINISTRATOR: (
        "training.add_moduleassignment",
        "training.add_workshopsession",
        "training.change_workshopsession",
        "training.change_certificate",
        "training.add_shadowing",
        "training.change_outgoingstatement",
        "training.view_acknowledgement",
        "training.change_practicesetup",
    ),
}


def can_see_statements(user: User) -> bool:
    """What waits for the record store: it tells of everybody."""
    return user.has_perm("training.change_outgoingstatement")


def can_assign_modules(user: User) -> bool:
    return user.has_perm("training.add_moduleassignment")


def can_see_signatures(user: User) -> bool:
    """Those of others: managers of their people, editors and administrators of everybody."""
    return user.has_perm("training.view_acknowledgement") or user.has_perm("people.develop_team")


def can_see_item_analysis(user: User) -> bool:
    """How questions do, without names: for who writes them and who develops people by them."""
    return user.has_perm("wagtailadmin.access_admin") or user.has_perm("people.develop_team")


def can_see_ratings(user: User) -> bool:
    """What trainees think of modules: for who writes them. Managers know their people too well for
    answers without names to stay without names."""
    return user.has_perm("wagtailadmin.access_admin")


def can_revoke(user: User, certificate: "Certificate") -> bool:
    """Whoever develops that person, never the person themself."""
    return (
        user.has_perm("training.change_certificate")
        and user.pk != certificate.user_id
        and User.objects.visible_to(user).filter(pk=certificate.user_id).exists()
    )


def can_arrange_sessions(user: User) -> bool:
    return user.has_perm("training.add_workshopsession")


def can_choose_observers(user: User) -> bool:
    return user.has_perm("training.add_shadowing")


def can_set_up_practice(user: User) -> bool:
    """Choose the rubric of a role play, and the samples of an exercise."""
    return user.has_perm("training.change_practicesetup")
