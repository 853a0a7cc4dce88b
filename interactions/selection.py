"""What was picked in the list of interactions, for the pages that do something with it."""

from django.http import QueryDict

from interactions.filters import InteractionFilter
from interactions.models import Interaction, InteractionQuerySet
from people.converters import DATABASE_ID
from people.models import User


def picked(source: QueryDict, user: User) -> InteractionQuerySet:
    """The interactions whose boxes were ticked (`interaction`, repeated), or with `all` everything that
    the filter `matching` finds; of both what `user` may see. No query of its own, or those of the filter.
    """
    rows = Interaction.objects.visible_to(user)
    if source.get("all"):
        return filter_of(source, user).qs
    values = source.getlist("interaction")
    return rows.filter(pk__in=[int(value) for value in values if DATABASE_ID.fullmatch(value)])


def filter_of(source: QueryDict, user: User) -> InteractionFilter:
    """The filter that `matching` holds."""
    return InteractionFilter(
        QueryDict(source.get("matching", "")[:4000]),
        queryset=Interaction.objects.visible_to(user),
        user=user,
    )
