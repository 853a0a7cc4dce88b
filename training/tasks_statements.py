"""Work for the "bulk" worker."""

from django_tasks import task

from training.sending import send_waiting


@task(backend="bulk")
def send_statements() -> None:
    """Send what waits. A task that comes late or twice finds nothing left to do."""
    send_waiting()
