"""Of which contacts it can be told whether they are resolved."""

from django.db.models import Exists

from interactions.filters import sources
from interactions.models import Interaction


def resolving_sources() -> list[str]:
    """The sources that say when something is resolved: of the others nobody can tell what is open. Two
    queries."""
    known = sources()
    if not known:
        return []
    says = [
        Exists(Interaction.objects.filter(source=source, resolved_at__isnull=False))
        for source in known
    ]
    found = Interaction.objects.order_by().values_list(*says)[:1]
    return [source for source, is_one in zip(known, next(iter(found), ()), strict=False) if is_one]
