"""Work for the "bulk" worker: `manage.py db_worker --backend bulk`."""

from django_tasks import task

from interactions.importing.run import run_import
from interactions.models import ImportRun


@task(backend="bulk")
def import_stored_file(run_id: int) -> None:
    """Import the stored file of a run that waits; a run somebody stopped meanwhile is left alone."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run:
        run_import(run)
