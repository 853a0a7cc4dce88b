"""Cards that refresh what the manual says: a question, its answer, and the place both rest on."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from content.forms_refreshers import RefresherCardForm
from content.models.governance import Edition
from content.models.manual import ProcedurePage


class RefresherCardQuerySet(models.QuerySet["RefresherCard"]):
    def in_use(self) -> "RefresherCardQuerySet":
        """Those that may be asked: switched on, not retired, and their procedure is published."""
        return self.filter(is_active=True, retired_at__isnull=True, procedure__live=True)

    def to_look_through(self) -> "RefresherCardQuerySet":
        """Retired by a change of the manual, and no editor has said yet what becomes of them."""
        return self.filter(retired_at__isnull=False, settled_at__isnull=True)


class RefresherCard(models.Model):
    """One question about one procedure, or about one part of it."""

    question = models.TextField(_("question"), max_length=500)
    answer = models.TextField(
        _("answer"), max_length=1000, help_text=_("Short enough to be read in ten seconds.")
    )
    procedure = models.ForeignKey(
        ProcedurePage,
        on_delete=models.PROTECT,
        related_name="refresher_cards",
        verbose_name=_("procedure"),
        help_text=_("Where the answer stands. Who has signed for it is asked."),
    )
    # A key of content.edition_text.Part, which outlives reordering and rewording; "" is all of it.
    part = models.CharField(max_length=80, blank=True, default="")
    skill = models.ForeignKey(
        "content.Skill",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="refresher_cards",
        verbose_name=_("skill"),
        help_text=_("Who has completed a module that teaches it is asked too."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    retired_by = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_at = models.DateTimeField(_("looked through"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )

    objects = RefresherCardQuerySet.as_manager()

    base_form_class = RefresherCardForm
    panels = [
        FieldPanel("question"),
        FieldPanel("answer"),
        FieldPanel("procedure"),
        FieldPanel("part_name"),
        FieldPanel("skill"),
        FieldPanel("is_active"),
    ]

    class Meta:
        verbose_name = _("refresher card")
        verbose_name_plural = _("refresher cards")
        ordering = ["procedure", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at__isnull=False) | Q(settled_at__isnull=True),
                name="content_refreshercard_settled_is_retired",
            )
        ]

    def __str__(self) -> str:
        return self.question

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {
            name: gettext("Write something.")
            for name in ("question", "answer")
            if not getattr(self, name).strip()
        }
        if errors:
            raise ValidationError(errors)

    @property
    def anchor(self) -> str:
        """Where on its page the step stands, "" where the card rests on no step."""
        for number, block in enumerate(self.procedure.steps, start=1):
            if self.part == f"steps:{block.id}":
                return f"#step-{number}"
        return ""

    @property
    def state(self) -> str:
        """For a column of a list."""
        if self.retired_at and not self.settled_at:
            return gettext("To look through")
        if self.retired_at:
            return gettext("Replaced") if self.replaced_by_id else gettext("Retired")
        return gettext("In use") if self.is_active else gettext("Switched off")
