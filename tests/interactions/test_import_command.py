"""`manage.py import_interactions`."""

import gzip
import io
import os
import signal

import pytest
from django.core.management import CommandError, call_command

from interactions.management.commands.import_interactions import ProgressBar
from interactions.models import ImportRun, Interaction
from tests.factories.interactions import ImportRunFactory
from tests.interactions.files import json_lines, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    """`file(*rows)` writes them and returns the path."""

    def write(*rows, name="contacts.jsonl", pack=lambda data: data):
        path = tmp_path / name
        path.write_bytes(pack(json_lines(*rows)))
        return path

    return write


def command(path, **options) -> str:
    out = io.StringIO()
    call_command("import_interactions", path, stdout=out, **options)
    return out.getvalue()


def refused(path, **options) -> tuple[str, CommandError]:
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_interactions", path, stdout=out, **options)
    return out.getvalue(), caught.value


def test_import_reports_counts_and_each_rejected_row(file, administrator):
    path = file(row(1), row(2, channel="fax"), "{", pack=gzip.compress, name="contacts.dat")
    report, error = refused(path, by="ADMIN@example.org")

    run = ImportRun.objects.get()
    assert report == (
        f"Import {run.pk}: 1 new, 0 changed, 0 already here, 2 rejected.\n"
        '  line 2 (2): channel is "fax"; expected phone, email, chat or social\n'
        "  line 3: The line is not JSON: Expecting property name enclosed in double quotes at "
        "character 2.\n"
    )
    assert (str(error), error.returncode) == ("2 rows were rejected.", 3)
    assert (run.started_by, run.file_name) == (administrator, "contacts.dat")
    assert run.bytes_total == run.bytes_done == path.stat().st_size
    assert not run.file
    assert path.exists()


def test_import_again_gives_no_duplicates(file):
    path = file(row(1), row(2))
    command(path)
    assert "0 new, 0 changed, 2 already here, 0 rejected." in command(path)
    assert Interaction.objects.count() == 2


def test_import_shows_twenty_rejected_rows_and_says_where_the_others_are(file):
    report, _error = refused(file(row(1), *["{"] * 23))
    run = ImportRun.objects.get()
    assert report.count("  line ") == 20
    assert report.endswith(
        f"  … and 3 more rows; all are listed at /interactions/imports/{run.pk}/\n"
    )
    assert run.rejections.count() == 23


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"[\n", "The JSON breaks off"),
        (b"\x1f\x8bnonsense.........", "The gzip file is damaged after line 0."),
    ],
)
def test_an_unreadable_file_is_said_plainly(tmp_path, content, message):
    path = tmp_path / "broken"
    path.write_bytes(content)
    _report, error = refused(path)
    assert str(error).startswith(message)
    assert error.returncode == 1


def test_a_truncated_file_is_an_error_and_what_came_before_is_kept(file):
    path = file(row(1), row(2), pack=lambda data: gzip.compress(data)[:-5])
    report, error = refused(path)
    assert "2 new" in report
    assert str(error) == (
        "The gzip file breaks off after line 2: it was not copied completely. "
        "What was imported before is kept."
    )
    assert Interaction.objects.count() == 2


def test_a_file_that_is_not_there_or_no_file_is_an_error(tmp_path):
    _report, error = refused(tmp_path / "nowhere.jsonl")
    assert str(error) == f"{tmp_path / 'nowhere.jsonl'} cannot be read: No such file or directory."
    _report, error = refused(tmp_path)
    assert str(error) == f"{tmp_path} cannot be read: Is a directory."
    assert ImportRun.objects.count() == 0


def test_nothing_importable_is_an_error(file):
    report, error = refused(file("{", row(channel="fax")))
    assert "2 rejected" in report
    assert (str(error), error.returncode) == ("Nothing in this file could be imported.", 1)


def test_an_unknown_person_is_an_error(file):
    _report, error = refused(file(row()), by="nobody@example.org")
    assert str(error) == "Nobody here has the e-mail address nobody@example.org."
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize("batch", ["0", "-1", "5001", "many"])
def test_a_senseless_batch_is_an_error(file, batch):
    with pytest.raises(CommandError, match="a whole number from 1 to 5000"):
        call_command("import_interactions", str(file(row())), f"--batch={batch}")


class InterruptedFile(io.StringIO):
    """A terminal on which the first line of progress is answered with Ctrl-C."""

    def isatty(self):
        return True

    def write(self, text):
        if "1 rows" in text:
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def test_ctrl_c_stops_behind_the_batch_and_says_how_to_resume(file, capsys):
    path = file(row(1), row(2), row(3))
    handler = signal.getsignal(signal.SIGINT)
    report, error = refused(path, batch=1, stderr=InterruptedFile())

    run = ImportRun.objects.get()
    assert report.startswith(f"Import {run.pk}: 1 new")
    assert str(error) == (
        f"Stopped after line 1. Go on with: manage.py import_interactions FILE --resume {run.pk}"
    )
    assert error.returncode == 130
    assert "Stopping after this batch" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is handler

    assert f"Import {run.pk}: 3 new" in command(path, resume=run.pk)
    assert Interaction.objects.count() == 3


def test_resume_refuses_another_file_an_unknown_run_and_a_run_that_is_done(file):
    path = file(row(1))
    run = ImportRunFactory(state="stopped", bytes_total=3)
    assert "is not the file of import" in str(refused(path, resume=run.pk)[1])
    assert str(refused(path, resume=999_999)[1]) == "There is no import 999999."
    run = ImportRunFactory(state="done", bytes_total=path.stat().st_size)
    assert str(refused(path, resume=run.pk)[1]) == "This import is done."


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("terminal", "options", "is_shown"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"no_progress": True}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_progress_is_drawn_on_a_terminal_only(file, terminal, options, is_shown):
    command(file(row(1), row(2)), batch=1, stderr=terminal, **options)
    shown = terminal.getvalue()
    assert ("rows/s" in shown) == is_shown
    if is_shown:
        assert shown.startswith(f"\r  0 %  {'░' * ProgressBar.WIDTH}  0 rows")
        assert "2 rows" in shown
        assert shown.endswith("\n")


class ClosedPipe(io.StringIO):
    """What `| head` leaves behind: the pipe breaks when it is flushed."""

    def flush(self):
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("options", [{}, {"dry_run": True}])
def test_nobody_reading_the_report_changes_neither_import_nor_exit_code(file, monkeypatch, options):
    path = file(row(1), row(2, channel="fax"))
    monkeypatch.setattr("sys.stdout", io.StringIO())
    with pytest.raises(CommandError) as caught:
        call_command("import_interactions", path, stdout=ClosedPipe(), **options)
    assert (str(caught.value), caught.value.returncode) == ("1 row was rejected.", 3)
    assert Interaction.objects.count() == (0 if options else 1)


def test_a_place_where_the_rejected_rows_cannot_be_written_is_named(file, tmp_path):
    path = file(row(1), row(2, channel="fax"))
    report, error = refused(path, rejected=tmp_path / "missing" / "rejected.jsonl")

    run = ImportRun.objects.get()
    assert f"Import {run.pk}: 1 new" in report
    assert str(error) == (
        f"The rejected rows cannot be written to {tmp_path / 'missing' / 'rejected.jsonl'}: No such "
        f"file or directory. They are kept at /interactions/imports/{run.pk}/."
    )
