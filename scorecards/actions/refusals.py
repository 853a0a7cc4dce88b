"""Why an action did not happen, in words for the person who wanted it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scorecards.models import Criterion


class Refused(Exception):
    """The base of all refusals: nothing was written. `str(refusal)` is shown to the person."""


class NotAllowed(Refused):
    """This person may not do it: status 403."""


class Conflict(Refused):
    """It was possible once and no longer is: status 409."""


class Gone(Conflict):
    """The draft was dropped between opening the screen and this request."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This draft is not here any more: it was given back, set aside or withdrawn, or its "
                "claim lapsed. Nothing was saved."
            )
        )


class Replaced(Conflict):
    """A later revision counts already."""

    def __init__(self) -> None:
        super().__init__(
            _("This grade was changed meanwhile. Look at the current one first; nothing was saved.")
        )


class AlreadySubmitted(Refused):
    """The scorecard was handed in and no longer changes: status 409."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This scorecard was submitted already and can no longer be changed. Nothing was saved."
            )
        )


class AlreadyAcknowledged(Refused):
    def __init__(self) -> None:
        super().__init__(_("You acknowledged this scorecard already."))


class Incomplete(Refused):
    """Criteria without an answer: status 422. `criteria` names them in the order of the rubric."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self.criteria = criteria
        super().__init__(
            ngettext(
                "%(count)d criterion has no answer yet: %(names)s. Nothing was submitted.",
                "%(count)d criteria have no answer yet: %(names)s. Nothing was submitted.",
                len(criteria),
            )
            % {"count": len(criteria), "names": ", ".join(str(c) for c in criteria)}
        )


class CommentsMissing(Refused):
    """Criteria graded at a level that asks for a comment, without one: status 422. `criteria` names
    them in the order of the rubric."""

    needs_comments = True

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self.criteria = criteria
        super().__init__(
            ngettext(
                "%(count)d criterion needs a comment at the level you chose: %(names)s.",
                "%(count)d criteria need a comment at the level you chose: %(names)s.",
                len(criteria),
            )
            % {"count": len(criteria), "names": ", ".join(str(c) for c in criteria)}
        )
