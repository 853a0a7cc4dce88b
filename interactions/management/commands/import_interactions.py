"""`manage.py import_interactions FILE`: interactions from a file, read where it lies."""

import os
import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from errno import EISDIR
from io import SEEK_END
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType
from typing import IO, Any, TextIO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import reset_queries
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interactions.actions import NotAllowed, resume_import, start_import
from interactions.importing.dates import ORDERS
from interactions.importing.mapping import SIDES
from interactions.importing.planning import Proposal, faults_of, judged, propose
from interactions.importing.plans import records
from interactions.importing.presets import PRESETS
from interactions.importing.reading import UnreadableFile
from interactions.importing.rejected import rejected_file
from interactions.importing.run import BATCH_LINES, digest_of, run_import
from interactions.importing.spool import SeenIds
from interactions.models import ImportMapping, ImportRun
from people.models import User

REJECTIONS_SHOWN = 20
SOME_REJECTED = 3
INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended


class Command(BaseCommand):
    help = (
        "Imports interactions from a file: CSV, XLSX, JSON, JSON Lines, e-mail, a chat "
        "or subtitles, plain or "
        "compressed, or a folder of tables of a help desk. What is here already is not "
        "imported twice. Ends "
        "with 1 when the file is unreadable or nothing in it was importable, with 3 "
        "when some rows were rejected."
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
        parser.add_argument("--mapping", metavar="NAME", help="read it by this saved mapping")
        parser.add_argument(
            "--preset", choices=sorted(PRESETS), help="it is an export of this help desk"
        )
        parser.add_argument("--source", metavar="NAME", help="what the source is called")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be imported, and import nothing"
        )
        parser.add_argument(
            "--delimiter", default="", help="what separates columns; “tab” for a tab"
        )
        parser.add_argument("--encoding", default="", choices=["", "utf-8", "cp1252"])
        parser.add_argument("--sheet", default="", metavar="NAME", help="which sheet of a workbook")
        parser.add_argument(
            "--date-order", default="", choices=["", *ORDERS], help="what comes first in 03/04/2026"
        )
        parser.add_argument(
            "--zone", default="", metavar="NAME", help="time zone of times that name none"
        )
        parser.add_argument(
            "--agents",
            default="",
            metavar="A,B",
            help="own addresses and domains: mail from them was written by an agent",
        )
        parser.add_argument(
            "--id", default="", metavar="ID", help="id of a chat or call transcript"
        )
        parser.add_argument(
            "--speaker",
            action="append",
            default=[],
            metavar="NAME=SIDE",
            help="who a name in a transcript is: agent, customer or system",
        )
        parser.add_argument(
            "--rejected",
            type=Path,
            metavar="FILE",
            help="write the rejected rows there, to be mended",
        )

    def handle(self, *, file: Path, batch: int, no_progress: bool, **options: Any) -> None:
        by = self.person(options["by"])
        try:
            with _opened(file) as stream:
                if options["dry_run"]:
                    self.rehearse(stream, self.proposal(stream, file, options).plan)
                    return
                run = self.open_run(
                    options["resume"], file=file, stream=stream, by=by, options=options
                )
                self.run_to_the_end(run, stream, batch=batch, show=not no_progress)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        self.say_counts(run)
        if options["rejected"] and run.rejected_count:
            self.write_rejected(run, options["rejected"])
        self.end_with_code(run)

    def say(self, text: str) -> None:
        """Whoever reads the report may have read enough; the exit code says the rest."""
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            _close_quietly(sys.stdout)

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.")
        return person

    def proposal(self, stream: IO[bytes], file: Path, options: dict[str, Any]) -> Proposal:
        """How the file is read: by what is said, else by a mapping for such files, else by itself."""
        how = {
            "delimiter": {"tab": "\t"}.get(options["delimiter"], options["delimiter"]),
            "encoding": options["encoding"],
            "sheet": options["sheet"],
        }
        kept: dict[str, Any] | None = None
        if options["mapping"]:
            mapping = ImportMapping.objects.filter(name=options["mapping"]).first()
            if mapping is None:
                raise CommandError(f"There is no mapping “{options['mapping']}”.")
            kept = mapping.plan
        elif options["preset"]:
            kept = {"kind": "preset", "preset": options["preset"], "source": options["preset"]}
        try:
            found = propose(stream, file.name, kept=kept, **how)
            if kept is None and not found.is_native:
                fitting = list(ImportMapping.objects.for_file(found.fingerprint)[:2])
                if len(fitting) == 1:
                    self.say(f"Read by the mapping “{fitting[0].name}”.")
                    found = propose(stream, file.name, kept=fitting[0].plan, **how)
        except UnreadableFile as problem:
            raise CommandError(str(problem)) from problem
        plan = self.completed(found.plan, options)
        for note in found.layout.notes if not found.is_native else ():
            self.say(note)
        if faults := faults_of(plan, found.layout):
            raise CommandError(
                "The file cannot be read yet:\n  "
                + "\n  ".join(faults)
                + "\nGive what is missing, or make a mapping in the browser and name it with --mapping."
            )
        return replace(found, plan=plan)

    def completed(self, plan: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """The plan with what the command line says."""
        if plan["kind"] == "table":
            mapping = dict(plan["mapping"])
            mapping["order"] = options["date_order"] or mapping.get("order", "")
            mapping["zone"] = options["zone"] or mapping.get("zone", "")
            if options["source"]:
                mapping["constants"] = {**mapping.get("constants", {}), "source": options["source"]}
            return {**plan, "mapping": mapping}
        given = {
            "source": options["source"],
            "order": options["date_order"],
            "zone": options["zone"],
            "external_id": options["id"],
            "agents": [each for each in options["agents"].split(",") if each.strip()],
        }
        plan = plan | {name: value for name, value in given.items() if value and name in plan}
        sides = dict(plan.get("sides", {}))
        for pair in options["speaker"]:
            name, equals, side = pair.rpartition("=")
            if not equals or side not in SIDES:
                raise CommandError(f"--speaker {pair}: expected NAME=agent, customer or system.")
            sides[name.strip()] = side
        return plan | ({"sides": sides} if sides else {})

    def open_run(
        self,
        pk: int | None,
        *,
        file: Path,
        stream: IO[bytes],
        by: User | None,
        options: dict[str, Any],
    ) -> ImportRun:
        digest = digest_of(stream)
        size = stream.seek(0, SEEK_END)
        if pk is None:
            plan = self.proposal(stream, file, options).plan
            mapping = ImportMapping.objects.filter(name=options["mapping"] or "").first()
            return start_import(
                None,
                file_name=file.name,
                size=size,
                by=by,
                plan=plan,
                digest=digest,
                mapping=mapping,
            )
        run = ImportRun.objects.filter(pk=pk).first()
        if run is None:
            raise CommandError(f"There is no import {pk}.")
        if run.bytes_total != size or (run.digest and run.digest != digest):
            had = f"that had {run.bytes_total} bytes, this has {size}"
            if run.bytes_total == size:
                had = "it is as long, but says something else"
            raise CommandError(
                f"{file} is not the file of import {pk}: {had}. Start a new import; what is here "
                "already is not imported twice."
            )
        try:
            return resume_import(run, by=by, in_place=True)
        except NotAllowed as refusal:
            raise CommandError(str(refusal)) from refusal

    def rehearse(self, stream: IO[bytes], plan: dict[str, Any]) -> None:
        """Read everything and write nothing."""
        good = bad = 0
        try:
            with closing(SeenIds()) as seen:
                for entry in records(stream, plan):
                    found = judged(entry, seen)
                    good += found.row is not None
                    if found.row is None:
                        bad += 1
                        if bad <= REJECTIONS_SHOWN:
                            name = f" ({found.external_id})" if found.external_id else ""
                            self.say(f"  line {found.number}{name}: {found.fault}")
        except UnreadableFile as problem:
            raise CommandError(f"{problem} ({good} could be imported, {bad} not)") from problem
        self.say(f"Nothing was imported. {good} could be imported, {bad} not.")
        if not good:
            raise CommandError(_("Nothing in this file could be imported."))
        if bad:
            raise CommandError(_rejected_words(bad), returncode=SOME_REJECTED)

    def write_rejected(self, run: ImportRun, path: Path) -> None:
        try:
            with path.open("w", encoding="utf-8", newline="") as out:
                out.writelines(rejected_file(run).lines)
        except OSError as error:
            raise CommandError(
                f"The rejected rows cannot be written to {path}: {error.strerror}. They are kept "
                f"at /interactions/imports/{run.pk}/."
            ) from error

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

    def say_counts(self, run: ImportRun) -> None:
        counts = [
            (_("new"), run.created_count),
            (_("changed"), run.updated_count),
            (_("already here"), run.unchanged_count),
            (_("rejected"), run.rejected_count),
        ]
        summary = ", ".join(f"{count} {label}" for label, count in counts)
        self.say(_("Import %(run)s: %(summary)s.") % {"run": run.pk, "summary": summary})
        for rejection in run.rejections.all()[:REJECTIONS_SHOWN]:
            name = f" ({rejection.external_id})" if rejection.external_id else ""
            self.say(f"  line {rejection.line}{name}: {rejection.reason}")
        if (more := run.rejected_count - REJECTIONS_SHOWN) > 0:
            self.say(
                ngettext(
                    "  … and %(more)s more row; all are listed at /interactions/imports/%(run)s/",
                    "  … and %(more)s more rows; all are listed at /interactions/imports/%(run)s/",
                    more,
                )
                % {"more": more, "run": run.pk}
            )

    def end_with_code(self, run: ImportRun) -> None:
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
        if run.rejected_count:
            raise CommandError(_rejected_words(run.rejected_count), returncode=SOME_REJECTED)


def _rejected_words(count: int) -> str:
    words = ngettext("%(count)s row was rejected.", "%(count)s rows were rejected.", count)
    return words % {"count": count}


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """The file, or the tables of a folder as one archive."""
    if not file.is_dir():
        with file.open("rb") as stream:
            yield stream
        return
    tables = sorted(file.glob("*.csv"))
    if not tables:
        raise IsADirectoryError(EISDIR, "Is a directory", str(file))
    with TemporaryFile() as archive:
        with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
            for table in tables:
                # The same date always, so that going on with it finds the same file.
                packed.writestr(ZipInfo(table.name), table.read_bytes())
        archive.seek(0)
        yield cast(IO[bytes], archive)


def _close_quietly(stream: TextIO) -> None:
    """Point a broken output at nothing, so that closing it at the end does not complain again."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


class ProgressBar:
    """One line on a terminal, drawn anew after each batch: share, bar, rows and rate."""

    WIDTH = 24

    def __init__(self, out: OutputWrapper, run: ImportRun) -> None:
        self.out = out
        self.started = time.monotonic()
        self.rows_before = run.imported_count + run.rejected_count
        self.is_over = False
        self.draw(run)

    def draw(self, run: ImportRun) -> None:
        rows = run.imported_count + run.rejected_count
        rate = (rows - self.rows_before) / max(time.monotonic() - self.started, 0.001)
        done = self.WIDTH * run.percent // 100
        bar = "█" * done + "░" * (self.WIDTH - done)
        line = f"\r{run.percent:3} %  {bar}  {rows:,} rows  {rate:,.0f} rows/s \033[K"
        self.say(line, ending="")

    def say(self, text: str, *, ending: str) -> None:
        """Nobody may be looking any more; the import goes on all the same."""
        if self.is_over:
            return
        try:
            self.out.write(text, style_func=str, ending=ending)
            self.out.flush()
        except BrokenPipeError:
            self.is_over = True

    def close(self) -> None:
        self.say("", ending="\n")


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
