"""Who may coach whom. What somebody sees is each model's `visible_to`."""

from django.utils import timezone

from people.models import User
from people.roles import Role

GRANTS = {
    Role.AGENT: ("coaching.view_coachingsession",),
    Role.REVIEWER: ("coaching.add_recognition",),
    Role.MANAGER: (
        "coaching.view_coachingsession",
        "coaching.add_coachingsession",
        "coaching.add_recognition",
        "coaching.view_modulerule",
    ),
    Role.ADMINISTRATOR: (
        "coaching.view_modulerule",
        "coaching.add_modulerule",
        "coaching.change_modulerule",
    ),
}


def can_coach(user: User) -> bool:
    """Whom, `develops` says."""
    return user.has_perm("coaching.add_coachingsession") and user.has_perm("people.develop_team")


def develops(user: User, person: User) -> bool:
    """Is `person` one of those whom `user` manages today? One query. Nobody develops themself."""
    return (
        user.pk != person.pk
        and can_coach(user)
        and User.objects.managed_by(user, on=timezone.localdate()).filter(pk=person.pk).exists()
    )


def can_recognise(user: User) -> bool:
    """Which scorecards, `Recognition.objects.open_to` says."""
    return user.has_perm("coaching.add_recognition")


def can_write_rules(user: User) -> bool:
    """Rules hold for the whole company."""
    return user.has_perm("coaching.change_modulerule")
