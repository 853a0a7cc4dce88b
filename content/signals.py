"""What the manual hears from the page tree, and what it tells the rooms above.

`edition_published` (page, edition, at) follows each publication of a procedure, after its edition was
kept and inside the same transaction. Receivers only call an action.
"""

from typing import Any

from django.dispatch import Signal
from wagtail.models import Revision

edition_published = Signal()


def keep_edition(instance: Any, revision: Revision | None = None, **kwargs: Any) -> None:
    """A procedure went live."""
    from content.editions import record_edition

    record_edition(instance, revision)


def start_governance(instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A page of the manual was made: its owner is who made it, unless the form said otherwise."""
    from content.governance import governance_of, set_governance

    if not created or raw:
        return
    values = getattr(instance, "governance_to_come", None)
    if values is None:
        governance_of(instance)
    else:
        set_governance(instance, by=instance.owner, **values)
