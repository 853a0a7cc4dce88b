"""What a draw picks from: interactions as a frame of ids and risk columns, never their words."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Aggregate, Exists, OuterRef, Q, TextField
from django.utils import timezone

from content.history import published_anew
from content.models import ProcedureChannel
from interactions.models import Interaction, InteractionQuerySet, SurveyAnswer
from people.channels import Channel
from people.models import Membership
from scorecards.models import Criterion, RubricVersion
from scorecards.sampling import Change, Design, Frame, Method, Quantity, Sign

ROWS_AT_ONCE = 5000
# "Long" is longer than this share of the same channel's interactions in the same period, provided there
# are enough to speak of a share.
LONG_PERCENTILE = 90
LEAST_FOR_LONG = 20

_CHANNELS = {channel: place for place, channel in enumerate(Channel.values)}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose interactions of which channels, on which days (both included). Empty means all."""

    starts_on: dt.date
    ends_on: dt.date
    teams: Sequence[int] = ()
    agents: Sequence[int] = ()
    channels: Sequence[str] = ()

    def interactions(self) -> InteractionQuerySet:
        """Those of a known agent with something to read. A team's are those of the people who served in
        it on some day of the period. What was picked before, by hand or by another plan, stays in:
        leaving it out would bend every estimate."""
        rows = Interaction.objects.filter(
            agent__isnull=False,
            message_count__gt=0,
            occurred_at__gte=_midnight(self.starts_on),
            occurred_at__lt=_midnight(self.ends_on + dt.timedelta(days=1)),
        )
        if self.channels:
            rows = rows.filter(channel__in=self.channels)
        if self.teams or self.agents:
            serving = Membership.objects.filter(
                Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on),
                kind=Membership.Kind.MEMBER,
                starts_on__lte=self.ends_on,
                team__in=self.teams,
                user=OuterRef("agent"),
            )
            rows = rows.filter(Q(agent__in=self.agents) | Exists(serving))
        return rows


def with_knowledge(
    design: Design, scope: Scope, *, rubric: int, at: dt.datetime | None = None
) -> Design:
    """`design` with what the signs of a draw at `at` rest on beyond the interactions themselves, to be
    kept with it. Five queries at most, or none where changed procedures do not count."""
    if design.counts(Sign.LOW_RATING):
        design = replace(design, known_until=at)
    if not design.counts(Sign.CHANGED_PROCEDURE):
        return design
    published = RubricVersion.objects.published().filter(rubric=rubric)
    version = published.values_list("pk", flat=True).first()
    if version is None:
        return design
    rests_on = Criterion.objects.filter(section__version=version, procedure__isnull=False)
    channels = defaultdict(set)
    for page, channel in ProcedureChannel.objects.filter(
        page__in=rests_on.values("procedure")
    ).values_list("page", "channel"):
        channels[page].add(channel)
    moments = published_anew(
        channels,
        since=_midnight(scope.starts_on) - dt.timedelta(days=design.changed_procedure_days),
        until=_midnight(scope.ends_on + dt.timedelta(days=1)),
    )
    changes = [Change(page, tuple(sorted(channels[page])), moment) for page, moment in moments]
    return replace(design, rubric_version=version, changes=tuple(changes))


