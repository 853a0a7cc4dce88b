"""Batches of rows into the tables, in the same number of queries whatever is in them."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field

from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from wagtail import hooks

from interactions.importing.message_ids import keep_message_ids
from interactions.importing.rows import Row
from interactions.models import (
    Customer,
    ImportRejection,
    ImportRun,
    Interaction,
    SurveyAnswer,
    Transcript,
)
from people.models import ExternalIdentity, User

Key = tuple[str, str]

# What a row's own values can make the database say. Lost connections and full disks are not among
# them: those end the batch, not the row.
ROW_ERRORS = (DataError, IntegrityError, OverflowError, ValueError)

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
    "content_hash",
)
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

    def add(self, other: "Tally") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejections += other.rejections


NumberedRow = tuple[int, Row]


def write_rows(rows: Sequence[NumberedRow], *, run: ImportRun, at: dt.datetime) -> Tally:
    """Create or update the interactions of `rows`, given with their line numbers.

    Call it in a transaction. When the database refuses one row, the halves are tried apart until that
    row stands alone and is rejected; the others go in.
    """
    if not rows:
        return Tally()
    try:
        with transaction.atomic():
            return _write(rows, run=run, at=at)
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
    tally = write_rows(rows[:middle], run=run, at=at)
    tally.add(write_rows(rows[middle:], run=run, at=at))
    return tally


def _write(rows: Sequence[NumberedRow], *, run: ImportRun, at: dt.datetime) -> Tally:
    """At most thirteen queries, each in as many portions as the database's parameter limit asks for, and
    those of who is told of agents that became known."""
    newest = {row.key: row for _line, row in rows}
    existing = _existing(newest)
    agents = _Agents(newest.values())
    changed = [
        row
        for row in newest.values()
        if (known := existing.get(row.key)) is None
        or known.content_hash != row.content_hash
        or (known.agent_id is None and agents.match(row) is not None)
    ]
    tally = _counted(rows, existing, {row.key for row in changed})
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
    _tell_of_matches(changed, stored, known=existing, at=at)
    return tally


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


def _existing(keys: dict[Key, Row]) -> dict[Key, Interaction]:
    sources, external_ids = zip(*keys, strict=True)
    found = Interaction.objects.filter(
        source__in=set(sources), external_id__in=set(external_ids)
    ).only(
        "source",
        "external_id",
        "content_hash",
        "occurred_at",
        "agent_id",
        "agent_reference",
    )
    return {(known.source, known.external_id): known for known in found}


def _counted(
    rows: Sequence[NumberedRow], existing: dict[Key, Interaction], changed: set[Key]
) -> Tally:
    """Count each line; of lines with one key in this batch, each is compared with the one before."""
    tally = Tally()
    hashes = {key: known.content_hash for key, known in existing.items()}
    seen: set[Key] = set()
    for _line, row in rows:
        before = hashes.get(row.key)
        if before is None:
            tally.created += 1
        elif before != row.content_hash or (row.key in changed and row.key not in seen):
            tally.updated += 1
        else:
            tally.unchanged += 1
        hashes[row.key] = row.content_hash
        seen.add(row.key)
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
        name, tier = reference.name or customer.name, reference.tier or customer.tier
        if customer.pk is None or (name, tier) != (customer.name, customer.tier):
            customer.name, customer.tier = name, tier
            changed[key] = customer
    stored = Customer.objects.bulk_create(
        [
            Customer(source=c.source, external_id=c.external_id, name=c.name, tier=c.tier)
            for c in changed.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=["name", "tier"],
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
        update_fields=["value", "text", "answered_at", "source", "recorded_at"],
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
