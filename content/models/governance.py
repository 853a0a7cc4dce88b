"""What lets people trust the manual: who looks after a page and when it was last checked, its published
editions and why each was made, notes for times that are not normal, and approval by a second person.

The side table is not part of a page's revisions: who owns a page and when it was reviewed are facts about
the page and hold at once, whatever draft is being written.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import AbstractGroupApprovalTask, Page, Revision, WorkflowState

from content.forms_governance import ContingencyNoteForm
from people.channels import Channel
from people.dates import add_months
from people.models import User

if TYPE_CHECKING:
    from content.models.manual import ProcedurePage

REVIEW_MONTHS = 6
SOON = dt.timedelta(days=30)


class ChangeKind(models.TextChoices):
    """A material change alters what people do: they sign again. An editorial one asks nobody."""

    MATERIAL = "material", _("Material: what people do changes; everybody concerned signs again")
    EDITORIAL = "editorial", _("Editorial: wording only; nobody is asked to sign")


class GovernanceQuerySet(models.QuerySet["Governance"]):
    def overdue(self, *, on: dt.date) -> "GovernanceQuerySet":
        """Of published pages, those whose review was due before `on`."""
        return self.filter(review_by__lt=on, page__live=True)


class Governance(models.Model):
    """Who looks after a page of the manual, and until when its words can be relied on."""

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="governance")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="governed_pages",
        verbose_name=_("owner"),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    review_every_months = models.PositiveSmallIntegerField(
        _("review every (months)"),
        null=True,
        blank=True,
        default=REVIEW_MONTHS,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    # Set by hand it goes before the interval, until the next review.
    review_by_hand = models.DateField(_("review by"), null=True, blank=True)
    review_by = models.DateField(_("review by"), null=True, blank=True, db_index=True)

    objects = GovernanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("owner and review")
        verbose_name_plural = _("owners and reviews")

    def __str__(self) -> str:
        return f"{self.page_id}: {self.review_by or '–'}"

    @property
    def computed_review_by(self) -> dt.date | None:
        """The date set by hand, else the last review and the interval, else none."""
        if self.review_by_hand:
            return self.review_by_hand
        if self.reviewed_on and self.review_every_months:
            return add_months(self.reviewed_on, self.review_every_months)
        return None

    def is_overdue(self, *, on: dt.date) -> bool:
        return self.review_by is not None and self.review_by < on


class EditionQuerySet(models.QuerySet["Edition"]):
    def material(self) -> "EditionQuerySet":
        return self.filter(kind=ChangeKind.MATERIAL)


class Edition(models.Model):
    """One publication of a procedure, with its words as plain text.

    Revisions can be purged; the number of the revision and the text stay here, so that what somebody
    signed can still be read and compared.
    """

    page = models.ForeignKey(
        "content.ProcedurePage", on_delete=models.CASCADE, related_name="editions"
    )
    number = models.PositiveIntegerField(_("edition"))
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revision_number = models.BigIntegerField(_("revision"), null=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ChangeKind.choices)
    note = models.TextField(_("change note"), blank=True)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("written by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("approved by"),
    )
    # Rows of content.edition_text.Part.
    text = models.JSONField(default=list)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["page", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="content_edition_once")
        ]

    def __str__(self) -> str:
        return f"{self.page_id}/{self.number}"

    @property
    def is_material(self) -> bool:
        return self.kind == ChangeKind.MATERIAL

    @property
    def kind_name(self) -> str:
        return gettext("Material") if self.is_material else gettext("Editorial")


class ContingencyNoteQuerySet(models.QuerySet["ContingencyNote"]):
    def switched_on(self, *, at: dt.datetime) -> "ContingencyNoteQuerySet":
        """Those that hold at `at`; a note ends by itself."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class ContingencyNote(ClusterableModel):
    """What to do while things are not normal, prepared in advance and switched on for a time."""

    class Kind(models.TextChoices):
        SURGE = "surge", _("Surge")
        OUTAGE = "outage", _("Outage")
        OTHER = "other", _("Other")

    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"), help_text=_("What to do and to say while it lasts."))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SURGE)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    pages = ParentalManyToManyField(
        "content.ProcedurePage",
        blank=True,
        related_name="contingency_notes",
        verbose_name=_("procedures"),
        help_text=_("None means the whole manual."),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    switched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("switched by"),
    )

    # The ids of the procedures it is about, where `notes_on` has looked them up.
    chosen_pages: Sequence[int] = ()

    objects = ContingencyNoteQuerySet.as_manager()

    base_form_class = ContingencyNoteForm
    panels = [
        FieldPanel("title"),
        FieldPanel("kind"),
        FieldPanel("text"),
        FieldPanel("channels"),
        FieldPanel("pages", widget=forms.CheckboxSelectMultiple),
    ]

    class Meta:
        verbose_name = _("contingency note")
        verbose_name_plural = _("contingency notes")
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(ends_at__gt=models.F("starts_at")),
                name="content_contingencynote_ends_after_start",
                violation_error_message=_("A note cannot end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        if not isinstance(self.channels, list) or not set(self.channels) <= set(Channel.values):
            raise ValidationError({"channels": _("Choose from the channels there are.")})

    def is_on(self, *, at: dt.datetime) -> bool:
        return bool(self.starts_at and self.ends_at and self.starts_at <= at < self.ends_at)

    def is_planned(self, *, at: dt.datetime) -> bool:
        return bool(self.starts_at and self.starts_at > at)

    @property
    def channel_names(self) -> list[str]:
        return [str(Channel(value).label) for value in self.channels if value in Channel.values]

    @property
    def state(self) -> str:
        """For a column of a list."""
        now = timezone.now()
        if self.is_on(at=now):
            return gettext("On until %s") % _moment(self.ends_at)
        if self.is_planned(at=now):
            return gettext("From %s") % _moment(self.starts_at)
        return gettext("Off")

    def concerns(self, page: "ProcedurePage") -> bool:
        """Whether it stands on `page`. Wants `chosen_pages`."""
        if self.chosen_pages and page.pk not in self.chosen_pages:
            return False
        held = {str(channel) for channel in page.channels}
        return not self.channels or not held or bool(held & set(self.channels))


def _moment(at: dt.datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


class OwnerReminder(models.Model):
    """The send log of `remind_owners`: one mail to one person in one period."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    # The first day of the week, or the day, that the mail stands for.
    period = models.DateField(_("period"))
    pages = models.JSONField(_("pages"), default=list)
    claimed_at = models.DateTimeField(_("begun"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder to an owner")
        verbose_name_plural = _("reminders to owners")
        ordering = ["-period", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "period"], name="content_ownerreminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}: {self.period}"


class SecondPersonTask(AbstractGroupApprovalTask):
    """Approval by somebody of the groups who did not write or submit the words themself."""

    class Meta:
        verbose_name = _("Approval by a second person")
        verbose_name_plural = _("Approvals by a second person")

    @classmethod
    def get_description(cls) -> str:
        return gettext("Members of the chosen groups approve what somebody else has written")

    def get_actions(self, obj: Any, user: User) -> list[tuple[str, Any, bool]]:
        actions: list[tuple[str, Any, bool]] = super().get_actions(obj, user)
        if is_ones_own_work(obj.current_workflow_state, user):
            return [each for each in actions if each[0] != "approve"]
        return actions

    def on_action(self, task_state: Any, user: User, action_name: str, **kwargs: Any) -> None:
        """The page editor saves what the approver changed before it approves: those words are theirs
        and wait for somebody else. `content.hooks_governance` tells them."""
        if action_name == "approve" and is_ones_own_work(task_state.workflow_state, user):
            return
        super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> Any:
        states = super().get_task_states_user_can_moderate(user, **kwargs)
        return states.exclude(workflow_state__requested_by=user)


def is_ones_own_work(state: WorkflowState | None, user: User | AnonymousUser) -> bool:
    """Whether `user` submitted what waits there, or saved one of its revisions since. One query."""
    if state is None:
        return False
    if state.requested_by_id == user.pk:
        return True
    latest = state.content_object.get_latest_revision()
    return latest is not None and latest.user_id == user.pk


GOVERNANCE_PANEL = MultiFieldPanel(
    [
        FieldPanel("review_owner"),
        FieldRowPanel([FieldPanel("reviewed_on"), FieldPanel("review_every_months")]),
        FieldPanel("review_by_hand"),
    ],
    heading=_("Owner and review"),
    help_text=_("Holds as soon as you save, also with a draft."),
    icon="date",
)
CHANGE_PANEL = MultiFieldPanel(
    [
        FieldPanel("change_kind"),
        FieldPanel("change_note"),
        FieldPanel("teams", widget=forms.CheckboxSelectMultiple),
    ],
    heading=_("This edition"),
    icon="edit",
)
