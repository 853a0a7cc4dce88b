"""The columns of this room's lists as files: what each list shows, and the ids."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.exports import ADDRESS, ID, Column, Moment
from training.models import Certificate

PERSON: tuple[Column, ...] = ((_("Person"), "user"), (_("Person’s id"), "user_id"))

OWN_SIGNATURES: tuple[Column, ...] = (
    ID,
    (_("Procedure"), "page.title"),
    (_("Asked"), Moment("asked_at")),
    (_("Edition"), "edition.number"),
    (_("Change note"), "edition.note"),
    (_("Sign until"), "due_on"),
    (_("Signed"), Moment("signed_at")),
    (_("Signed edition"), "signed_edition.number"),
    (_("Withdrawn"), Moment("withdrawn_at")),
    (_("Withdrawn because"), "get_withdrawn_because_display"),
)

SHADOWING: tuple[Column, ...] = (
    ID,
    *PERSON,
    (_("Checklist"), "page.title"),
    (_("Observer"), "observer"),
    (_("Chosen"), Moment("chosen_at")),
    (_("Signed items"), "signed"),
    (_("Items"), "total"),
    (_("Done"), Moment("completed_at")),
)

ROLE_PLAYS: tuple[Column, ...] = (
    ID,
    *PERSON,
    (_("Exercise"), "page.title"),
    (_("Finished"), Moment("finished_at")),
    (_("Ended well"), "ended_well"),
    (_("Percent"), "percent"),
    (_("Outcome"), "get_outcome_display"),
)

SAMPLES: tuple[Column, ...] = (
    ID,
    *PERSON,
    (_("Exercise"), "page.title"),
    (_("Finished"), Moment("submitted_at")),
    (_("Alike"), "same_count"),
    (_("Compared"), "compared_count"),
    (_("Percent"), "same_percent"),
    (_("Passed"), "passed"),
)

WORKSHOPS: tuple[Column, ...] = (
    ID,
    (_("Workshop"), "workshop.title"),
    (_("Begins"), Moment("starts_at")),
    (_("Ends"), Moment("ends_at")),
    (_("Time zone"), "time_zone"),
    (_("Place"), "place"),
    (_("Link"), "link"),
    (_("Trainer"), "trainer"),
    (_("Seats"), "seats"),
    (_("Taken"), "seated"),
    (_("Waiting"), "waiting"),
    (_("Called off"), Moment("cancelled_at")),
)

STATEMENTS: tuple[Column, ...] = (
    ID,
    (_("Statement"), lambda row: str(row.statement_id)),
    (_("What it tells"), lambda row: f"{row.verb} {row.subject}"),
    (_("State"), "get_state_display"),
    (_("Written"), Moment("created_at")),
    (_("Tries"), "attempts"),
    (_("Next try"), Moment("next_try_at")),
    (_("Sent"), Moment("sent_at")),
    (_("Last error"), "last_error"),
)

# A row for each person and module, because a table with as many columns as there are modules is known
# only after its last row.
TEAM: tuple[Column, ...] = (
    (_("Person"), "person"),
    (_("Person’s id"), "person.pk"),
    (_("Module"), "module"),
    (_("Module’s id"), "cell.module.pk"),
    (_("Percent"), "cell.percent"),
    (_("Done"), "cell.is_done"),
    (_("Completed"), Moment("cell.assignment.completed_at")),
    (_("Due"), "cell.assignment.due_on"),
    (_("Overdue"), "cell.is_overdue"),
    (_("To renew"), "cell.has_lapsed"),
    (_("Last quiz in percent"), "cell.last_attempt.percent"),
    (_("Certificate"), "cell.certificate.number"),
)


def certificate_columns(state_of: Callable[[Certificate], str]) -> tuple[Column, ...]:
    names: dict[str, str | Promise] = dict(Certificate.State.choices)
    return (
        ID,
        (_("Number"), "number"),
        *PERSON,
        (_("For"), "title"),
        (_("Completed"), "issued_on"),
        (_("Valid until"), "valid_until"),
        (_("State"), partial(_named, names, state_of)),
        (_("Revoked"), Moment("revoked_at")),
        (_("Revoked because"), "revoked_because"),
        ADDRESS,
    )


def _named(
    names: dict[str, str | Promise], state_of: Callable[[Certificate], str], row: Any
) -> str:
    state = state_of(row)
    return str(names.get(state, state))
