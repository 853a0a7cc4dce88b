"""What customers say of us in public, and what we do about it."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interactions.models.interactions import Customer, Interaction
from interactions.models.withholding import ids_withheld_from
from people.choices import WithWords
from people.models import User


class PublicReviewQuerySet(models.QuerySet["PublicReview"]):
    def visible_to(self, user: User) -> "PublicReviewQuerySet":
        """All, for who sees every interaction and handles reviews; for a manager those about their
        people, those about nobody known and what they own; for everybody the closed ones about
        themself.

        None about a conversation that `user` has still to grade, for it is a customer's verdict.
        """
        mine = Q(agent=user, state=PublicReview.State.CLOSED)
        rows = self
        if user.has_perm("interactions.handle_reviews"):
            if not user.has_perm("interactions.view_all_interactions"):
                people = User.objects.managed_by(user, on=timezone.localdate())
                mine |= Q(agent__in=people.values("pk")) | Q(agent=None) | Q(owner=user)
                rows = rows.filter(mine)
        else:
            rows = rows.filter(mine)
        for ids in ids_withheld_from(user):
            rows = rows.exclude(interaction__in=ids)
        return rows

    def open(self) -> "PublicReviewQuerySet":
        return self.exclude(state=PublicReview.State.CLOSED)

    def overdue(self, *, on: dt.date) -> "PublicReviewQuerySet":
        return self.open().filter(due_on__lt=on)

    def low(self) -> "PublicReviewQuerySet":
        """At most two fifths of their scale, as 2 of 5 is."""
        return self.filter(rating__isnull=False, rating__lte=F("highest") * Decimal("0.4"))

    def with_words(self) -> "PublicReviewQuerySet":
        return self.select_related(
            "agent", "owner", "customer", "interaction", "replied_by", "closed_by"
        )


class PublicReview(WithWords):
    """A review or testimonial as it stands on somebody else's page, and how far we are with it.

    `rating` lies on the scale of that page, of which `highest` is the best. `text` and `author` are as
    shown there.
    """

    class Kind(models.TextChoices):
        REVIEW = "review", _("Review")
        TESTIMONIAL = "testimonial", _("Testimonial")

    class State(models.TextChoices):
        NEW = "new", _("New")
        TAKEN = "taken", _("In hand")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.REVIEW)
    site = models.CharField(
        _("where"), max_length=80, help_text=_("The site or place, for example “Trustpages”.")
    )
    url = models.URLField(_("link"), max_length=500, blank=True)
    posted_on = models.DateField(_("date there"))
    author = models.CharField(_("author as shown"), max_length=120, blank=True)
    rating = models.DecimalField(_("rating"), max_digits=5, decimal_places=2, null=True, blank=True)
    highest = models.DecimalField(
        _("of at most"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True, max_length=10_000)
    may_quote = models.BooleanField(_("the author allowed us to quote it"), default=False)
    interaction = models.ForeignKey(
        Interaction,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="public_reviews",
        verbose_name=_("interaction"),
    )
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="public_reviews",
        verbose_name=_("customer"),
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="public_reviews",
        verbose_name=_("agent"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("who looks after it"),
    )
    due_on = models.DateField(_("to be answered by"), null=True, blank=True)
    reply = models.TextField(_("our reply"), blank=True, max_length=10_000)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = PublicReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("public review")
        verbose_name_plural = _("public reviews")
        ordering = ["-posted_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__isnull=True, highest__isnull=True)
                | Q(rating__isnull=False, highest__isnull=False)
                & Q(rating__gte=0, highest__gt=0, rating__lte=F("highest")),
                name="interactions_publicreview_scale",
                violation_error_message=_(
                    "A rating needs the best of its scale, and cannot lie above it: 4 of 5."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(rating=None, text=""),
                name="interactions_publicreview_says_something",
                violation_error_message=_("A review has a rating, a text or both."),
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="interactions_publicreview_closed",
            ),
        ]
        indexes = [models.Index(fields=["-posted_on", "-id"])]
        permissions = [("handle_reviews", _("Can record public reviews and answer them"))]

    def __str__(self) -> str:
        return self.title or gettext("%(kind)s on %(site)s") % {
            "kind": self.get_kind_display(),
            "site": self.site,
        }

    @property
    def link(self) -> str:
        """Its address, if it is one that a page may lead to."""
        return self.url if self.url.startswith(("https://", "http://")) else ""

    def get_absolute_url(self) -> str:
        return reverse("interactions:review_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state != self.State.CLOSED

    @property
    def is_low(self) -> bool:
        if self.rating is None or self.highest is None:
            return False
        return self.rating <= self.highest * Decimal("0.4")

    @property
    def on_its_scale(self) -> str:
        if self.rating is None or self.highest is None:
            return ""
        return gettext("%(value)s of %(highest)s") % {
            "value": number_format(self.rating.normalize()),
            "highest": number_format(self.highest.normalize()),
        }


class PublicReviewNote(models.Model):
    """What somebody here noted about a review while working on it. Only who handles reviews reads it."""

    review = models.ForeignKey(PublicReview, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=4000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("note about a review")
        verbose_name_plural = _("notes about reviews")
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:40]
