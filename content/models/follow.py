"""Where somebody is in a procedure they follow."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from content.models.manual import ProcedurePage
from people.channels import Channel


class FollowProgress(models.Model):
    """One person's place in one procedure. It knows the way taken, and nothing of the customer."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    page = models.ForeignKey(
        ProcedurePage, on_delete=models.CASCADE, related_name="+", verbose_name=_("procedure")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    # The edition it was started with; none where the page has none, or where old ones were purged.
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    # One [step key, index of the answer] for each step done, in order.
    path = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("place in a procedure")
        constraints = [
            models.UniqueConstraint(fields=["user", "page"], name="content_followprogress_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.page}"

    @property
    def is_outdated(self) -> bool:
        """Whether the procedure was published anew since."""
        return self.page.last_published_at != self.published_at
