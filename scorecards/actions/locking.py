"""Holding a scorecard until the end of a transaction."""

from django.utils.translation import gettext as _

from scorecards.actions.refusals import Conflict, Gone, Replaced
from scorecards.models import Scorecard
from scorecards.models.scorecards import ScorecardQuerySet


def lock(scorecard: Scorecard, rows: ScorecardQuerySet | None = None) -> Scorecard:
    """The row as it is now, with what `rows` loads beside it. Raises `Gone` for a dropped draft."""
    rows = Scorecard.objects.all() if rows is None else rows
    try:
        return rows.select_for_update(no_key=True, of=("self",)).get(pk=scorecard.pk)
    except Scorecard.DoesNotExist:
        raise Gone from None


def lock_current(scorecard: Scorecard) -> Scorecard:
    """The submitted scorecard that counts. Raises `Replaced` where a later revision counts already, and
    `Conflict` for a draft, which is what a submission becomes that was taken back."""
    rows = Scorecard.objects.select_related("assignment", "interaction", "agent", "version")
    locked = lock(scorecard, rows)
    if not locked.is_submitted:
        raise Conflict(_("This scorecard is a draft: its submission was taken back."))
    if not locked.is_current:
        raise Replaced
    return locked
