"""The columns of this room's lists as files: what each list shows, and the ids."""

from django.utils.translation import gettext_lazy as _

from people.exports import ID, Column, Moment

EDITIONS: tuple[Column, ...] = (
    ID,
    (_("Edition"), "number"),
    (_("Published"), Moment("published_at")),
    (_("Revision"), "revision_number"),
    (_("Kind"), "kind_name"),
    (_("What changed"), "note"),
    (_("Written by"), "author"),
    (_("Approved by"), "approved_by"),
)

REPLIES: tuple[Column, ...] = (
    ID,
    (_("Key"), "key"),
    (_("Title"), "title"),
    (_("Channels"), "channel_names"),
    (_("Words"), "body"),
)

RETIRED_CARDS: tuple[Column, ...] = (
    ID,
    (_("Question"), "question"),
    (_("Answer"), "answer"),
    (_("Procedure"), "procedure.title"),
    (_("Skill"), "skill"),
    (_("Retired"), Moment("retired_at")),
    (_("Retired by edition"), "retired_by.number"),
    (_("Change note"), "retired_by.note"),
)
