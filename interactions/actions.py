"""Imports of files, and what comes to one interaction later: its recording, a timed transcript."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.audio import Sound, UnreadableSound, join_sides, read_sound
from interactions.importing.message_ids import keep_message_ids
from interactions.importing.run import outcome
from interactions.models import (
    ImportMapping,
    ImportRun,
    Interaction,
    Recording,
    Transcript,
    private_storage,
)
from interactions.privacy.noting import add_counts
from interactions.privacy.rules import Maskings, masked_messages
from interactions.service_facts import first_response_of, gaps_of
from interactions.signals import service_facts_changed
from interactions.subtitles import Cue
from interactions.tasks import import_stored_file
from people.audit import record
from people.models import User
from ui.filetypes import HEAD, type_of


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@transaction.atomic
def start_import(
    file: File | None,
    *,
    file_name: str,
    size: int,
    by: User | None,
    plan: dict[str, Any] | None = None,
    notes: Sequence[str] = (),
    digest: str = "",
    mapping: ImportMapping | None = None,
    is_draft: bool = False,
    at: dt.datetime | None = None,
) -> ImportRun:
    """Open a run for a file of `size` bytes. A file given is stored and handed to the worker.

    Without one the caller reads the file in place: `run_import(run, stream=…)`. A draft waits until
    somebody has said what its columns mean (`begin_import`).
    """
    at = at or timezone.now()
    run = ImportRun(
        file_name=file_name[-255:],
        bytes_total=size,
        started_by=by,
        plan=plan or {},
        notes=list(notes),
        digest=digest,
        mapping=mapping,
        created_at=at,
        progress_at=at,
    )
    if is_draft:
        run.state = ImportRun.State.DRAFT
    if file is not None:
        run.file.save(file_name, file, save=False)
    run.save()
    if is_draft:
        return run
    record("start_import", by=by, of=run, after={"file": run.file_name, "bytes": size}, at=at)
    if file is not None:
        transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


@transaction.atomic
def begin_import(
    run: ImportRun,
    *,
    plan: dict[str, Any],
    by: User,
    notes: Sequence[str] = (),
    mapping: ImportMapping | None = None,
    at: dt.datetime | None = None,
) -> ImportRun:
    """Let a draft go, read by `plan`."""
    at = at or timezone.now()
    run = _locked(run)
    if run.state != ImportRun.State.DRAFT:
        raise NotAllowed(_("This import has begun already."))
    run.state = ImportRun.State.WAITING
    run.plan, run.notes, run.mapping, run.progress_at = plan, list(notes), mapping, at
    run.save(update_fields=["state", "plan", "notes", "mapping", "progress_at"])
    after = {"file": run.file_name, "bytes": run.bytes_total}
    record("start_import", by=by, of=run, after=after, at=at)
    transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


@transaction.atomic
def discard_draft(run: ImportRun, *, by: User, at: dt.datetime | None = None) -> None:
    """Forget a file that was uploaded and never imported."""
    run = _locked(run)
    if run.state != ImportRun.State.DRAFT:
        raise NotAllowed(_("This import has begun already."))
    record("discard_import", by=by, of=run, before={"file": run.file_name}, at=at)
    stored = run.file.name
    run.delete()
    if stored:
        transaction.on_commit(partial(private_storage().delete, stored))


@transaction.atomic
def delete_rejected(run: ImportRun, *, by: User, at: dt.datetime | None = None) -> None:
    """Forget the rows that a run rejected: they hold what customers said. That there were some, their
    lines and the reasons stay."""
    run = _locked(run)
    run.rejections.update(content="")
    record("delete_rejected_rows", by=by, of=run, after={"rows": run.rejected_count}, at=at)


@transaction.atomic
def save_mapping(
    name: str,
    *,
    plan: dict[str, Any],
    fingerprint: str,
    by: User | None,
    mapping: ImportMapping | None = None,
    at: dt.datetime | None = None,
) -> ImportMapping:
    """Keep how a file is read under a name; `mapping` is changed where it is given, or where that name is
    taken already."""
    at = at or timezone.now()
    mapping = mapping or ImportMapping.objects.select_for_update().filter(name=name).first()
    before = {"name": mapping.name, "plan": mapping.plan} if mapping else None
    mapping = mapping or ImportMapping(made_by=by, created_at=at)
    rules = plan.get("mapping", {})
    mapping.name, mapping.plan, mapping.fingerprint = name, plan, fingerprint
    mapping.source = (plan.get("source") or rules.get("constants", {}).get("source", ""))[:60]
    mapping.updated_at = at
    mapping.save()
    record(
        "save_import_mapping",
        by=by,
        of=mapping,
        before=before,
        after={"name": name, "plan": plan},
        at=at,
    )
    return mapping


@transaction.atomic
def delete_mapping(mapping: ImportMapping, *, by: User, at: dt.datetime | None = None) -> None:
    before = {"name": mapping.name, "plan": mapping.plan}
    record("delete_import_mapping", by=by, of=mapping, before=before, at=at)
    mapping.delete()


@transaction.atomic
def request_stop(run: ImportRun, *, by: User, at: dt.datetime | None = None) -> None:
    """Stop a run after the batch it is at; at once where nobody is at work on it."""
    at = at or timezone.now()
    run = _locked(run)
    if not run.is_live:
        raise NotAllowed(_("This import is not running any more."))
    if run.state == ImportRun.State.WAITING or run.is_stalled:
        run.state = ImportRun.State.STOPPED
        run.finished_at = at
    else:
        run.stop_requested = True
    run.save(update_fields=["state", "finished_at", "stop_requested"])
    record("stop_import", by=by, of=run, after=outcome(run), at=at)


@transaction.atomic
def resume_import(
    run: ImportRun, *, by: User | None, in_place: bool = False, at: dt.datetime | None = None
) -> ImportRun:
    """Let a stopped, failed or abandoned run go on behind its last batch.

    `in_place` says that the caller holds the file and runs it; otherwise the worker does, which needs
    the stored file.
    """
    at = at or timezone.now()
    run = _locked(run)
    if not run.is_resumable:
        if run.is_live:
            raise NotAllowed(_("This import is still running."))
        raise NotAllowed(_("This import is done."))
    if not run.file and not in_place:
        raise NotAllowed(
            _("This file is not stored here. Resume it where it lies, with the command.")
        )
    before = outcome(run)
    run.state = ImportRun.State.WAITING
    run.failure = ""
    run.stop_requested = False
    run.finished_at = None
    run.progress_at = at
    run.save(update_fields=["state", "failure", "stop_requested", "finished_at", "progress_at"])
    record("resume_import", by=by, of=run, before=before, after=outcome(run), at=at)
    if not in_place:
        transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


def attach_recording(
    interaction: Interaction,
    audio: File,
    other_side: File | None = None,
    *,
    by: User | None,
    customer_first: bool = False,
    at: dt.datetime | None = None,
) -> Recording:
    """Keep the recording of a call, in place of one it may have. `other_side` is the customer's file
    where each side has its own; then both must be WAV. `customer_first` swaps the sides.

    Raises `NotAllowed` for a format that browsers do not play and for two files that do not fit.
    """
    at = at or timezone.now()
    if Interaction.objects.filter(pk=interaction.pk, recording_removed_at__isnull=False).exists():
        raise NotAllowed(
            _("The recording of this interaction was removed, and does not come back.")
        )
    suffix = PurePath(audio.name or "").suffix.lower()
    if suffix not in Recording.MEDIA_TYPES:
        raise NotAllowed(
            _("“%(file)s” is in no format that browsers play. Those are: %(formats)s.")
            % {"file": audio.name, "formats": " ".join(Recording.MEDIA_TYPES)}
        )
    if other_side is None and type_of(f"call{suffix}", _head(audio)) is None:
        raise NotAllowed(
            _("The content of “%(file)s” is not that of a “%(suffix)s” file.")
            % {"file": audio.name, "suffix": suffix}
        )
    if other_side is None:
        return _keep_recording(interaction, audio, suffix, by=by, swap=customer_first, at=at)
    with TemporaryFile() as joined:
        try:
            join_sides(audio, other_side, joined)
        except UnreadableSound as problem:
            raise NotAllowed(
                _("The two files cannot be joined: %(problem)s") % {"problem": problem}
            ) from problem
        joined.seek(0)
        return _keep_recording(interaction, File(joined), ".wav", by=by, swap=customer_first, at=at)


def _head(file: File) -> bytes:
    file.seek(0)
    head: bytes = file.read(HEAD)
    file.seek(0)
    return head


def _keep_recording(
    interaction: Interaction,
    audio: File,
    suffix: str,
    *,
    by: User | None,
    swap: bool,
    at: dt.datetime,
) -> Recording:
    """A file is written before the row that knows it, and deleted after the row that knew it."""
    sound = _measured(audio) if suffix == ".wav" else None
    layout = Recording.Layout.MIXED
    if sound and len(sound.peaks) == 2:
        layout = Recording.Layout.CUSTOMER_FIRST if swap else Recording.Layout.AGENT_FIRST
    before = Recording.objects.filter(pk=interaction.pk).first()
    recording = Recording(
        interaction=interaction,
        layout=layout,
        duration_seconds=sound.duration if sound else None,
        peaks=sound.peaks if sound else [],
        imported_at=at,
    )
    recording.file.save(f"recording{suffix}", audio, save=False)
    try:
        with transaction.atomic():
            recording.save(force_insert=before is None)
            after = {"duration": recording.duration_seconds, "layout": layout}
            record("attach_recording", by=by, of=interaction, after=after, at=at)
            if before:
                transaction.on_commit(partial(before.file.delete, save=False))
    except BaseException:
        recording.file.delete(save=False)
        raise
    return recording


def _measured(audio: File) -> Sound | None:
    """None for a WAV file of packed samples: it plays, but we cannot draw it."""
    try:
        sound = read_sound(audio)
    except UnreadableSound:
        sound = None
    audio.seek(0)
    return sound


def import_transcript(
    interaction: Interaction,
    cues: Sequence[Cue],
    *,
    speakers: dict[str, str],
    by: User | None,
    at: dt.datetime | None = None,
) -> Transcript:
    """Replace what was said by timed `cues`; what the agent did in their tools stays, in its place.

    `speakers` says for each name of the cues "agent" or "customer". Lines that were there in the same
    words keep their ids, so that evidence goes on pointing at them. Raises `NotAllowed` for an unknown
    name.
    """
    at = at or timezone.now()
    if Interaction.objects.filter(pk=interaction.pk, words_removed_at__isnull=False).exists():
        raise NotAllowed(_("The words of this interaction were removed, and do not come back."))
    unknown = sorted({cue.speaker for cue in cues} - speakers.keys())
    if unknown:
        names = ", ".join(f"“{name}”" for name in unknown)
        raise NotAllowed(_("Nobody said who %(names)s is: agent or customer?") % {"names": names})
    with transaction.atomic():
        transcript, _created = Transcript.objects.select_for_update().get_or_create(
            pk=interaction.pk
        )
        done = [message for message in transcript.messages if message["speaker"] == "system"]
        said: list[dict[str, Any]] = [
            {
                "id": "",
                "speaker": speakers[cue.speaker],
                "text": cue.text,
                "offset": cue.start,
                "duration": round(cue.end - cue.start, 3),
            }
            for cue in cues
        ]
        found: Counter[str] = Counter()
        said = masked_messages(said, Maskings().of(interaction.channel, interaction.source), found)
        messages = sorted([*said, *done], key=lambda message: message.get("offset") or 0)
        before = len(transcript.messages)
        transcript.messages = keep_message_ids(messages, old=transcript.messages)
        transcript.text = Transcript.plain_text(transcript.messages)
        transcript.save(update_fields=["messages", "text"])
        add_counts(interaction, found, at=at)
        gaps = gaps_of(messages)
        Interaction.objects.filter(pk=interaction.pk).update(
            message_count=len(messages),
            first_response_seconds=first_response_of(messages),
            first_asked_seconds=gaps.asked,
            gap_count=gaps.count,
            longest_gap_seconds=gaps.longest,
            median_gap_seconds=gaps.median,
        )
        service_facts_changed.send(sender=Interaction, ids=[interaction.pk])
        record(
            "import_transcript",
            by=by,
            of=interaction,
            before={"messages": before},
            after={"messages": len(messages)},
            at=at,
        )
    return transcript


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update().get(pk=run.pk)
