"""What the worker does for people."""

from django_tasks import task

from people.signin import inviting


@task()
def send_invitation(pk: int) -> None:
    """A mail server that refuses fails the task; the page of invitations says that the mail waits."""
    inviting.send(pk)


@task(backend="bulk")
def send_invitations() -> None:
    """Many at once, which takes minutes."""
    inviting.send_waiting()
