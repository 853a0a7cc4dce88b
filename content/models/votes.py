"""Whether a page helped, as its readers say."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision


class PageVote(models.Model):
    """One reader's answer about one edition of a page.

    `edition` is the number of the revision that was published when they answered, 0 where the page has
    none; it outlives the revision, which can be purged. `session` is a hash of the session that gave the
    answer: only there it can be changed.
    """

    LONGEST_TEXT = 1000

    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, related_name="votes", verbose_name=_("page")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    edition = models.BigIntegerField(_("revision"), default=0)
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    session = models.CharField(max_length=64)
    is_helpful = models.BooleanField(_("helpful"))
    text = models.TextField(_("what was missing or good"), blank=True, max_length=LONGEST_TEXT)
    voted_at = models.DateTimeField(_("answered"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("answer to “Was this page helpful?”")
        verbose_name_plural = _("answers to “Was this page helpful?”")
        ordering = ["-voted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "edition"], name="content_pagevote_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id}/{self.edition}: {'yes' if self.is_helpful else 'no'}"
