"""How well each person knows each refresher card, and every answer they gave."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import RefresherCard


class RefresherStateQuerySet(models.QuerySet["RefresherState"]):
    def due(self, *, on: dt.date) -> "RefresherStateQuerySet":
        """Those to be asked again by `on`, the longest due first."""
        return self.filter(due_on__lte=on).order_by("due_on", "last_review", "pk")


class RefresherState(models.Model):
    """What the scheduler knows of one person and one card; without `due_on` the card is new to them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refresher_states"
    )
    card = models.ForeignKey(RefresherCard, on_delete=models.PROTECT, related_name="states")
    # fsrs.Card as a dictionary.
    memory = models.JSONField(null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    last_review = models.DateTimeField(_("last answered"), null=True, blank=True)
    # Counts what was done to it, so that one showing is rated once.
    showing = models.PositiveIntegerField(default=0)

    objects = RefresherStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("refresher")
        verbose_name_plural = _("refreshers")
        constraints = [
            models.UniqueConstraint(fields=["user", "card"], name="training_refresherstate_once")
        ]
        indexes = [models.Index(fields=["user", "due_on"])]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.card_id}"


class RefresherReviewQuerySet(models.QuerySet["RefresherReview"]):
    def standing(self) -> "RefresherReviewQuerySet":
        """Ratings that were not taken back."""
        return self.filter(rating__isnull=False, undone_by__isnull=True)


class RefresherReview(models.Model):
    """One answer, or (without a rating) that one was taken back. Rows are only ever added."""

    class Rating(models.IntegerChoices):
        AGAIN = 1, _("Again")
        HARD = 2, _("Hard")
        GOOD = 3, _("Good")
        EASY = 4, _("Easy")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refresher_reviews"
    )
    card = models.ForeignKey(RefresherCard, on_delete=models.PROTECT, related_name="reviews")
    showing = models.PositiveIntegerField()
    rating = models.PositiveSmallIntegerField(_("rating"), choices=Rating.choices, null=True)
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    # The day where the person is; what the scheduler reckons with.
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("answered"), default=timezone.now)
    seconds = models.PositiveSmallIntegerField(_("seconds"), null=True, blank=True)
    was_new = models.BooleanField(default=False)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    objects = RefresherReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a refresher")
        verbose_name_plural = _("answers to refreshers")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "day"])]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "card", "showing"], name="training_refresherreview_once"
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=False, undoes__isnull=True)
                | Q(rating__isnull=True, undoes__isnull=False),
                name="training_refresherreview_rates_or_undoes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.card_id}, {self.showing}"
