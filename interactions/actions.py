"""Imports of files, and what comes to one interaction later: its recording, a timed transcript."""

import datetime as dt
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
from interactions.models import ImportRun, Interaction, Recording, Transcript
from interactions.subtitles import Cue
from interactions.tasks import import_stored_file
from people.audit import record
from people.models import User


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@transaction.atomic
def start_import(
    file: File | None,
    *,
    file_name: str,
    size: int,
    by: User | None,
    at: dt.datetime | None = None,
) -> ImportRun:
    """Open a run for a file of `size` bytes. A file given is stored and handed to the worker.

    Without one the caller reads the file in place: `run_import(run, stream=…)`.
    """
    at = at or timezone.now()
    run = ImportRun(
        file_name=file_name[-255:],
        bytes_total=size,
        started_by=by,
        created_at=at,
        progress_at=at,
    )
    if file is not None:
        run.file.save(file_name, file, save=False)
    run.save()
    record("start_import", by=by, of=run, after={"file": run.file_name, "bytes": size}, at=at)
    if file is not None:
        transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


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
    suffix = PurePath(audio.name or "").suffix.lower()
    if suffix not in Recording.MEDIA_TYPES:
        raise NotAllowed(
            _("“%(file)s” is in no format that browsers play. Those are: %(formats)s.")
            % {"file": audio.name, "formats": " ".join(Recording.MEDIA_TYPES)}
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
        messages = sorted([*said, *done], key=lambda message: message.get("offset") or 0)
        before = len(transcript.messages)
        transcript.messages = keep_message_ids(messages, old=transcript.messages)
        transcript.text = Transcript.plain_text(transcript.messages)
        transcript.save(update_fields=["messages", "text"])
        Interaction.objects.filter(pk=interaction.pk).update(message_count=len(messages))
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
