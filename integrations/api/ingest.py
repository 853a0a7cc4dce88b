"""Interactions and customers' answers on their way in, by the importer's own parser and writer."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.api.auth import owner_of
from integrations.api.once import Answer
from integrations.models import ApiToken, IngestDay
from integrations.problems import Problem
from interactions.importing.answers import read_answers
from interactions.importing.fields import FieldReader, shown
from interactions.importing.privacy import prepared_rows
from interactions.importing.rows import Row, RowRejected, parse_record
from interactions.importing.writing import write_rows
from interactions.models import ImportRejection, ImportRun, Interaction, SurveyAnswer
from interactions.permissions import can_import
from interactions.privacy.rules import Maskings

MOST_ROWS = 1000
ANSWERED_HERE = "api"
Key = tuple[str, str]


def rows_of(body: Any, name: str) -> list[Any]:
    """The list under `name`. Raises `Problem` 422 where there is none, or too much."""
    rows = body.get(name) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise _wrong(name, _("expected an object with a list “%(name)s”") % {"name": name})
    if not 0 < len(rows) <= MOST_ROWS:
        raise _wrong(
            name,
            _("has %(n)s rows; expected 1 to %(most)s") % {"n": len(rows), "most": MOST_ROWS},
        )
    return rows


def require_importer(request: HttpRequest) -> None:
    if not can_import(owner_of(request)):
        raise Problem(403, _("The token's owner may not import interactions."))


def take_interactions(token: ApiToken, rows: Sequence[Any]) -> Answer:
    """Write each row or name it as rejected. As many queries as one batch of an import, and four."""
    at = timezone.now()
    results: list[dict[str, Any]] = [{} for _row in rows]
    parsed: dict[int, Row] = {}
    seen: dict[Key, int] = {}
    for index, raw in enumerate(rows):
        try:
            row = parse_record(raw)
            if (first := seen.setdefault(row.key, index)) != index:
                raise RowRejected(
                    _("external_id is that of row %(row)s too; expected each once")
                    % {"row": first},
                    row.external_id,
                )
            parsed[index] = row
        except RowRejected as rejected:
            results[index] = _rejected(index, rejected.external_id, rejected.reason)
    parsed = dict(prepared_rows(list(parsed.items())))
    known = _hashes(parsed.values())
    with transaction.atomic():
        run = _run_of(token, on=timezone.localdate(at), at=at)
        base = run.lines_done + 1
        tally = write_rows(
            [(base + i, row) for i, row in parsed.items()], run=run, at=at, is_one_file=False
        )
        for rejection in tally.rejections:
            index = rejection.line - base
            results[index] = _rejected(index, rejection.external_id, rejection.reason)
        ImportRejection.objects.bulk_create(
            [
                ImportRejection(
                    run=run,
                    line=base + result["index"],
                    external_id=result["id"],
                    reason=result["reason"],
                )
                for result in results
                if result
            ]
        )
        rejected_count = sum(bool(result) for result in results)
        for index, row in parsed.items():
            if not results[index]:
                results[index] = {
                    "index": index,
                    "id": row.external_id,
                    "status": _status(known.get(row.key), row.content_hash),
                }
        ImportRun.objects.filter(pk=run.pk).update(
            lines_done=F("lines_done") + len(rows),
            created_count=F("created_count") + tally.created,
            updated_count=F("updated_count") + tally.updated,
            unchanged_count=F("unchanged_count") + tally.unchanged,
            rejected_count=F("rejected_count") + rejected_count,
            progress_at=at,
            finished_at=at,
        )
    return batch_answer(results)


def take_answers(rows: Sequence[Any]) -> Answer:
    """Add or change customers' answers to interactions that are here: of the kinds that a row names, and
    no others. Five queries."""
    at = timezone.now()
    results: list[dict[str, Any]] = [{} for _row in rows]
    read: dict[int, tuple[Key, Any]] = {}
    seen: dict[Key, int] = {}
    for index, raw in enumerate(rows):
        record = raw if isinstance(raw, dict) else {}
        reader = FieldReader(record)
        if not isinstance(raw, dict):
            reader.fault(_("The row is %(value)s; expected an object"), shown(raw))
        source = reader.identifier("source", record.get("source"), limit=60, required=True)
        key = reader.identifier("external_id", record.get("external_id"), limit=200, required=True)
        answers = read_answers(reader, record.get("answers"))
        if not answers and not reader.faults:
            reader.fault(_("answers is empty; expected at least one answer"))
        if (first := seen.setdefault((source, key), index)) != index and key:
            reader.fault(_("external_id is that of row %(row)s too; expected each once"), row=first)
        if reader.faults:
            results[index] = _rejected(index, key, ". ".join(reader.faults))
        else:
            read[index] = ((source, key), answers)
    with transaction.atomic():
        interactions = _interactions({place for place, _answers in read.values()})
        old = {
            (row.interaction_id, row.kind): row
            for row in SurveyAnswer.objects.filter(interaction__in=interactions.values())
        }
        contacts = Interaction.objects.select_related("customer").in_bulk(
            list(interactions.values())
        )
        maskings = Maskings()
        written = []
        for index, (place, answers) in read.items():
            pk = interactions.get(place)
            contact = contacts.get(pk or 0)
            if contact and contact.words_removed_at:
                results[index] = _rejected(
                    index,
                    place[1],
                    _("The words of this interaction were removed; none are taken in their place."),
                )
                continue
            if contact:
                masking = maskings.of(contact.channel, contact.source)
                customer = contact.customer
                names = [customer.name] if customer and masking.masks_names else ()
                mask = partial(masking.masker.mask, found=Counter(), names=names)
                answers = tuple(replace(answer, text=mask(answer.text)) for answer in answers)
            if pk is None:
                results[index] = _rejected(
                    index, place[1], _("There is no interaction with this source and external_id.")
                )
                continue
            status = "unchanged"
            for answer in answers:
                before = old.get((pk, answer.kind))
                if before and (before.value, before.text, before.answered_at) == (
                    answer.value,
                    answer.text,
                    answer.answered_at,
                ):
                    continue
                status = "updated" if before or status == "updated" else "created"
                written.append(
                    SurveyAnswer(
                        interaction_id=pk, source=ANSWERED_HERE, recorded_at=at, **asdict(answer)
                    )
                )
            results[index] = {"index": index, "id": place[1], "status": status}
        SurveyAnswer.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["interaction", "kind"],
            update_fields=["value", "text", "answered_at", "source", "recorded_at"],
        )
    return batch_answer(results)


def batch_answer(results: list[dict[str, Any]]) -> Answer:
    """200 when every row went in, else 207: look at each."""
    counts = dict.fromkeys(("created", "updated", "unchanged", "rejected"), 0)
    for result in results:
        status = "updated" if result["status"] == "deactivated" else result["status"]
        counts[status] += 1
        result.setdefault("reason", "")
        result.setdefault("changes", {})
    return (207 if counts["rejected"] else 200), {**counts, "results": results}


def _rejected(index: int, key: str, reason: str) -> dict[str, Any]:
    return {"index": index, "id": key, "status": "rejected", "reason": reason[:500]}


def _status(before: str | None, now: str) -> str:
    if before is None:
        return "created"
    return "unchanged" if before == now else "updated"


def _hashes(rows: Any) -> dict[Key, str]:
    keys = [row.key for row in rows]
    found = Interaction.objects.filter(
        source__in={source for source, _id in keys}, external_id__in={key for _source, key in keys}
    )
    return {
        (source, key): digest
        for source, key, digest in found.values_list("source", "external_id", "content_hash")
    }


def _interactions(keys: set[Key]) -> dict[Key, int]:
    found = Interaction.objects.filter(
        source__in={source for source, _id in keys}, external_id__in={key for _source, key in keys}
    )
    return {
        (source, key): pk
        for source, key, pk in found.values_list("source", "external_id", "pk")
        if (source, key) in keys
    }


def _run_of(token: ApiToken, *, on: dt.date, at: dt.datetime) -> ImportRun:
    """The import of this token's day, locked: batches of one token follow one another."""
    day = IngestDay.objects.filter(token=token, day=on).first()
    if day is None:
        run = ImportRun.objects.create(
            file_name=_("API: %(name)s") % {"name": token.name},
            state=ImportRun.State.DONE,
            started_by=token.owner,
            created_at=at,
        )
        day, created = IngestDay.objects.get_or_create(token=token, day=on, defaults={"run": run})
        if not created:
            run.delete()
    return ImportRun.objects.select_for_update(no_key=True).get(pk=day.run_id)


def _wrong(field: str, message: str) -> Problem:
    return Problem(422, f"{field}: {message}.", errors=[{"field": field, "message": message}])
