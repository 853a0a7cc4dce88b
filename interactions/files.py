"""The columns of the lists beside the one of interactions as files: what each shows, and the ids."""

from django.utils.translation import gettext_lazy as _

from interactions.importing.planning import described
from people.exports import ID, Column, Moment

IMPORTS: tuple[Column, ...] = (
    ID,
    (_("File"), "file_name"),
    (_("State"), "get_state_display"),
    (_("New"), "created_count"),
    (_("Changed"), "updated_count"),
    (_("Already here"), "unchanged_count"),
    (_("Rejected"), "rejected_count"),
    (_("When"), Moment("created_at")),
    (_("Finished"), Moment("finished_at")),
    (_("By"), "started_by"),
    (_("Failure"), "failure"),
)

REJECTIONS: tuple[Column, ...] = (
    (_("Line"), "line"),
    (_("Id"), "external_id"),
    (_("Reason"), "reason"),
)

MAPPINGS: tuple[Column, ...] = (
    ID,
    (_("Name"), "name"),
    (_("Source"), "source"),
    (_("Reads"), lambda mapping: described(mapping.plan)),
    (_("Made by"), "made_by"),
    (_("Last changed"), Moment("updated_at")),
)

UNKNOWN_AGENTS: tuple[Column, ...] = (
    (_("Source"), "source"),
    (_("Agent there"), "agent_reference"),
    (_("Name there"), "name"),
    (_("Interactions"), "count"),
    (_("Latest"), Moment("latest")),
)