def load_frame(scope: Scope, design: Design) -> Frame:
    """The population in ascending order of ids, with the signs that count in `design`.

    Streams slim rows; one query, and one more each for complaint words and low ratings, which the
    database looks for itself. Where every interaction has the same chance, no more than their ids is
    read, and the frame's other columns are zeros.
    """
    if design.quantity is Quantity.SHARE and design.method is Method.SIMPLE:
        ids = _ids(scope.interactions())
        nothing = np.zeros(len(ids), dtype=np.int64)
        return Frame(ids=ids, agents=nothing, weeks=nothing, channels=nothing)
    rows = scope.interactions()
    needs_time = (
        design.quantity is Quantity.PER_AGENT_WEEK
        or design.counts(Sign.NEW_AGENT)
        or design.counts(Sign.CHANGED_PROCEDURE)
    )
    columns = ["pk", "agent_id", "channel", "duration_seconds"]
    if needs_time:
        columns += ["occurred_at", "agent__started_on"]
    zone = timezone.get_default_timezone()
    parts = []
    chunk: list[tuple[float, ...]] = []
    for row in rows.order_by("pk").values_list(*columns).iterator(chunk_size=ROWS_AT_ONCE):
        day, started, changed = 0, 0, False
        if needs_time:
            day = row[4].astimezone(zone).toordinal()
            started = row[5].toordinal() if row[5] else -1_000_000
            changed = bool(design.changes_before(row[4], channel=row[2]))
        length = -1 if row[3] is None else row[3]
        chunk.append((row[0], row[1], _CHANNELS[row[2]], length, day, started, changed))
        if len(chunk) == ROWS_AT_ONCE:
            parts.append(np.array(chunk, dtype=np.int64))
            chunk = []
    parts.append(np.array(chunk, dtype=np.int64).reshape(-1, 7))
    ids, agents, channels, lengths, days, started_on, changed_then = np.concatenate(parts).T
    signs = {}
    if design.counts(Sign.LONG_HANDLING):
        signs[Sign.LONG_HANDLING] = _is_long(lengths, channels)
    if design.counts(Sign.COMPLAINT_WORDS):
        signs[Sign.COMPLAINT_WORDS] = _among(ids, rows.filter(_says(design.complaint_words)))
    if design.counts(Sign.NEW_AGENT):
        served = days - started_on
        signs[Sign.NEW_AGENT] = (served >= 0) & (served < design.new_agent_days)
    if design.counts(Sign.LOW_RATING):
        answers = SurveyAnswer.objects.low().filter(interaction=OuterRef("pk"))
        if design.known_until is not None:
            answers = answers.filter(recorded_at__lte=design.known_until)
        signs[Sign.LOW_RATING] = _among(ids, rows.filter(Exists(answers)))
    if design.counts(Sign.CHANGED_PROCEDURE):
        signs[Sign.CHANGED_PROCEDURE] = changed_then.astype(bool)
    # Day 1 of the proleptic calendar was a Monday.
    weeks = (days - 1) // 7
    return Frame(ids=ids, agents=agents, weeks=weeks, channels=channels, signs=signs)


def digest(frame: Frame) -> str:
    """Tells two populations apart, by their ids and signs."""
    sha = hashlib.sha256(frame.ids.tobytes())
    for sign in sorted(frame.signs, key=lambda sign: sign.value):
        sha.update(sign.value.encode() + np.packbits(frame.signs[sign]).tobytes())
    return sha.hexdigest()


class _Joined(Aggregate):
    """Numbers as one text: a million of them cost a fraction of as many rows."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "STRING_AGG((%(expressions)s)::text, ',')"
        return self.as_sql(compiler, connection, template=template, **extra)


def _ids(rows: InteractionQuerySet) -> np.ndarray:
    """Ascending; an index has all that is asked, but by time."""
    joined = rows.order_by().aggregate(ids=_Joined("pk"))["ids"]
    return np.sort(np.fromstring(joined or "", dtype=np.int64, sep=","))


def _among(ids: np.ndarray, rows: InteractionQuerySet) -> np.ndarray:
    found = rows.order_by("pk").values_list("pk", flat=True)
    matches = np.fromiter(found.iterator(chunk_size=ROWS_AT_ONCE), np.int64)
    return np.isin(ids, matches, assume_unique=True)


def _is_long(lengths: np.ndarray, channels: np.ndarray) -> np.ndarray:
    result = np.zeros(len(lengths), dtype=bool)
    for channel in np.unique(channels):
        known = (channels == channel) & (lengths >= 0)
        if known.sum() >= LEAST_FOR_LONG:
            limit = np.percentile(lengths[known], LONG_PERCENTILE)
            result |= known & (lengths > limit)
    return result


def _says(words: Iterable[str]) -> Q:
    """Any of the words, also as a part of a word. SQLite compares letters beyond ASCII exactly, so
    their other cases are asked for too."""
    found = Q()
    for word in words:
        for form in {word} if word.isascii() else {word, word.lower(), word.capitalize()}:
            found |= Q(transcript__text__icontains=form)
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(
        dt.datetime.combine(day, dt.time.min), timezone.get_default_timezone()
    )
