"""Work for the "bulk" worker: `manage.py db_worker --backend bulk`."""

import datetime as dt

from django_tasks import task

from content.markdown.run import run_import
from content.models import ManualImport, ManualPrint
from content.printing import files
from people.models import User

MARGIN = dt.timedelta(seconds=1)


@task(backend="bulk")
def import_manual_tree(run_id: int) -> None:
    """Import the stored zip file of a run that waits, or that its worker left behind. As long as that is
    not certain, this comes back later."""
    run = ManualImport.objects.filter(pk=run_id).first()
    if run is None or run_import(run):
        return
    run.refresh_from_db()
    if not run.is_over and import_manual_tree.get_backend().supports_defer:
        then = run.progress_at + ManualImport.STALLED_AFTER + MARGIN
        import_manual_tree.using(run_after=then).enqueue(run.pk)


@task(backend="bulk")
def print_manual(print_id: int, user_id: int) -> None:
    """Make the PDF of the manual that waits, or that its worker left behind, as that person reads it."""
    made = ManualPrint.objects.filter(pk=print_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if made is None or user is None or files.run(made, user=user):
        return
    made.refresh_from_db()
    if made.is_live and print_manual.get_backend().supports_defer:
        then = made.progress_at + files.PATIENCE + MARGIN
        print_manual.using(run_after=then).enqueue(made.pk, user.pk)
