"""Filters of the list of interactions that people keep."""

from urllib.parse import parse_qsl

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Membership, Team, User


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, user: User) -> "SavedFilterQuerySet":
        """One's own, and those shared with a team one serves in or manages today."""
        today = timezone.localdate()
        teams = Membership.objects.current(on=today).filter(user=user).values("team")
        return self.filter(Q(owner=user) | Q(team__in=teams))


class SavedFilter(models.Model):
    """A filter under a name, its owner's own or shared with a team. `query` is what stands in the address
    of the list; what it finds is what the reader may see."""

    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_filters", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("filter"), max_length=4000)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="saved_filters",
        verbose_name=_("shared with"),
    )
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="interactions_savedfilter_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query)
