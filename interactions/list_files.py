"""The columns of lists of this room as files: what each list shows, and the ids."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.exports import ADDRESS, ID, Column, Moment

# Whose mail it was, by the ids of the source; no address.
INVITATIONS: tuple[Column, ...] = (
    ID,
    (_("Interaction"), "interaction_id"),
    (_("Source"), "interaction.source"),
    (_("Id there"), "interaction.external_id"),
    (_("Survey"), "version.survey"),
    (_("Version"), "version.number"),
    (_("Rule"), "rule"),
    (_("State"), "get_state_display"),
    (_("Tries"), "tries"),
    (_("Reason"), "reason"),
    (_("Made"), Moment("created_at")),
    (_("Sent"), Moment("sent_at")),
    (_("Answered"), Moment("answered_at")),
    (_("Link works until"), Moment("expires_at")),
)

REVIEWS: tuple[Column, ...] = (
    ID,
    (_("Kind"), "get_kind_display"),
    (_("Where"), "site"),
    (_("Link"), "url"),
    (_("Date there"), "posted_on"),
    (_("Rating"), "rating"),
    (_("Of at most"), "highest"),
    (_("Author as shown"), "author"),
    (_("Title"), "title"),
    (_("Text"), "text"),
    (_("May be quoted"), "may_quote"),
    (_("Agent"), "agent"),
    (_("Interaction"), "interaction_id"),
    (_("State"), "get_state_display"),
    (_("Who looks after it"), "owner"),
    (_("To be answered by"), "due_on"),
    (_("Our reply"), "reply"),
    (_("Replied by"), "replied_by"),
    (_("Replied"), Moment("replied_at")),
    (_("Closed"), Moment("closed_at")),
    ADDRESS,
)

CUSTOMERS: tuple[Column, ...] = (
    ID,
    (_("Source"), "source"),
    (_("Id there"), "external_id"),
    (_("Name"), "name"),
    (_("Tier"), "tier"),
    (_("Interactions"), "count"),
    (_("Latest"), Moment("latest")),
)

RETENTION_RUNS: tuple[Column, ...] = (
    (_("Started"), Moment("started_at")),
    (_("Finished"), Moment("finished_at")),
    (_("Recordings"), "recording_count"),
    (_("Conversations"), "words_count"),
    (_("Customers"), "customer_count"),
    (_("By which rules"), lambda run: list(run.counts)),
)

ERASURES: tuple[Column, ...] = (
    (_("When"), Moment("erased_at")),
    (_("Reason"), "reason"),
    (_("Interactions"), "counts.interactions"),
    (_("Messages"), "counts.messages"),
    (_("Recordings"), "counts.recordings"),
    (_("Comments"), "counts.comments"),
    (_("Public reviews"), "counts.reviews"),
    (_("Rejected rows of imports"), "counts.rejected_rows"),
    (_("By"), "by"),
)


def _said(step: Any) -> list[str]:
    given = ((each.get_kind_display(), each.on_its_scale, each.text) for each in step.answers)
    return [f"{kind}: {' '.join(filter(None, (value, text)))}" for kind, value, text in given]


def _graded(step: Any) -> list[str]:
    return [f"{grade.percent} % {grade.get_outcome_display()}" for grade in step.grades]


def _in_public(step: Any) -> list[str]:
    reviews = [*step.reviews, *filter(None, [step.review])]
    return [" · ".join(filter(None, (str(r), r.on_its_scale, r.site))) for r in reviews]


# Each row a `journeys.Step`.
JOURNEY: tuple[Column, ...] = (
    (_("When"), Moment("at")),
    (
        _("What"),
        lambda step: gettext("Interaction") if step.interaction else gettext("Public review"),
    ),
    (_("Interaction"), "interaction.pk"),
    (_("Source"), "interaction.source"),
    (_("Id there"), "interaction.external_id"),
    (_("Channel"), "interaction.get_channel_display"),
    (_("Subject"), "interaction.subject"),
    (_("Agent"), "interaction.display_agent"),
    (_("What the customer said"), _said),
    (_("Our verdict"), _graded),
    (_("Public reviews"), _in_public),
    (_("Survey"), "invitation.get_state_display"),
)
