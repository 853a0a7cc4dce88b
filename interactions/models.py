"""Recorded contacts with customers, and the imports they came in by."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from interactions.words import humanised
from people.channels import Channel
from people.models import User


def private_storage() -> Storage:
    """Where uploads wait that must never be served by address."""
    return storages["private"]


class Customer(models.Model):
    """Who was served, as the source knows them; the same person elsewhere is another row."""

    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("id there"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    tier = models.CharField(_("tier"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="interactions_customer_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


def _ids_withheld_from(user: User) -> list[models.QuerySet[Any, Any]]:
    return [ids_for(user) for ids_for in hooks.get_hooks("rating_withheld_from")]


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
        for ids in _ids_withheld_from(user):
            withheld |= Q(pk__in=ids)
        return self.filter(withheld)

    def with_people(self) -> "InteractionQuerySet":
        return self.select_related("agent", "customer")

    def with_ratings(self, user: User) -> "InteractionQuerySet":
        """With `ratings`: the answers on a scale that `user` may know. One more query."""
        rated = SurveyAnswer.objects.open_to(user).on_a_scale().order_by("pk")
        return self.prefetch_related(models.Prefetch("survey_answers", rated, to_attr="ratings"))


class Interaction(models.Model):
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
            models.Index(fields=["-occurred_at", "-id"]),
            models.Index(fields=["agent", "-occurred_at"]),
            models.Index(fields=["source", "agent_reference"]),
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


class SurveyAnswerQuerySet(models.QuerySet["SurveyAnswer"]):
    def low(self) -> "SurveyAnswerQuerySet":
        """What a dissatisfied customer answers, by `SurveyAnswer.LOW_UP_TO`."""
        is_low = Q(pk__in=[])
        for kind, highest in SurveyAnswer.LOW_UP_TO.items():
            is_low |= Q(kind=kind, value__lte=highest)
        return self.filter(is_low)

    def on_a_scale(self) -> "SurveyAnswerQuerySet":
        return self.filter(value__isnull=False)

    def open_to(self, user: User) -> "SurveyAnswerQuerySet":
        """Without those of interactions that `user` is about to judge. Whether they may see the
        interaction at all is another question."""
        rows = self
        for ids in _ids_withheld_from(user):
            rows = rows.exclude(interaction__in=ids)
        return rows


class SurveyAnswer(models.Model):
    """What a customer said of one interaction when asked: one row for each answer.

    `value` lies on the scale of its kind and is empty for a comment; `text` is the customer's own
    words. `source` names where the answer was given. `recorded_at` is when it came to us, or came to
    say what it says now: until then nobody here could have known it.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("Satisfaction")
        NPS = "nps", _("Would recommend us")
        CES = "ces", _("Ease")
        RESOLVED = "resolved", _("Resolved")
        COMMENT = "comment", _("Comment")

    # The lowest and the highest value of each kind; the highest is the best.
    SCALES = {Kind.CSAT: (1, 5), Kind.NPS: (0, 10), Kind.CES: (1, 7), Kind.RESOLVED: (0, 1)}
    # The one definition of a low rating (docs/glossary.md).
    LOW_UP_TO = {Kind.CSAT: 2, Kind.NPS: 6, Kind.CES: 3, Kind.RESOLVED: 0}

    interaction = models.ForeignKey(
        Interaction, on_delete=models.CASCADE, related_name="survey_answers"
    )
    kind = models.CharField(_("question"), max_length=10, choices=Kind.choices)
    value = models.PositiveSmallIntegerField(_("value"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = SurveyAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "kind"], name="interactions_surveyanswer_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["csat", "nps", "ces", "resolved", "comment"]),
                name="interactions_surveyanswer_kind",
            ),
            # A comparison with NULL is neither true nor false, and would pass: hence the first part.
            models.CheckConstraint(
                condition=~Q(kind="csat") | Q(value__isnull=False, value__gte=1, value__lte=5),
                name="interactions_surveyanswer_csat",
            ),
            models.CheckConstraint(
                condition=~Q(kind="nps") | Q(value__isnull=False, value__gte=0, value__lte=10),
                name="interactions_surveyanswer_nps",
            ),
            models.CheckConstraint(
                condition=~Q(kind="ces") | Q(value__isnull=False, value__gte=1, value__lte=7),
                name="interactions_surveyanswer_ces",
            ),
            models.CheckConstraint(
                condition=~Q(kind="resolved") | Q(value__isnull=False, value__gte=0, value__lte=1),
                name="interactions_surveyanswer_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(kind="comment") | (Q(value__isnull=True) & ~Q(text="")),
                name="interactions_surveyanswer_comment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.interaction_id}: {'' if self.value is None else self.value}"

    @property
    def is_low(self) -> bool:
        highest = self.LOW_UP_TO.get(self.Kind(self.kind))
        return highest is not None and self.value is not None and self.value <= highest

    @property
    def on_its_scale(self) -> str:
        """The value for people, with the end of its scale: "2 of 5"; empty for a comment."""
        if self.value is None:
            return ""
        if self.kind == self.Kind.RESOLVED:
            return gettext("yes") if self.value else gettext("no")
        return gettext("%(value)s of %(highest)s") % {
            "value": self.value,
            "highest": self.SCALES[self.Kind(self.kind)][1],
        }


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> "ImportRunQuerySet":
        return self if user.has_perm("interactions.import_interactions") else self.none()


class ImportRun(models.Model):
    """One file on its way in: how far it got, what came of each row. A stopped run can go on.

    `file` is empty for a file that the command reads in place, and for one that is of no more use:
    the contents are customers' own words, so what is done with is not kept.
    """

    # A batch takes a second or two; after this long without one, nobody is at work any more.
    STALLED_AFTER = dt.timedelta(seconds=60)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(
        _("stored file"),
        upload_to="imports/%Y/%m/",
        storage=private_storage,
        blank=True,
        max_length=255,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    failure = models.TextField(_("why it failed"), blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    progress_at = models.DateTimeField(_("last progress"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    stop_requested = models.BooleanField(default=False)
    # The place to go on from: lines done, and bytes of the stored file for the progress bar.
    lines_done = models.PositiveBigIntegerField(_("lines read"), default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(default=0)
    created_count = models.PositiveBigIntegerField(_("new"), default=0)
    updated_count = models.PositiveBigIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveBigIntegerField(_("already here"), default=0)
    rejected_count = models.PositiveBigIntegerField(_("rejected"), default=0)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        permissions = [("import_interactions", _("Can import interactions"))]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def is_stalled(self) -> bool:
        """Whether whoever ran it seems to be gone: killed, or never there to begin with."""
        return self.is_live and timezone.now() - self.progress_at > self.STALLED_AFTER

    @property
    def is_resumable(self) -> bool:
        """Whether it may go on, given the file: stopped, failed on the way, or left behind."""
        return self.state in {self.State.STOPPED, self.State.FAILED} or self.is_stalled

    @property
    def imported_count(self) -> int:
        return self.created_count + self.updated_count + self.unchanged_count

    @property
    def percent(self) -> int:
        """Share of the file that was read, 0-100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.bytes_done // self.bytes_total) if self.bytes_total else 0


class ImportRejection(models.Model):
    """One row that was not imported, and why."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejections")
    line = models.PositiveBigIntegerField(_("line"))
    external_id = models.CharField(_("id"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="interactions_rejection_once")
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
