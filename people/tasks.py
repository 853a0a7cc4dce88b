"""What the worker does for people."""

import datetime as dt

from django_tasks import task

from people.models import User
from people.signin import inviting, telling


@task()
def send_invitation(pk: int) -> None:
    """A mail server that refuses fails the task; the page of invitations says that the mail waits."""
    inviting.send(pk)


@task(backend="bulk")
def send_invitations() -> None:
    """Many at once, which takes minutes."""
    inviting.send_waiting()


@task()
def send_change(user: int, change: str, at: str) -> None:
    """Tell somebody that their sign-in changed, by the name of a `telling.Change`."""
    person = User.objects.filter(pk=user, is_active=True).first()
    if person is not None:
        telling.send(person, telling.Change[change], at=dt.datetime.fromisoformat(at))
