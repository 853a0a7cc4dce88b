"""Who may be chosen, and who is meant by an address."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.permissions import can_coach
from people.converters import DATABASE_ID
from people.models import User


def coachable_by(user: User) -> QuerySet[User]:
    """Those whom `user` develops today and who have an account."""
    if not can_coach(user):
        return User.objects.none()
    people = User.objects.managed_by(user, on=timezone.localdate())
    return people.filter(is_active=True).exclude(pk=user.pk)


def refuse_who_coaches_nobody(user: User) -> None:
    if not can_coach(user):
        raise PermissionDenied(_("This is for those who develop people."))


def chosen_id(request: HttpRequest, name: str) -> int | None:
    """The id in the query string; None where there is none or it fits no id."""
    value = request.GET.get(name, "")
    return int(value) if DATABASE_ID.fullmatch(value) else None


def person_or_404(user: User, pk: int) -> User:
    """Oneself, or one of those whom `user` develops today."""
    if user.pk == pk:
        return user
    if not can_coach(user):
        return get_object_or_404(User.objects.none(), pk=pk)
    return get_object_or_404(User.objects.managed_by(user, on=timezone.localdate()), pk=pk)
