"""Work for the "bulk" worker: `manage.py db_worker --backend bulk`."""

from django_tasks import task

from content.markdown.run import run_import
from content.models import ManualImport, ManualPrint
from content.printing import files
from people.models import User


@task(backend="bulk")
def import_manual_tree(run_id: int) -> None:
    """Import the stored zip file of a run that waits."""
    run = ManualImport.objects.filter(pk=run_id).first()
    if run:
        run_import(run)


@task(backend="bulk")
def print_manual(print_id: int, user_id: int) -> None:
    """Make the PDF of the manual that waits, as that person reads it."""
    made = ManualPrint.objects.filter(pk=print_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if made and user:
        files.run(made, user=user)
