"""Every importer with files that are nearly right, and with bytes: what cannot be read is said in the
importer's own words, and what was counted is what is there."""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import strategies as st

from content import gift, transcripts
from content.markdown import reading
from content.markdown.fields import read_fields
from content.packages.archive import RefusedPackage
from content.packages.storing import remove, store
from content.question_exchange import import_gift
from integrations.directory import files as directory
from interactions.importing.chats import UnreadableChat, read_chat
from interactions.importing.dates import UnknownOrder
from interactions.importing.packing import UnreadableFile
from interactions.importing.planning import preview, propose
from interactions.importing.rejected import rejected_file
from interactions.importing.run import run_import
from interactions.models import ImportRun, Interaction
from interactions.subtitles import UnreadableTranscript, read_cues
from scorecards.rubric_format import FormatError, from_json, structure_of, to_json
from tests.factories.interactions import ImportRunFactory
from tests.fuzz import files
from tests.fuzz.bounded import Found, fuzz
from tests.fuzz.files import conversations, mutated
from tests.fuzz.values import json_values

pytestmark = pytest.mark.django_db


def _tried(found: Found, call: Callable[[], object], *expected: type[Exception], of: Any) -> None:
    try:
        with transaction.atomic():
            call()
            transaction.set_rollback(True)
    except expected as error:
        if not str(error):
            found.note(AssertionError(f"{type(error).__name__} without words"), repr(of))
    except Exception as error:
        found.note(error, repr(of))


def _import(name: str, data: bytes) -> None:
    source = io.BytesIO(data)
    plan = propose(source, name).plan
    if plan["kind"] == "table":
        plan["mapping"]["constants"] |= {"source": "desk"}
        plan["mapping"]["zone"] = "Europe/Berlin"
    elif plan["kind"] == "mail":
        plan["agents"] = ["shop.example"]
    elif plan["kind"] == "chat":
        plan["sides"] = {
            who: "agent" if who == "Ada" else "customer" for who in plan.get("sides", {})
        }
    with contextlib.suppress(UnreadableFile):
        preview(source, plan)
    before = Interaction.objects.count()
    run = run_import(ImportRunFactory(plan=plan), stream=source)
    assert run.state in {ImportRun.State.DONE, ImportRun.State.FAILED}
    assert run.failure or run.state == ImportRun.State.DONE
    assert Interaction.objects.count() - before == run.created_count
    counted = run.created_count + run.updated_count + run.unchanged_count + run.rejected_count
    assert counted == run.rows_done, f"{counted} counted of {run.rows_done}"
    b"".join(
        each if isinstance(each, bytes) else each.encode() for each in rejected_file(run).lines
    )


def test_conversations():
    def attempt(example: tuple[str, bytes], found: Found) -> None:
        _tried(found, lambda: _import(*example), UnreadableFile, of=example)

    fuzz(conversations(), attempt)


def test_texts_of_conversations():
    def attempt(data: bytes, found: Found) -> None:
        text = data.decode(errors="replace")
        _tried(found, lambda: read_cues(text), UnreadableTranscript, of=text)
        _tried(found, lambda: read_chat(text), UnreadableChat, UnknownOrder, of=text)
        _tried(found, lambda: transcripts.parse(text), transcripts.NotUnderstood, of=text)

    wholes = (files.VTT, files.SRT, files.CHAT, files.SAID)
    fuzz(st.sampled_from(wholes).flatmap(lambda whole: mutated(whole.encode())), attempt)


def test_a_directory(administrator):
    def attempt(data: bytes, found: Found) -> None:
        def both() -> None:
            source = io.BytesIO(data)
            run = directory.start_run(source, name="p.csv", by=administrator, deactivates=True)
            directory.apply_run(run, by=administrator)

        _tried(found, both, directory.UnreadableFile, of=data)

    fuzz(mutated(files.PEOPLE.encode()), attempt)


def test_questions_in_gift(editor):
    def attempt(data: bytes, found: Found) -> None:
        def both() -> None:
            lines = gift.lines_of(io.BytesIO(data))
            report = import_gift(lines, by=editor)
            assert all(each.reason for each in report.broken)

        _tried(found, both, UnicodeDecodeError, gift.Broken, of=data)

    fuzz(mutated(files.GIFT.encode()), attempt)


def test_markdown(editor):
    def attempt(data: bytes, found: Found) -> None:
        def read() -> None:
            document = reading.read(
                data, fallback="x", find_link=lambda *a: None, find_image=lambda *a: None
            )
            json.dumps(read_fields(document.front).as_json())

        _tried(found, read, reading.Unreadable, of=data)

    fuzz(mutated(files.MARKDOWN.encode()), attempt)


def test_packages(settings, tmp_path):
    def attempt(example: tuple[bytes, bool], found: Found) -> None:
        manifest, is_whole = example
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("imsmanifest.xml", manifest)
            archive.writestr("index.html", "<p>Hello")
        data = out.getvalue() if is_whole else manifest + out.getvalue()

        def put() -> None:
            remove(store(io.BytesIO(data)).sha256)

        _tried(found, put, RefusedPackage, of=data)

    fuzz(st.tuples(mutated(files.MANIFEST.encode()), st.booleans()), attempt)


def test_packages_broken_as_zips():
    whole = files.zipped(files.MANIFEST.encode(), "imsmanifest.xml")

    def attempt(data: bytes, found: Found) -> None:
        _tried(
            found,
            lambda: remove(store(io.BytesIO(data)).sha256),
            RefusedPackage,
            of=data,
        )

    fuzz(mutated(whole), attempt)


def test_rubrics(administrator):
    from tests.factories.scorecards import RubricVersionFactory

    whole = to_json(structure_of(RubricVersionFactory())).encode()

    def attempt(data: bytes, found: Found) -> None:
        _tried(found, lambda: from_json(data), FormatError, of=data)

    anything = json_values.map(lambda value: json.dumps(value).encode())
    fuzz(mutated(whole) | anything, attempt)
