"""Recorded contacts with customers: who, when, what was said, and how it sounded."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interactions.models.storage import private_storage
from interactions.models.surveys import SurveyAnswer
from interactions.models.withholding import ids_withheld_from
from interactions.words import humanised
from people.channels import Channel
from people.choices import WithWords
from people.models import User

# The id of whom nobody knows any more.
NOBODY = re.compile(r"removed-[0-9a-f]{24}")


class Customer(models.Model):
    """Who was served, as the source knows them; the same person elsewhere is another row."""

    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("id there"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    tier = models.CharField(_("tier"), max_length=60, blank=True)
    # Where they are asked how they were served.
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    since = models.DateField(_("customer since"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="interactions_customer_unique"
            )
        ]
        indexes = [models.Index(fields=["tier"])]

    def __str__(self) -> str:
        if self.is_removed:
            return gettext("Removed customer")
        return self.name or self.external_id

    @property
    def is_removed(self) -> bool:
        """Whether retention or an erasure took away who this was."""
        return not self.name and NOBODY.fullmatch(self.external_id) is not None


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def visible_to(self, user: User) -> "InteractionQuerySet":
        """Those of one's own work and of people one manages; all, for who may see all.

        A reviewer sees an interaction through the scorecard or assignment that leads to it, which
        `scorecards` decides; nothing here opens the list to reviewers.
        """
        if user.has_perm("interactions.view_all_interactions"):
            return self
        mine = Q(agent=user)
        if user.has_perm("people.develop_team"):
            people = User.objects.managed_by(user, on=timezone.localdate())
            mine |= Q(agent__in=people.values("pk"))
        return self.filter(mine)

    def rating_withheld_from(self, user: User) -> "InteractionQuerySet":
        """Those whose customer's verdict `user` must not know yet, because they are about to judge the
        same themselves. Adds no query of its own.

        The rooms above know of such work: they register `fn(user) -> query of interaction ids` under
        the hook "rating_withheld_from".
        """
        withheld = Q(pk__in=[])
        for ids in ids_withheld_from(user):
            withheld |= Q(pk__in=ids)
        return self.filter(withheld)

    def with_people(self) -> "InteractionQuerySet":
        return self.select_related("agent", "customer")

    def with_ratings(self, user: User) -> "InteractionQuerySet":
        """With `ratings`: the answers on a scale that `user` may know. One more query."""
        rated = SurveyAnswer.objects.open_to(user).on_a_scale().order_by("pk")
        return self.prefetch_related(models.Prefetch("survey_answers", rated, to_attr="ratings"))


class Interaction(WithWords):
    """One recorded contact: the slim row that lists and metrics read. Its words are in `Transcript`.

    `agent_reference` and `agent_name` are what the source said; `agent` is whom we matched it to.
    """

    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("id there"), max_length=200)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    flow = models.CharField(_("flow"), max_length=200, blank=True)
    subflow = models.CharField(_("subflow"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Sorts lists and dates scores, so it is never empty: the start, or failing that the import.
    occurred_at = models.DateTimeField(_("when"), default=timezone.now)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="interactions",
        # The index with the time serves it too.
        db_index=False,
        verbose_name=_("customer"),
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        verbose_name=_("agent"),
    )
    agent_reference = models.CharField(_("agent's id there"), max_length=200, blank=True)
    agent_name = models.CharField(_("agent's name there"), max_length=200, blank=True)
    labels = models.JSONField(_("labels"), default=dict, blank=True)
    message_count = models.PositiveIntegerField(_("messages"), default=0)
    duration_seconds = models.PositiveIntegerField(_("duration (s)"), null=True, blank=True)
    first_response_seconds = models.PositiveIntegerField(
        _("first response (s)"), null=True, blank=True
    )
    # When the customer's first message came, from the start; None where that or its answer has no time.
    first_asked_seconds = models.PositiveIntegerField(
        _("first question after (s)"), null=True, blank=True
    )
    # As the source gives them; None where it does not know.
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    transfers = models.PositiveSmallIntegerField(_("transfers"), null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), null=True, blank=True)
    handling_seconds = models.PositiveIntegerField(_("handling time (s)"), null=True, blank=True)
    # Worked out when it is written: `service_facts` from the messages, `returns` from other contacts.
    resolution_seconds = models.PositiveIntegerField(_("resolution (s)"), null=True, blank=True)
    gap_count = models.PositiveIntegerField(_("waits"), null=True, blank=True)
    longest_gap_seconds = models.PositiveIntegerField(_("longest wait (s)"), null=True, blank=True)
    median_gap_seconds = models.PositiveIntegerField(_("usual wait (s)"), null=True, blank=True)
    days_since_last = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    days_to_next = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # What was taken away, by a rule or on request; no import brings it back (`privacy/removing.py`).
    words_removed_at = models.DateTimeField(_("words removed"), null=True, blank=True)
    recording_removed_at = models.DateTimeField(_("recording removed"), null=True, blank=True)
    customer_removed_at = models.DateTimeField(_("customer removed"), null=True, blank=True)
    is_erased = models.BooleanField(_("erased on request"), default=False)
    content_hash = models.CharField(max_length=64, editable=False)
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)
    import_run = models.ForeignKey(
        "ImportRun",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="interactions",
        verbose_name=_("import"),
    )

    # Set by `with_ratings`.
    ratings: list["SurveyAnswer"]

    objects = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="interactions_interaction_unique"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True)
                | Q(started_at__isnull=True)
                | Q(ended_at__gte=F("started_at")),
                name="interactions_interaction_ends_after_start",
            ),
        ]
        indexes = [
            # The last two for a draw, which reads a million ids without their rows.
            models.Index(fields=["-occurred_at", "-id", "agent", "message_count"]),
            # The last so that the contacts of a team by one channel are counted without their rows.
            models.Index(fields=["agent", "-occurred_at", "channel"]),
            models.Index(fields=["customer", "-occurred_at"]),
            models.Index(fields=["source", "agent_reference"]),
            models.Index(fields=["language"]),
            # Which sources say when something is resolved, without reading the others' rows.
            models.Index(
                fields=["source"],
                condition=Q(resolved_at__isnull=False),
                name="interactions_resolved_sources",
            ),
        ]
        permissions = [
            ("view_all_interactions", _("Can see every interaction")),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.source} {self.external_id}"

    @property
    def turns(self) -> list["Message"]:
        """The conversation; empty where no transcript was kept. Needs `transcript` loaded."""
        transcript = getattr(self, "transcript", None)
        return transcript.turns if transcript else []

    def turn(self, message_id: str) -> "Message | None":
        return next((turn for turn in self.turns if turn.id == message_id), None)

    @property
    def display_agent(self) -> str:
        """The person's name; for an agent nobody matched yet, what the source called them."""
        return str(self.agent) if self.agent else self.agent_name or self.agent_reference


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a transcript, as stored. `id` is stable: evidence points at it.

    `offset` is seconds from the interaction's start, or None where the source has no times. `action`
    names what the agent did in their tools; such a message may have no text, and `details` are then
    the (name, value) pairs of what was entered or found.
    """

    id: str
    speaker: str
    text: str
    offset: float | None = None
    action: str = ""
    duration: float | None = None
    details: Sequence[Sequence[str]] = ()

    @property
    def is_system(self) -> bool:
        return self.speaker == "system"

    @property
    def action_words(self) -> str:
        return humanised(self.action)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """`details` for people: names as words, values without the quotation marks of machines."""
        return [(humanised(name), value.strip('"')) for name, value in self.details]


class Transcript(models.Model):
    """A conversation, read and written whole: one JSON list, and its plain text for search."""

    interaction = models.OneToOneField(
        Interaction, primary_key=True, on_delete=models.CASCADE, related_name="transcript"
    )
    messages = models.JSONField(_("messages"), default=list)
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")

    def __str__(self) -> str:
        return f"transcript of {self.interaction_id}"

    @cached_property
    def turns(self) -> list[Message]:
        """The messages as objects, in order. No query."""
        return [Message(**message) for message in self.messages]

    def turn(self, message_id: str) -> Message | None:
        return next((turn for turn in self.turns if turn.id == message_id), None)

    @staticmethod
    def plain_text(messages: Iterable[dict[str, Any]]) -> str:
        return "\n".join(message["text"] for message in messages if message["text"])


def recording_path(recording: "Recording", name: str) -> str:
    """A path that tells nothing: names of recordings often hold the agent's."""
    return f"recordings/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(name).suffix.lower()}"


