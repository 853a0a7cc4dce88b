"""Batches of rows into the tables, in the same number of queries whatever is in them."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field

from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from wagtail import hooks

from interactions.importing.message_ids import keep_message_ids
from interactions.importing.rows import MAX_REASON, Row
from interactions.models import (
    Customer,
    ImportRejection,
    ImportRun,
    Interaction,
    SurveyAnswer,
    Transcript,
)
from interactions.privacy.noting import REMOVALS, note_masked, without_removed
from interactions.returns import note_returns
from interactions.signals import interactions_written
from people.models import ExternalIdentity, User

Key = tuple[str, str]

# What a row's own values can make the database say. Lost connections and full disks are not among
# them: those end the batch, not the row.
ROW_ERRORS = (DataError, IntegrityError, OverflowError, ValueError)
# Where a row stood before the place at which a run stopped.
UNKNOWN_LINE = 0

FROM_ROW = (
    "channel",
    "subject",
    "flow",
    "subflow",
    "language",
    "started_at",
    "ended_at",
    "agent_reference",
    "agent_name",
    "labels",
    "duration_seconds",
    "first_response_seconds",
    "first_asked_seconds",
    "resolved_at",
    "transfers",
    "reopened",
    "handling_seconds",
    "resolution_seconds",
    "gap_count",
    "longest_gap_seconds",
    "median_gap_seconds",
    "content_hash",
)
OF_CUSTOMER = ("name", "tier", "since", "left_on", "email")
WRITTEN = (
    *FROM_ROW,
    "occurred_at",
    "customer",
    "agent",
    "message_count",
    "imported_at",
    "import_run",
)


@dataclass(slots=True)
class Tally:
    """What came of some rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejections: list[ImportRejection] = field(default_factory=list)
    # Lines among the rejections whose content must not be kept.
    not_kept: set[int] = field(default_factory=set)

    def add(self, other: "Tally") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejections += other.rejections
        self.not_kept |= other.not_kept


NumberedRow = tuple[int, Row]


def write_rows(
    rows: Sequence[NumberedRow], *, run: ImportRun, at: dt.datetime, is_one_file: bool = True
) -> Tally:
    """Create or update the interactions of `rows`, given with their line numbers, each key once.

    A run that `is_one_file` names each id once; another one collects what is sent at several times, and
    there the later content takes the place of the earlier.

    Call it in a transaction. When the database refuses one row, the halves are tried apart until that
    row stands alone and is rejected; the others go in.
    """
    if not rows:
        return Tally()
    try:
        with transaction.atomic():
            return _write(rows, run=run, at=at, is_one_file=is_one_file)
    except ROW_ERRORS as error:
        if len(rows) == 1:
            line, row = rows[0]
            reason = _("The database refused the row: %(problem)s") % {"problem": error}
            return Tally(
                rejections=[
                    ImportRejection(
                        run=run, line=line, external_id=row.external_id, reason=reason[:500]
                    )
                ]
            )
    middle = len(rows) // 2
    tally = write_rows(rows[:middle], run=run, at=at, is_one_file=is_one_file)
    tally.add(write_rows(rows[middle:], run=run, at=at, is_one_file=is_one_file))
    return tally


