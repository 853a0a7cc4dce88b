"""Work for the "bulk" worker: `manage.py db_worker --backend bulk`."""

from django_tasks import task


@task(backend="bulk")
def measure_service() -> None:
    """One that comes late or twice finds nothing left to do; `manage.py measure_service` makes up for one
    that was lost."""
    from scorecards.actions.standards import measure_service_results

    measure_service_results()
