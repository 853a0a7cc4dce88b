"""`manage.py import_manual FOLDER`: a tree of Markdown files into the manual."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from content.markdown.reading import Unreadable
from content.markdown.run import run_import, start_import
from content.markdown.sources import FolderSource, open_zip
from content.models import ManualImport, ManualImportFile, ManualIndexPage, ManualSectionPage
from people.models import User

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Imports a folder or zip file of Markdown files with front matter. A second import of the same "
        "tree writes only what changed. Ends with 1 when nothing in it could be imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tree", type=Path, metavar="FOLDER_OR_ZIP")
        parser.add_argument(
            "--name",
            help="under which a later import finds the pages again (default: the folder's)",
        )
        parser.add_argument("--by", metavar="EMAIL", help="who imports, for the record")
        parser.add_argument(
            "--below", type=int, metavar="PAGE_ID", help="the section to import into"
        )
        parser.add_argument("--draft", action="store_true", help="do not publish the pages")
        parser.add_argument(
            "--ask-signatures", action="store_true", help="of what is new or changed"
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="also what was edited here since"
        )

    def handle(self, *, tree: Path, name: str | None, draft: bool, **options: Any) -> None:
        try:
            run = start_import(
                tree=name or tree.stem,
                below=self.place(options["below"]),
                by=self.person(options["by"]),
                publish=not draft,
                ask_signatures=options["ask_signatures"],
                overwrite=options["overwrite"],
            )
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from refusal
        try:
            if tree.is_file():
                with tree.open("rb") as stream, open_zip(stream) as archive:
                    run_import(run, archive, tick=self.tick)
            else:
                run_import(run, FolderSource(tree), tick=self.tick)
        except (Unreadable, OSError) as error:
            run.delete()
            raise CommandError(str(error)) from error
        self.report(run)

    def place(self, pk: int | None) -> ManualIndexPage | ManualSectionPage:
        if pk is None:
            manual = ManualIndexPage.objects.first()
            if manual is None:
                raise CommandError("There is no manual yet: run `manage.py migrate`.")
            return manual
        section = ManualSectionPage.objects.filter(pk=pk).first()
        if section is None:
            raise CommandError(f"Page {pk} is no section of the manual.")
        return section

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.")
        return person

    def tick(self, run: ManualImport) -> None:
        if self.stderr.isatty():
            self.stderr.write(
                f"\r{run.files_done}/{run.files_total}\033[K", style_func=str, ending=""
            )
            self.stderr.flush()

    def report(self, run: ManualImport) -> None:
        if self.stderr.isatty():
            self.stderr.write("", style_func=str)
        rows = list(run.files.all())
        counts = Counter(row.outcome for row in rows)
        summary = ", ".join(
            f"{counts[value]} {str(label).lower()}"
            for value, label in ManualImportFile.Outcome.choices
            if counts[value]
        )
        self.stdout.write(
            _("Import %(run)s: %(summary)s.") % {"run": run.pk, "summary": summary or "–"}
        )
        told = [row for row in rows if row.reason or row.remarks]
        for row in told[:SHOWN]:
            self.stdout.write(f"  {row.path}: {row.reason}" if row.reason else f"  {row.path}")
            for remark in row.remarks[:SHOWN]:
                self.stdout.write(f"    line {remark['line']}: {remark['text']}")
        if len(told) > SHOWN:
            self.stdout.write(
                _("  … and %(n)d more files; all are listed in the editing area, import %(run)s.")
                % {"n": len(told) - SHOWN, "run": run.pk}
            )
        if run.state == ManualImport.State.FAILED:
            raise CommandError(run.failure)
        outcomes = ManualImportFile.Outcome
        if not any(
            counts[kind] for kind in outcomes if kind not in (outcomes.REFUSED, outcomes.GONE)
        ):
            reason = next((row.reason for row in rows if row.reason), "")
            raise CommandError(f"{_('Nothing in this tree could be imported.')} {reason}".strip())
