"""One person's changes happen one after the other."""

from people.models import User


def wait_for_ones_turn(user: User) -> None:
    """Let one person's completions happen one after the other.

    Two last steps finished at the same moment would each miss the other, and the module stay open.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
