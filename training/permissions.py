"""What each role may do with training."""

from people.models import User
from people.roles import Role

GRANTS = {
    Role.MANAGER: ("training.add_moduleassignment",),
    Role.ADMINISTRATOR: ("training.add_moduleassignment",),
}


def can_assign_modules(user: User) -> bool:
    return user.has_perm("training.add_moduleassignment")
