"""What helps to find a page of the manual again: the words it has, who opened it, who marked it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from content.models.manual import ReplyTemplate


class ManualWords(models.Model):
    """The different words of one page or reply template, for who mistypes one.

    Kept apart by source, so that nobody is offered a word of a page they may not read.
    """

    page = models.OneToOneField(Page, null=True, on_delete=models.CASCADE, related_name="+")
    template = models.OneToOneField(
        ReplyTemplate, null=True, on_delete=models.CASCADE, related_name="+"
    )
    words = models.TextField()

    class Meta:
        verbose_name = _("words of the manual")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=True) ^ models.Q(template__isnull=True),
                name="content_manualwords_one_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id or self.template_id}"


class _Kept(models.Model):
    """Something about one person and one page of the manual."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, related_name="+", verbose_name=_("page")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.user_id}: {self.page_id}"


class Bookmark(_Kept):
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        constraints = [
            models.UniqueConstraint(fields=["user", "page"], name="content_bookmark_once")
        ]


class OpenedPage(_Kept):
    """One of the last pages that somebody opened; there are never more than `KEPT` for a person."""

    KEPT = 10

    opened_at = models.DateTimeField(_("opened"), default=timezone.now)

    class Meta:
        verbose_name = _("opened page")
        verbose_name_plural = _("opened pages")
        constraints = [
            models.UniqueConstraint(fields=["user", "page"], name="content_openedpage_once")
        ]
