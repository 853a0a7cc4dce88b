"""The columns of this room's lists as files: what each list shows, and the ids; no secret."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations.models import WebhookDelivery
from people.exports import ID, Column, Moment

TOKENS: tuple[Column, ...] = (
    ID,
    (_("Name"), "name"),
    (_("Begins with"), "prefix"),
    (_("Owner"), "owner"),
    (_("What it is for"), "scope_names"),
    (_("Dry run"), "is_dry_run"),
    (_("Created"), Moment("created_at")),
    (_("Last used"), Moment("last_used_at")),
    (_("Expires"), Moment("expires_at")),
    (_("Revoked"), Moment("revoked_at")),
    (_("State"), "state"),
)

WEBHOOKS: tuple[Column, ...] = (
    ID,
    (_("Name"), "name"),
    (_("Address"), "url"),
    (_("Events"), "event_names"),
    (_("State"), "get_state_display"),
    (_("Waiting"), "waiting"),
    (_("Last sent"), Moment("last_at")),
)


def _answers(delivery: WebhookDelivery) -> list[str]:
    return [f"{each.status or '–'} ({each.at:%Y-%m-%d %H:%M})" for each in delivery.attempts.all()]


def _last_answer(delivery: WebhookDelivery) -> str:
    return next((each.answer for each in delivery.attempts.all()), "")


DELIVERIES: tuple[Column, ...] = (
    ID,
    (_("Event"), "event.kind"),
    (_("Event’s id"), lambda row: str(row.event_id)),
    (_("When"), Moment("event.created_at")),
    (_("State"), "get_state_display"),
    (_("Tries"), "tries"),
    (_("Next try"), Moment("next_try_at")),
    (_("Answers"), _answers),
    (_("Last answer"), _last_answer),
)

RUNS: tuple[Column, ...] = (
    ID,
    (_("What"), "title"),
    (_("Source"), "get_source_display"),
    (_("When"), Moment("created_at")),
    (_("Who"), "started_by"),
    (_("Token"), "token.name"),
    (_("State"), "get_state_display"),
    (_("Applied"), Moment("applied_at")),
)


def _changes(pair: tuple[dict[str, Any], list[tuple[str, str, str]]]) -> str:
    return "; ".join(f"{name}: {before} → {after}" for name, before, after in pair[1])


# Rows are pairs: what the run kept of a person, and its changes in words.
RUN_ROWS: tuple[Column, ...] = (
    (_("Row"), lambda pair: pair[0]["row"]),
    (_("E-mail"), lambda pair: pair[0]["email"]),
    (_("What"), lambda pair: pair[0]["status"]),
    (_("Changes"), _changes),
    (_("Reason"), lambda pair: pair[0].get("reason", "")),
)

DUMPS: tuple[Column, ...] = (
    ID,
    (_("When"), Moment("created_at")),
    (_("Who"), "started_by"),
    (_("State"), "get_state_display"),
    (_("Rows"), "rows_done"),
    (_("Bytes"), "size"),
    (_("Finished"), Moment("finished_at")),
    (_("Kept until"), Moment("expires_at")),
)
