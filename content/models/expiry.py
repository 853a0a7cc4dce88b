"""How long what somebody has learned counts."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

from people.dates import add_months, last_day_of


class Expiring(models.Model):
    """What gives a certificate, for ever or until a day.

    A certificate is good on its last day too. People are asked to renew it `renew_lead_days` before
    that day, or on the day after it without a lead.
    """

    class Expiry(models.TextChoices):
        NEVER = "never", _("Never")
        FIXED = "fixed", _("On the same day every year")
        DAYS = "days", _("So many days after completion")
        MONTHS = "months", _("So many months after completion")

    gives_certificate = models.BooleanField(
        _("gives a certificate"),
        default=False,
        help_text=_(
            "Whoever finishes it gets one as PDF, with an address where others can check it."
        ),
    )
    expiry = models.CharField(
        _("expires"),
        max_length=10,
        choices=Expiry.choices,
        default=Expiry.NEVER,
        help_text=_(
            "What expires has to be taken anew and always gives a certificate. A change holds for those "
            "who finish from then on."
        ),
    )
    expires_after = models.PositiveSmallIntegerField(
        _("days or months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3660)],
        help_text=_("Six months after 31 August is the last day of February."),
    )
    expires_month = models.PositiveSmallIntegerField(
        _("month"), null=True, blank=True, choices=list(MONTHS.items())
    )
    expires_day = models.PositiveSmallIntegerField(
        _("day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("31 January, for example: good up to and including that day."),
    )
    renew_lead_days = models.PositiveSmallIntegerField(
        _("ask to renew so many days before"),
        default=30,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "The certificate stays good meanwhile. With 0, people are asked once it has expired."
        ),
    )

    expiry_panels = [
        MultiFieldPanel(
            [
                FieldPanel("gives_certificate"),
                FieldPanel("expiry"),
                FieldPanel("expires_after"),
                FieldPanel("expires_month"),
                FieldPanel("expires_day"),
                FieldPanel("renew_lead_days"),
            ],
            heading=_("Certificate and expiry"),
        )
    ]

    class Meta:
        abstract = True

    @property
    def certifies(self) -> bool:
        return self.gives_certificate or self.expiry != self.Expiry.NEVER

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        counted = self.expiry in (self.Expiry.DAYS, self.Expiry.MONTHS)
        if counted and not self.expires_after:
            problems["expires_after"] = _("Say after how many.")
        if self.expiry == self.Expiry.FIXED:
            if not self.expires_month:
                problems["expires_month"] = _("Choose the month.")
            if not self.expires_day:
                problems["expires_day"] = _("Say which day.")
            elif self.expires_month and self.expires_day > last_day_of(2024, self.expires_month):
                problems["expires_day"] = _("This month has no such day.")
        shortest = {
            self.Expiry.DAYS: self.expires_after or 0,
            self.Expiry.MONTHS: 28 * (self.expires_after or 0),
        }.get(self.Expiry(self.expiry) if self.expiry in self.Expiry.values else self.Expiry.NEVER)
        if shortest and self.renew_lead_days is not None and self.renew_lead_days >= shortest:
            problems["renew_lead_days"] = _(
                "People would be asked to renew it as soon as they have it. Choose fewer days."
            )
        if problems:
            raise ValidationError(problems)

    def valid_until(self, completed_on: dt.date) -> dt.date | None:
        """The last day on which a completion of that day counts; none for ever.

        Whoever finishes within the lead before a fixed day has it for the year after that day.
        """
        match self.expiry:
            case self.Expiry.DAYS:
                return completed_on + dt.timedelta(days=self.expires_after or 0)
            case self.Expiry.MONTHS:
                return add_months(completed_on, self.expires_after or 0)
            case self.Expiry.FIXED:
                year = completed_on.year
                while True:
                    day = min(self.expires_day or 31, last_day_of(year, self.expires_month or 12))
                    until = dt.date(year, self.expires_month or 12, day)
                    if until - dt.timedelta(days=self.renew_lead_days) > completed_on:
                        return until
                    year += 1
        return None

    def renew_from(self, until: dt.date) -> dt.date:
        """The day from which people are asked anew for what is good until `until`."""
        lead = self.renew_lead_days
        return until - dt.timedelta(days=lead) if lead else until + dt.timedelta(days=1)
