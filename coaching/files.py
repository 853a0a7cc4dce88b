"""The columns of this room's lists as files: what each list shows, and the ids. What only a coach reads
is a table of its own, which no list and so no file reads."""

from django.utils.translation import gettext_lazy as _

from coaching.recognition import Told as ToldRecognition
from people.exports import ADDRESS, ID, Column, Moment

SESSIONS: tuple[Column, ...] = (
    ID,
    (_("When"), Moment("starts_at")),
    (_("Minutes"), "minutes"),
    (_("Place"), "place"),
    (_("Agent"), "agent"),
    (_("Agent’s id"), "agent_id"),
    (_("Coach"), "coach"),
    (_("State"), "get_state_display"),
    (_("Topics"), "topics"),
    (_("Follow-up"), "follow_up_on"),
    (_("Shared notes"), "shared_notes"),
    ADDRESS,
)

ITEMS: tuple[Column, ...] = (
    ID,
    (_("What"), "text"),
    (_("About"), "agent"),
    (_("Agent’s id"), "agent_id"),
    (_("Who does it"), "owner"),
    (_("Due"), "due_on"),
    (_("Skill"), "skill"),
    (_("Module"), "module.title"),
    (_("Session"), "session_id"),
    (_("Done"), Moment("done_at")),
    (_("Dropped"), Moment("dropped_at")),
    (_("Dropped because"), "dropped_because"),
)


def _quote(told: ToldRecognition) -> str:
    return "" if told.is_removed else told.recognition.quote


RECOGNITIONS: tuple[Column, ...] = (
    (_("Id"), "recognition.pk"),
    (_("To"), "recognition.agent"),
    (_("From"), "recognition.author"),
    (_("When"), Moment("recognition.given_at")),
    (_("Words"), "recognition.words"),
    (_("Quotation"), _quote),
    (_("Scorecard"), "recognition.scorecard_id"),
    (_("Withdrawn"), Moment("recognition.withdrawn_at")),
)

RULES: tuple[Column, ...] = (
    ID,
    (_("Criterion"), "title"),
    (_("Criterion’s key"), "criterion_key"),
    (_("Rubric"), "rubric.name"),
    (_("Missed in a row"), "failures"),
    (_("Below percent"), "fails_below"),
    (_("Days until it may fire again"), "cooldown_days"),
    (_("Module"), "module.title"),
    (_("Days to complete"), "due_days"),
    (_("On"), "is_active"),
    (_("Fired"), "fired"),
    (_("Last fired"), Moment("last_fired")),
    ADDRESS,
)

FIRINGS: tuple[Column, ...] = (
    (_("Id"), "firing.pk"),
    (_("Person"), "firing.agent"),
    (_("Person’s id"), "firing.agent_id"),
    (_("When"), Moment("firing.fired_at")),
    (_("Scorecards"), lambda row: [card.pk for card in row.scorecards]),
    (_("Scorecards not shown"), "hidden"),
    (_("What followed"), "firing.get_outcome_display"),
    (_("Done"), Moment("firing.assignment.completed_at")),
)
