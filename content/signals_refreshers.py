"""What makes refresher cards retire."""

from typing import Any

from content.models import Edition


def retire_cards(edition: Edition, at: Any = None, **kwargs: Any) -> None:
    from content.refreshers import retire_for_edition

    retire_for_edition(edition, at=at)