class Recording(models.Model):
    """What a call sounded like: one file, in a storage without addresses.

    Two files, one of each side, are joined into two channels on import. `peaks` holds for each channel
    the loudness of equal stretches of time, 0-1000; empty where we cannot read the format, and then
    `duration_seconds` is unknown too.
    """

    class Layout(models.TextChoices):
        MIXED = "mixed", _("Both in one channel")
        AGENT_FIRST = "agent_first", _("Agent left, customer right")
        CUSTOMER_FIRST = "customer_first", _("Customer left, agent right")

    MEDIA_TYPES = {
        ".wav": "audio/wav",
        ".mp3": "audio/mpeg",
        ".m4a": "audio/mp4",
        ".ogg": "audio/ogg",
        ".opus": "audio/ogg",
        ".flac": "audio/flac",
        ".webm": "audio/webm",
    }

    interaction = models.OneToOneField(
        Interaction, primary_key=True, on_delete=models.CASCADE, related_name="recording"
    )
    file = models.FileField(
        _("file"), upload_to=recording_path, storage=private_storage, max_length=255
    )
    layout = models.CharField(
        _("channels"), max_length=20, choices=Layout.choices, default=Layout.MIXED
    )
    duration_seconds = models.FloatField(_("duration (s)"), null=True, blank=True)
    peaks = models.JSONField(_("peaks"), default=list, blank=True)
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")

    def __str__(self) -> str:
        return f"recording of {self.interaction_id}"

    @property
    def media_type(self) -> str:
        return self.MEDIA_TYPES[PurePath(self.file.name or "").suffix]

    @property
    def tracks(self) -> list[tuple[str, list[int]]]:
        """The peaks of each channel with whose it is: "agent", "customer", or "" for both."""
        sides = {
            self.Layout.AGENT_FIRST: ("agent", "customer"),
            self.Layout.CUSTOMER_FIRST: ("customer", "agent"),
        }.get(self.Layout(self.layout), ("",))
        return list(zip(sides, self.peaks, strict=False))
