"""What changed since last week among one's people, and who is due. Counts in SQL, constant queries."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.models import ActionItem, CoachingSession, RuleFiring
from insights.skills import MINIMUM_SCORECARDS, Standard, Window
from people.models import User, UserQuerySet
from scorecards.models import Dispute, Rollup, RubricVersion, Scorecard
from training.models import ModuleAssignment

WEEK = dt.timedelta(days=7)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class News:
    """One thing that changed: in words, with the way to it."""

    icon: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody who is due for something."""

    person: User
    words: str
    url: str


def news_of(people: UserQuerySet, *, reader: User, at: dt.datetime) -> list[News]:
    """Since the day a week ago began where the reader is. Six queries."""
    day = timezone.localdate(at) - WEEK
    since = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    ids = people.order_by().values("pk")
    graded = (
        Scorecard.objects.visible_to(reader)
        .submitted()
        .filter(agent__in=ids, submitted_at__gte=since)
        .aggregate(n=Count("pk"), people=Count("agent", distinct=True))
    )
    disputes = Dispute.objects.visible_to(reader).filter(scorecard__agent__in=ids)
    opened = disputes.filter(filed_at__gte=since).count()
    decided = disputes.filter(decided_at__gte=since).count()
    modules = ModuleAssignment.objects.filter(user__in=ids).aggregate(
        done=Count("pk", filter=Q(completed_at__gte=since)),
        late=Count(
            "pk",
            filter=Q(
                completed_at__isnull=True,
                due_on__lt=timezone.localdate(at),
                due_on__gte=day,
                module__live=True,
            ),
        ),
    )
    fired = RuleFiring.objects.filter(agent__in=ids, fired_at__gte=since).count()
    scorecards = reverse("scorecards:scorecard_list")
    training = reverse("training:team_training")
    found = [
        (
            graded["n"],
            "clipboard-check",
            ngettext(
                "%(n)d new scorecard, about %(people)d of your people",
                "%(n)d new scorecards, about %(people)d of your people",
                graded["n"],
            )
            % graded,
            f"{scorecards}?{urlencode({'graded_since': day.isoformat()})}",
        ),
        (
            opened,
            "scale",
            ngettext("%(n)d grade disputed", "%(n)d grades disputed", opened) % {"n": opened},
            reverse("scorecards:dispute_list"),
        ),
        (
            decided,
            "gavel",
            ngettext("%(n)d dispute decided", "%(n)d disputes decided", decided) % {"n": decided},
            reverse("scorecards:dispute_list"),
        ),
        (
            modules["done"],
            "graduation-cap",
            ngettext("%(n)d module finished", "%(n)d modules finished", modules["done"])
            % {"n": modules["done"]},
            training,
        ),
        (
            modules["late"],
            "clock",
            ngettext("%(n)d module fell overdue", "%(n)d modules fell overdue", modules["late"])
            % {"n": modules["late"]},
            training,
        ),
        (
            fired,
            "workflow",
            ngettext("A rule fired %(n)d time", "Rules fired %(n)d times", fired) % {"n": fired},
            reverse("coaching:rule_list"),
        ),
    ]
    return [News(icon, words, url) for n, icon, words, url in found if n]


def due_of(
    people: UserQuerySet,
    window: Window,
    *,
    reader: User,
    on: dt.date,
    standard: Standard | None = None,
    channel: str = "",
) -> list[Due]:
    """The most pressing of each kind: coaching to follow up, action items and modules overdue, too few
    scorecards for a figure in the table. Four queries."""
    ids = people.order_by().values("pk")
    follow_ups = (
        CoachingSession.objects.visible_to(reader)
        .filter(agent__in=ids)
        .follow_up_due(on=on)
        .select_related("agent")
        .order_by("follow_up_on", "pk")[:SHOWN]
    )
    items = (
        ActionItem.objects.visible_to(reader)
        .filter(agent__in=ids)
        .overdue(on=on)
        .select_related("agent")
        .order_by("due_on", "pk")[:SHOWN]
    )
    modules = (
        ModuleAssignment.objects.filter(user__in=ids)
        .overdue(on=on)
        .select_related("user", "module")
        .order_by("due_on", "pk")[:SHOWN]
    )
    return [
        *(Due(row.agent, _("talk again, as agreed"), row.get_absolute_url()) for row in follow_ups),
        *(
            Due(
                row.agent,
                _("action item overdue: %(text)s") % {"text": row.text},
                reverse("coaching:item_detail", args=[row.pk]),
            )
            for row in items
        ),
        *(
            Due(
                row.user,
                _("module overdue: %(module)s") % {"module": row.module.title},
                reverse("training:team_training"),
            )
            for row in modules
        ),
        *(
            Due(
                person,
                ngettext(
                    "%(n)d more scorecard until there is a figure",
                    "%(n)d more scorecards until there is a figure",
                    MINIMUM_SCORECARDS - person.graded,  # type: ignore[attr-defined]
                )
                % {"n": MINIMUM_SCORECARDS - person.graded},  # type: ignore[attr-defined]
                reverse("insights:person", args=[person.pk]),
            )
            for person in _thin(people, window, reader=reader, standard=standard, channel=channel)
        ),
    ]


def _thin(
    people: UserQuerySet,
    window: Window,
    *,
    reader: User,
    standard: Standard | None,
    channel: str,
) -> Iterable[User]:
    graded = (
        Rollup.objects.exclude(agent=reader, is_held=True)
        .filter(
            agent=OuterRef("pk"),
            subject=Rollup.Subject.TOTAL,
            month__range=(window.first, window.last),
        )
        .order_by()
        .values("agent")
        .annotate(count=Sum("n"))
        .values("count")
    )
    if standard is not None:
        versions = RubricVersion.objects.of_standard(standard.rubric_id, standard.first)
        graded = graded.filter(version__in=versions.values("pk"))
    if channel:
        graded = graded.filter(channel=channel)
    counted = people.annotate(graded=Coalesce(Subquery(graded), Value(0)))
    return counted.filter(graded__lt=MINIMUM_SCORECARDS).order_by(
        F("graded").desc(), "first_name", "last_name", "pk"
    )[:SHOWN]
