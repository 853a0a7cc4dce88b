"""What is stored about one person, for themselves: JSON and a page to read in one zip.

What others may not show them stays out by the same `visible_to` as on their screens: grades that are held
back, their coach's private notes, picks that are still to be graded blind.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coaching.files import ITEMS, RECOGNITIONS
from coaching.files import SESSIONS as COACHING_SESSIONS
from coaching.models import ActionItem, CoachingSession, Goal, Recognition
from coaching.recognition import told
from content.models import Bookmark
from integrations.dumping.writing import fields_of
from integrations.files import TOKENS
from integrations.models import ApiToken
from interactions.models import Interaction, SavedFilter
from people.exports import ADDRESS, ID, Column, Moment, follow, plain
from people.models import AuditEvent, ExternalIdentity, Membership, User
from scorecards.files import DISPUTES, SCORECARDS
from scorecards.models import Dispute, Reply, Scorecard
from training.files import OWN_SIGNATURES, ROLE_PLAYS, SAMPLES, SHADOWING
from training.models import (
    Acknowledgement,
    Attempt,
    Certificate,
    Completion,
    Enrolment,
    LessonPlace,
    ModuleAssignment,
    PathAssignment,
    PracticeRun,
    RefresherReview,
    SampleGrading,
    Shadowing,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A file of the zip and a table of its page."""

    key: str
    title: str | Promise
    rows: Iterable[Any]
    columns: Sequence[Column] = ()
    prepare: Callable[[list[Any]], Iterable[Any]] = field(default=list)


INTERACTIONS: tuple[Column, ...] = (
    ID,
    (_("Source"), "source"),
    (_("Id there"), "external_id"),
    (_("Subject"), "subject"),
    (_("Channel"), "get_channel_display"),
    (_("When"), Moment("occurred_at")),
    (_("Messages"), "message_count"),
)
ACTIONS: tuple[Column, ...] = (
    (_("When"), Moment("at")),
    (_("Action"), "action"),
    (_("Kind"), "object_type"),
    (_("Id"), "object_id"),
)


