"""`manage.py import_interactions FILE`: interactions from a JSON Lines file, read where it lies."""

import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import reset_queries
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interactions.actions import NotAllowed, resume_import, start_import
from interactions.importing.run import BATCH_LINES, run_import
from interactions.models import ImportRun
from people.models import User

REJECTIONS_SHOWN = 20
INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended


class Command(BaseCommand):
    help = (
        "Imports interactions from a JSON Lines file, plain or gzip. What is here already is not "
        "imported twice. Ends with 1 when the file is unreadable or nothing in it was importable."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--by", metavar="EMAIL", help="who imports, for the record")
        parser.add_argument(
            "--batch", type=_positive, default=BATCH_LINES, metavar="N", help="rows per transaction"
        )
        parser.add_argument(
            "--resume", type=int, metavar="RUN_ID", help="go on with an import that was stopped"
        )
        parser.add_argument(
            "--no-progress", action="store_true", help="no progress bar on a terminal either"
        )

    def handle(self, *, file: Path, batch: int, no_progress: bool, **options: Any) -> None:
        by = self.person(options["by"])
        try:
            with file.open("rb") as stream:
                size = file.stat().st_size
                run = self.open_run(options["resume"], file=file, size=size, by=by)
                self.run_to_the_end(run, stream, batch=batch, show=not no_progress)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        self.report(run)

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.")
        return person

    def open_run(self, pk: int | None, *, file: Path, size: int, by: User | None) -> ImportRun:
        if pk is None:
            return start_import(None, file_name=file.name, size=size, by=by)
        run = ImportRun.objects.filter(pk=pk).first()
        if run is None:
            raise CommandError(f"There is no import {pk}.")
        if run.bytes_total != size:
            raise CommandError(
                f"{file} is not the file of import {pk}: that had {run.bytes_total} bytes, this has "
                f"{size}. Start a new import; what is here already is not imported twice."
            )
        try:
            return resume_import(run, by=by, in_place=True)
        except NotAllowed as refusal:
            raise CommandError(str(refusal)) from refusal

    def run_to_the_end(self, run: ImportRun, stream: IO[bytes], *, batch: int, show: bool) -> None:
        bar = ProgressBar(self.stderr, run) if show and self.stderr.isatty() else None

        def after_batch(run: ImportRun) -> None:
            if bar:
                bar.draw(run)
            if settings.DEBUG:
                reset_queries()  # or the log of all queries would grow with the file

        with stopping_on_signals() as is_stopped:
            run_import(
                run, stream=stream, batch=batch, should_stop=is_stopped, after_batch=after_batch
            )
        if bar:
            bar.close()
        run.refresh_from_db()

    def report(self, run: ImportRun) -> None:
        counts = [
            (_("new"), run.created_count),
            (_("changed"), run.updated_count),
            (_("already here"), run.unchanged_count),
            (_("rejected"), run.rejected_count),
        ]
        summary = ", ".join(f"{count} {label}" for label, count in counts)
        self.stdout.write(_("Import %(run)s: %(summary)s.") % {"run": run.pk, "summary": summary})
        for rejection in run.rejections.all()[:REJECTIONS_SHOWN]:
            name = f" ({rejection.external_id})" if rejection.external_id else ""
            self.stdout.write(f"  line {rejection.line}{name}: {rejection.reason}")
        if (more := run.rejected_count - REJECTIONS_SHOWN) > 0:
            self.stdout.write(
                ngettext(
                    "  … and %(more)s more row; all are listed at /interactions/imports/%(run)s/",
                    "  … and %(more)s more rows; all are listed at /interactions/imports/%(run)s/",
                    more,
                )
                % {"more": more, "run": run.pk}
            )
        if run.state == ImportRun.State.FAILED:
            kept = _(" What was imported before is kept.") if run.imported_count else ""
            raise CommandError(run.failure + kept)
        if run.state == ImportRun.State.STOPPED:
            raise CommandError(
                _("Stopped after line %(line)s. Go on with: %(command)s")
                % {
                    "line": run.lines_done,
                    "command": f"manage.py import_interactions FILE --resume {run.pk}",
                },
                returncode=INTERRUPTED,
            )
        if run.state != ImportRun.State.DONE:
            raise CommandError(_("Another process goes on with this import."))
        if not run.imported_count:
            raise CommandError(_("Nothing in this file could be imported."))


class ProgressBar:
    """One line on a terminal, drawn anew after each batch: share, bar, rows and rate."""

    WIDTH = 24

    def __init__(self, out: OutputWrapper, run: ImportRun) -> None:
        self.out = out
        self.started = time.monotonic()
        self.rows_before = run.imported_count + run.rejected_count
        self.draw(run)

    def draw(self, run: ImportRun) -> None:
        rows = run.imported_count + run.rejected_count
        rate = (rows - self.rows_before) / max(time.monotonic() - self.started, 0.001)
        done = self.WIDTH * run.percent // 100
        bar = "█" * done + "░" * (self.WIDTH - done)
        line = f"\r{run.percent:3} %  {bar}  {rows:,} rows  {rate:,.0f} rows/s \033[K"
        self.out.write(line, style_func=str, ending="")
        self.out.flush()

    def close(self) -> None:
        self.out.write("", style_func=str, ending="\n")


@contextmanager
def stopping_on_signals() -> Iterator[Any]:
    """Yields a function that tells whether Ctrl-C was pressed; the second time it interrupts."""
    received: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        sys.stderr.write(_("\nStopping after this batch; press Ctrl-C again to break off.\n"))

    try:
        before = {
            number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)
        }
    except ValueError:  # only the main thread may; elsewhere Ctrl-C does not arrive anyway
        before = {}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 5_000:
        raise ArgumentTypeError("expected a whole number from 1 to 5000")
    return int(text)