def _write(
    rows: Sequence[NumberedRow], *, run: ImportRun, at: dt.datetime, is_one_file: bool
) -> Tally:
    """At most seventeen queries, each in as many portions as the database's parameter limit asks for, and
    those of who is told of agents that became known."""
    existing = _existing({row.key for _line, row in rows})
    rows, gone = without_removed(rows, existing, run=run)
    refused: list[ImportRejection] = []
    if is_one_file:
        rows, refused = _without_contradictions(rows, existing, run=run)
    newest = {row.key: row for _line, row in rows}
    agents = _Agents(newest.values())
    changed = [
        row
        for row in newest.values()
        if (known := existing.get(row.key)) is None
        or known.content_hash != row.content_hash
        or (known.agent_id is None and agents.match(row) is not None)
    ]
    tally = _counted(rows, existing, {row.key for row in changed})
    tally.rejections += refused + gone
    tally.not_kept |= {rejection.line for rejection in gone}
    if not changed:
        return tally

    customers = _upsert_customers(changed)
    messages = _with_kept_ids(changed, existing)
    interactions = [
        _interaction(
            row,
            known=existing.get(row.key),
            agent_id=agents.match(row),
            customer=customers.get((row.source, row.customer.key)) if row.customer else None,
            run=run,
            at=at,
        )
        for row in changed
    ]
    stored = Interaction.objects.bulk_create(
        interactions,
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=WRITTEN,
    )
    Transcript.objects.bulk_create(
        [
            Transcript(interaction=interaction, messages=messages[row.key], text=row.text)
            for row, interaction in zip(changed, stored, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["interaction"],
        update_fields=["messages", "text"],
    )
    _write_answers(list(zip(changed, stored, strict=True)), known=existing, at=at)
    note_masked(list(zip(changed, stored, strict=True)), known=existing, at=at)
    _note_returns(stored, known=[existing[row.key] for row in changed if row.key in existing])
    _tell_of_matches(changed, stored, known=existing, at=at)
    interactions_written.send(sender=Interaction)
    return tally


def _note_returns(stored: Sequence[Interaction], *, known: Sequence[Interaction]) -> None:
    """Also for whom a row was before: it may name another customer or another time now."""
    if customers := {row.customer_id for row in (*stored, *known) if row.customer_id}:
        times = [row.occurred_at for row in (*stored, *known)]
        note_returns(customers, since=min(times), until=max(times))


def _tell_of_matches(
    rows: Sequence[Row],
    stored: Sequence[Interaction],
    *,
    known: dict[Key, Interaction],
    at: dt.datetime,
) -> None:
    """Tell the rooms above which interactions have an agent now and had none before: they register
    `fn(ids, at=...)` under the hook "agents_matched"."""
    matched = [
        known[row.key].pk
        for row, interaction in zip(rows, stored, strict=True)
        if row.key in known and known[row.key].agent_id is None and interaction.agent_id is not None
    ]
    if matched:
        for tell in hooks.get_hooks("agents_matched"):
            tell(matched, at=at)


def contradiction(external_id: str, *, first_line: int = UNKNOWN_LINE) -> str:
    """Why a row is refused that says something else than one before it with the same id."""
    told = {"value": json.dumps(external_id, ensure_ascii=False), "line": first_line}
    if first_line == UNKNOWN_LINE:
        reason = _(
            "external_id is %(value)s, which the file has before with other content; expected each "
            "id once in a file"
        )
    else:
        reason = _(
            "external_id is %(value)s, which line %(line)s has already with other content; expected "
            "each id once in a file"
        )
    return reason % told


def written_by(run: ImportRun, keys: Collection[Key]) -> dict[Key, str]:
    """The digest of what `run` wrote under those of `keys` that it has written. One query."""
    if not keys:
        return {}
    return {
        key: known.content_hash
        for key, known in _existing(keys).items()
        if known.import_run_id == run.pk
    }


def _without_contradictions(
    rows: Sequence[NumberedRow], existing: dict[Key, Interaction], *, run: ImportRun
) -> tuple[list[NumberedRow], list[ImportRejection]]:
    """(rows to be written, those that contradict what this run wrote before). Within one process the run
    tells repetitions apart itself; here it comes to those on the two sides of a place where it
    stopped."""
    fitting, refused = [], []
    for line, row in rows:
        known = existing.get(row.key)
        if known is None or known.import_run_id != run.pk or known.content_hash == row.content_hash:
            fitting.append((line, row))
            continue
        reason = contradiction(row.external_id)
        refused.append(
            ImportRejection(
                run=run, line=line, external_id=row.external_id, reason=reason[:MAX_REASON]
            )
        )
    return fitting, refused


def _existing(keys: Collection[Key]) -> dict[Key, Interaction]:
    sources, external_ids = zip(*keys, strict=True)
    found = Interaction.objects.filter(
        source__in=set(sources), external_id__in=set(external_ids)
    ).only(
        "source",
        "external_id",
        "content_hash",
        "occurred_at",
        "customer_id",
        "agent_id",
        "agent_reference",
        "import_run_id",
        *REMOVALS,
    )
    return {(known.source, known.external_id): known for known in found}


def _counted(
    rows: Sequence[NumberedRow], existing: dict[Key, Interaction], changed: set[Key]
) -> Tally:
    tally = Tally()
    for _line, row in rows:
        if row.key not in existing:
            tally.created += 1
        elif row.key in changed:
            tally.updated += 1
        else:
            tally.unchanged += 1
    return tally


class _Agents:
    """Whom the rows' agents are matched to: by their id in the source, else by e-mail. 2 queries.

    Nobody is created here: an agent we do not know stays a reference, and is matched when the same
    file is imported after somebody was given that id.
    """

    def __init__(self, rows: Collection[Row]) -> None:
        references = {(row.source, row.agent_reference) for row in rows if row.agent_reference}
        emails = {row.agent_email for row in rows if row.agent_email}
        self.by_reference: dict[Key, int] = {}
        self.by_email: dict[str, int] = {}
        if references:
            identities = ExternalIdentity.objects.filter(
                source__in={source for source, _ in references},
                external_id__in={reference for _, reference in references},
            )
            self.by_reference = {
                (source, external_id): user
                for source, external_id, user in identities.values_list(
                    "source", "external_id", "user"
                )
            }
        if emails:
            people = User.objects.annotate(address=Lower("email")).filter(address__in=emails)
            self.by_email = dict(people.values_list("address", "pk"))

    def match(self, row: Row) -> int | None:
        found = self.by_reference.get((row.source, row.agent_reference))
        return found or self.by_email.get(row.agent_email)


def _upsert_customers(rows: Sequence[Row]) -> dict[Key, Customer]:
    """The customers of `rows`; what a row does not say about one leaves what is known of them."""
    wanted: dict[Key, Customer] = {}
    references = [(row.source, row.customer) for row in rows if row.customer]
    if not references:
        return wanted
    known = Customer.objects.filter(
        source__in={source for source, _ in references},
        external_id__in={customer.key for _, customer in references},
    )
    wanted = {(customer.source, customer.external_id): customer for customer in known}
    changed: dict[Key, Customer] = {}
    for source, reference in references:
        key = (source, reference.key)
        customer = wanted.setdefault(key, Customer(source=source, external_id=reference.key))
        said = {name: getattr(reference, name) or getattr(customer, name) for name in OF_CUSTOMER}
        if customer.pk is None or any(getattr(customer, name) != said[name] for name in said):
            for name, value in said.items():
                setattr(customer, name, value)
            changed[key] = customer
    stored = Customer.objects.bulk_create(
        [
            Customer(
                source=c.source,
                external_id=c.external_id,
                **{name: getattr(c, name) for name in OF_CUSTOMER},
            )
            for c in changed.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=OF_CUSTOMER,
    )
    return wanted | {(customer.source, customer.external_id): customer for customer in stored}


def _write_answers(
    rows: Sequence[tuple[Row, Interaction]], *, known: Collection[Key], at: dt.datetime
) -> None:
    """Store what the customers answered; what says the same as before keeps its `recorded_at`.

    What a row leaves out goes, if it came from the same source. Three queries at most.
    """
    sources = {interaction.pk: row.source for row, interaction in rows if row.key in known}
    old = {
        (answer.interaction_id, answer.kind): answer
        for answer in (SurveyAnswer.objects.filter(interaction__in=sources) if sources else ())
    }
    wanted = {
        (interaction.pk, given.kind): SurveyAnswer(
            interaction=interaction, source=row.source, recorded_at=at, **asdict(given)
        )
        for row, interaction in rows
        for given in row.answers
    }
    SurveyAnswer.objects.bulk_create(
        [
            answer
            for key, answer in wanted.items()
            if key not in old or _said(answer) != _said(old[key])
        ],
        update_conflicts=True,
        unique_fields=["interaction", "kind"],
        update_fields=[
            *("value", "text", "answered_at", "source", "recorded_at"),
            # Theirs was not asked by us: what it takes the place of may have been.
            *("version", "invitation"),
        ],
    )
    gone = [
        answer.pk
        for key, answer in old.items()
        if key not in wanted and answer.source == sources[answer.interaction_id]
    ]
    if gone:
        SurveyAnswer.objects.filter(pk__in=gone).delete()


def _said(answer: SurveyAnswer) -> tuple[object, ...]:
    return answer.value, answer.text, answer.answered_at, answer.source


def _with_kept_ids(
    rows: Sequence[Row], existing: dict[Key, Interaction]
) -> dict[Key, list[dict[str, object]]]:
    """Each row's messages; where they were numbered by us before, with the ids they had."""
    again = [row for row in rows if row.key in existing and not row.has_own_ids]
    old = dict(
        Transcript.objects.filter(pk__in=[existing[row.key].pk for row in again]).values_list(
            "pk", "messages"
        )
        if again
        else ()
    )
    messages = {row.key: row.messages for row in rows}
    for row in again:
        before = old.get(existing[row.key].pk)
        if before:
            messages[row.key] = keep_message_ids(row.messages, old=before)
    return messages


def _interaction(
    row: Row,
    *,
    known: Interaction | None,
    agent_id: int | None,
    customer: Customer | None,
    run: ImportRun,
    at: dt.datetime,
) -> Interaction:
    if agent_id is None and known and known.agent_reference == row.agent_reference:
        agent_id = known.agent_id  # matched by hand, or by an identity since removed
    return Interaction(
        source=row.source,
        external_id=row.external_id,
        **{name: getattr(row, name) for name in FROM_ROW},
        occurred_at=row.started_at or (known.occurred_at if known else at),
        customer=customer,
        agent_id=agent_id,
        message_count=len(row.messages),
        imported_at=at,
        import_run=run,
    )