def sections_of(person: User) -> list[Section]:
    """All that is here, in the order of the page. Each costs one or two queries when it is read."""
    mine = Q(user=person)
    cards = Scorecard.objects.visible_to(person).submitted().besides_practice().with_people()
    sessions = CoachingSession.objects.visible_to(person).with_people()
    recognitions = (
        Recognition.objects.visible_to(person)
        .with_people()
        .select_related("scorecard__interaction__transcript")
    )
    counted = Shadowing.objects.visible_to(person).annotate(
        total=Count("items"), signed=Count("items", filter=Q(items__signed_at__isnull=False))
    )
    return [
        Section("profile", _("Profile"), User.objects.filter(pk=person.pk)),
        Section("teams", _("Teams"), Membership.objects.filter(mine)),
        Section("names", _("Names in other systems"), ExternalIdentity.objects.filter(mine)),
        Section(
            "interactions",
            _("Conversations I had"),
            Interaction.objects.visible_to(person).filter(agent=person).order_by("pk"),
            INTERACTIONS,
        ),
        Section("scorecards", _("Grades about me"), cards.filter(agent=person), SCORECARDS),
        Section("graded", _("Grades I gave"), cards.filter(reviewer=person), SCORECARDS),
        Section(
            "disputes",
            _("Disputes"),
            Dispute.objects.visible_to(person)
            .filter(scorecard__agent=person)
            .with_people()
            .annotate(criterion_count=Count("criteria")),
            DISPUTES,
        ),
        Section("replies", _("What I wrote about grades"), Reply.objects.filter(author=person)),
        Section("modules", _("Modules assigned"), ModuleAssignment.objects.filter(mine)),
        Section("paths", _("Paths assigned"), PathAssignment.objects.filter(mine)),
        Section("completions", _("Completed"), Completion.objects.filter(mine)),
        Section("attempts", _("Quizzes"), Attempt.objects.submitted().filter(mine), ATTEMPTS),
        Section("practice", _("Role plays"), _runs(person), ROLE_PLAYS),
        Section(
            "samples",
            _("Graded samples"),
            SampleGrading.objects.submitted().filter(mine).select_related("user", "page"),
            SAMPLES,
        ),
        Section(
            "shadowing",
            _("Shadowing"),
            counted.filter(mine | Q(observer=person)).select_related("user", "observer", "page"),
            SHADOWING,
        ),
        Section("workshops", _("Workshops"), Enrolment.objects.filter(mine)),
        Section(
            "signatures",
            _("Signatures"),
            Acknowledgement.objects.filter(mine)
            .select_related("page", "edition", "signed_edition")
            .defer("page__steps", "page__notes", "edition__text", "signed_edition__text"),
            OWN_SIGNATURES,
        ),
        Section("certificates", _("Certificates"), Certificate.objects.filter(mine)),
        Section("refreshers", _("Refresher answers"), RefresherReview.objects.filter(mine)),
        Section("places", _("Where I am in lessons"), LessonPlace.objects.filter(mine)),
        Section(
            "coaching",
            _("Coaching sessions"),
            sessions.filter(Q(agent=person) | Q(coach=person)).annotate(topics=Count("agenda")),
            COACHING_SESSIONS,
        ),
        Section(
            "items",
            _("Action items"),
            ActionItem.objects.visible_to(person)
            .filter(Q(agent=person) | Q(owner=person))
            .with_people()
            .select_related("skill", "module"),
            ITEMS,
        ),
        Section("goals", _("Goals"), Goal.objects.filter(agent=person)),
        Section(
            "recognition",
            _("Recognition"),
            recognitions.filter(Q(agent=person) | Q(author=person)),
            RECOGNITIONS,
            lambda rows: told(rows, reader=person),
        ),
        Section("bookmarks", _("Bookmarks"), Bookmark.objects.filter(mine)),
        Section("filters", _("Saved filters"), SavedFilter.objects.filter(owner=person)),
        Section("tokens", _("API tokens"), ApiToken.objects.filter(owner=person), TOKENS),
        Section(
            "log",
            _("What I did, as the audit log has it"),
            AuditEvent.objects.filter(actor=person).order_by("at", "pk"),
            ACTIONS,
        ),
    ]


ATTEMPTS: tuple[Column, ...] = (
    ID,
    (_("Quiz"), "quiz_id"),
    (_("Started"), Moment("started_at")),
    (_("Submitted"), Moment("submitted_at")),
    (_("Percent"), "percent"),
    (_("Passed"), "passed"),
)


def write_own_data(
    file: IO[bytes], person: User, *, absolute: Callable[[str], str]
) -> dict[str, int]:
    """Write the zip and return the rows of each section. `absolute` makes full addresses."""
    counts, shown = {}, []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for section in sections_of(person):
            header, records = _table(section, absolute)
            counts[section.key] = len(records)
            entries = [dict(zip(header, record, strict=True)) for record in records]
            package.writestr(
                f"data/{section.key}.json",
                json.dumps(entries, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1),
            )
            shown.append((section.title, header, records, section.key))
        context = {"person": person, "sections": shown, "now": timezone.now()}
        package.writestr("index.html", render_to_string("integrations/own_data.html", context))
    return counts


def _runs(person: User) -> models.QuerySet[PracticeRun]:
    runs = PracticeRun.objects.finished().without_words().filter(user=person)
    return runs.select_related("user", "page")


def _table(section: Section, absolute: Callable[[str], str]) -> tuple[list[str], list[list[Any]]]:
    columns = section.columns
    if not columns and isinstance(section.rows, models.QuerySet):
        columns = [(each.verbose_name, each.attname) for each in fields_of(section.rows.model)[0]]
    header = [str(title) for title, _way in columns]
    records = []
    for row in section.prepare(list(section.rows)):
        cells = []
        for column in columns:
            way = column[1]
            if column is ADDRESS:
                cells.append(absolute(row.get_absolute_url()))
            else:
                cells.append(plain(follow(row, way) if isinstance(way, str) else way(row)))
        records.append([_readable(cell) for cell in cells])
    return header, records


def _readable(cell: Any) -> Any:
    return str(cell) if isinstance(cell, models.fields.files.FieldFile) else cell
