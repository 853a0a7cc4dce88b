"""The columns of this room's lists as files: what each list shows, and the ids."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from people.exports import ADDRESS, ID, Column, Moment
from scorecards.models import Pick

CONVERSATION: Column = (_("Conversation"), "interaction")
CHANNEL: Column = (_("Channel"), "interaction.get_channel_display")
OCCURRED: Column = (_("Occurred"), Moment("interaction.occurred_at"))


def percent_of(row: Any) -> float | None:
    return None if row.percent is None else round(float(row.percent), 2)


SCORECARDS: tuple[Column, ...] = (
    (_("Scorecard"), "pk"),
    (_("Agent"), "agent"),
    (_("Reviewer"), "reviewer"),
    (_("Interaction"), "interaction"),
    (_("Interaction id"), "interaction_id"),
    CHANNEL,
    OCCURRED,
    (_("Rubric"), "version.rubric.name"),
    (_("Version"), "version.number"),
    (_("Submitted"), Moment("submitted_at")),
    (_("Percent"), percent_of),
    (_("Outcome"), "get_outcome_display"),
    (_("Acknowledged"), Moment("acknowledged_at")),
    ADDRESS,
)

# As on the page, the conversation goes by a name that says nothing of its agent.
QUEUE: tuple[Column, ...] = (
    (_("Assignment"), "pk"),
    (_("Conversation"), "blind_title"),
    (_("Rubric"), "rubric.name"),
    CHANNEL,
    OCCURRED,
    (_("Messages"), "interaction.message_count"),
    (_("Due"), "due_on"),
    (_("Started"), "is_started"),
)


DISPUTES: tuple[Column, ...] = (
    (_("Dispute"), "pk"),
    (_("Scorecard"), "scorecard_id"),
    (_("Conversation"), "scorecard.interaction"),
    (_("Agent"), "scorecard.agent"),
    (_("First reviewer"), "scorecard.reviewer"),
    (_("Filed"), Moment("filed_at")),
    (_("Criteria"), "criterion_count"),
    (_("State"), "get_state_display"),
    (_("Closed"), Moment("decided_at")),
    ADDRESS,
)

CALIBRATION: tuple[Column, ...] = (
    ID,
    (_("Session"), str),
    (_("Rubric"), "version"),
    (_("Organiser"), "organiser"),
    (_("Interactions"), "item_count"),
    (_("People"), "participant_count"),
    (_("Grades in"), lambda row: None if row.is_prepared else row.graded_count),
    (_("Grades expected"), lambda row: None if row.is_prepared else row.expected_count),
    (_("Due"), "due_on"),
    (_("Opened"), Moment("opened_at")),
    (_("Closed"), Moment("closed_at")),
    ADDRESS,
)

KEYS: tuple[Column, ...] = (
    ID,
    (_("Interaction"), "interaction"),
    (_("Interaction id"), "interaction_id"),
    (_("Rubric"), "version"),
    (_("Written by"), "written_by"),
    (_("Written"), Moment("written_at")),
    (_("In queues"), "seeded_count"),
    (_("Graded"), "graded_count"),
    ADDRESS,
)

PLANS: tuple[Column, ...] = (
    ID,
    (_("Plan"), "name"),
    (_("Active"), "is_active"),
    (_("Rubric"), "rubric"),
    (_("How many"), "get_quantity_display"),
    (_("For each agent and week"), "per_agent_week"),
    (_("Share in percent"), "share_percent"),
    (_("Method"), "get_method_display"),
    (_("Draws"), "draw_count"),
    (_("Drawn up to"), "last_day"),
    (_("Grades to give"), "open_count"),
    ADDRESS,
)

# Rows are a draw and the estimate from its grades.
DRAWS: tuple[Column, ...] = (
    (_("Id"), "draw.pk"),
    (_("First day"), "draw.starts_on"),
    (_("Last day"), "draw.ends_on"),
    (_("Conversations"), "draw.picked_count"),
    (_("Out of"), "draw.population_size"),
    (_("Mean"), "of.mean"),
    (_("Lowest likely"), "of.low"),
    (_("Highest likely"), "of.high"),
    (_("Graded"), "of.n"),
    # As text: a spreadsheet keeps fifteen digits.
    (_("Seed"), lambda row: str(row["draw"].seed)),
    (_("Drawn"), Moment("draw.drawn_at")),
    (_("Drawn by"), "draw.drawn_by"),
)


def _who_grades(pick: Pick) -> list[str]:
    return [
        f"{each.reviewer or '–'} ({each.get_purpose_display()}, {each.get_state_display()})"
        for each in pick.assignments.all()
    ]


def _why_skipped(pick: Pick) -> list[str]:
    return [each.skip_reason for each in pick.assignments.all() if each.skip_reason]


PICKS: tuple[Column, ...] = (
    ID,
    CONVERSATION,
    (_("Interaction id"), "interaction_id"),
    (_("Agent"), "interaction.agent"),
    CHANNEL,
    (_("Chance"), "inclusion_probability"),
    (_("Signs"), "sign_labels"),
    (_("Who grades it"), _who_grades),
    (_("Passed over because"), _why_skipped),
    ADDRESS,
)

RUBRICS: tuple[Column, ...] = (
    ID,
    (_("Key"), "key"),
    (_("Rubric"), "name"),
    (_("Description"), "description"),
    (_("Versions"), "version_count"),
    (
        _("In use and in work"),
        lambda row: [f"{each.number} ({each.get_state_display()})" for each in row.current],
    ),
)
