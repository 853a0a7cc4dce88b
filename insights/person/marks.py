"""What happened to a person meanwhile, and what was agreed: marks and lines in the charts of skills.

A mark says that something happened on a day. Whether it had an effect is for the page Training effect,
which compares.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.models import AgendaItem, CoachingSession, Goal
from content.models import Edition, ModulePage, ProcedurePage
from insights import wording
from insights.skills import Measure, Standard, Window
from people.dates import add_months
from people.models import User
from scorecards.models import Criterion
from training.models import Completion
from ui.charts import Event, Target


@dataclass(frozen=True)
class Marks:
    """`events` with the skills each is about: none where it is about all of them. `targets` by skill."""

    events: Sequence[tuple[frozenset[int], Event]] = ()
    targets: dict[int, list[Target]] = field(default_factory=dict)

    def events_of(self, measure: Measure) -> list[Event]:
        return [
            event
            for skills, event in self.events
            if measure.is_whole or not skills or measure.subject_id in skills
        ]

    def targets_of(self, measure: Measure) -> list[Target]:
        return [] if measure.is_whole else self.targets.get(measure.subject_id, [])


def marks_of(person: User, window: Window, versions: Collection[int], *, reader: User) -> Marks:
    """As far as `reader` may see them. Eight queries at most; `versions` are those of the rubric by
    which the person was graded."""
    return Marks(
        [
            *_training(person, window),
            *_coaching(person, window, reader=reader),
            *_procedures(window, versions, reader=reader),
        ],
        _goals(person, window, reader=reader),
    )


def versions_of(standards: Collection[Standard], by_version: dict[int, Standard]) -> list[int]:
    return [version for version, standard in by_version.items() if standard in standards]


def _limits(window: Window) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of the window and the first one after it, in the reader's time zone."""
    days = (window.first, add_months(window.last, 1))
    first, after = (timezone.make_aware(dt.datetime.combine(day, dt.time())) for day in days)
    return first, after


_Marked = tuple[frozenset[int], Event]


def _training(person: User, window: Window) -> list[_Marked]:
    first, after = _limits(window)
    done = Completion.objects.filter(
        user=person,
        completed_at__gte=first,
        completed_at__lt=after,
        page__in=ModulePage.objects.values("pk"),
    )
    rows = list(done.order_by("completed_at", "pk").values_list("page", "completed_at"))
    pages = ModulePage.objects.filter(pk__in={page for page, _at in rows})
    modules = {page.pk: page for page in pages.prefetch_related("skills")}
    found = []
    for page, at in rows:
        module = modules[page]
        event = Event(
            timezone.localdate(at),
            "training",
            _("finished “%(module)s”") % {"module": module.title},
            (module.url or "") if module.live else "",
        )
        found.append((frozenset(skill.pk for skill in module.skills.all()), event))
    return found


def _coaching(person: User, window: Window, *, reader: User) -> list[_Marked]:
    first, after = _limits(window)
    sessions = list(
        CoachingSession.objects.visible_to(reader)
        .held()
        .filter(agent=person, starts_at__gte=first, starts_at__lt=after)
        .select_related("coach")
        .order_by("starts_at", "pk")
    )
    about: dict[int, set[int]] = {}
    spoken = AgendaItem.objects.filter(session__in=sessions, criterion__isnull=False).order_by()
    for session, skill in spoken.values_list("session", "criterion__skill"):
        about.setdefault(session, set()).add(skill)
    return [
        (
            frozenset(about.get(session.pk, ())),
            Event(
                timezone.localdate(session.starts_at),
                "coaching",
                _("talk with %(coach)s") % {"coach": session.coach},
                session.get_absolute_url(),
            ),
        )
        for session in sessions
    ]


def _procedures(window: Window, versions: Collection[int], *, reader: User) -> list[_Marked]:
    """Material editions after the first of the procedures that the rubric rests on."""
    about: dict[int, set[int]] = {}
    resting = Criterion.objects.filter(section__version__in=versions, procedure__isnull=False)
    for page, skill in resting.order_by().values_list("procedure", "skill").distinct():
        about.setdefault(page, set()).add(skill)
    first, after = _limits(window)
    editions = Edition.objects.material().filter(
        page__in=about, number__gt=1, published_at__gte=first, published_at__lt=after
    )
    editions = editions.filter(page__in=ProcedurePage.objects.visible_to(reader).values("pk"))
    columns = ("page", "page__title", "number", "note", "published_at")
    found = []
    for page, title, number, note, at in editions.order_by("published_at", "pk").values_list(
        *columns
    ):
        words = {"procedure": title, "number": number, "note": note}
        label = _("“%(procedure)s”, edition %(number)d: %(note)s")
        if not note:
            label = _("“%(procedure)s”, edition %(number)d")
        url = reverse("content:page_history", args=[page])
        found.append(
            (
                frozenset(about[page]),
                Event(timezone.localdate(at), "procedure", label % words, url),
            )
        )
    return found


def _goals(person: User, window: Window, *, reader: User) -> dict[int, list[Target]]:
    first, after = _limits(window)
    goals = Goal.objects.visible_to(reader).filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=first),
        agent=person,
        set_at__lt=after,
        due_on__gte=window.first,
    )
    found: dict[int, list[Target]] = {}
    for goal in goals.order_by("set_at", "pk"):
        last = (
            min(goal.due_on, timezone.localdate(goal.closed_at)) if goal.closed_at else goal.due_on
        )
        words = {"target": wording.whole(float(goal.target)), "day": date_format(goal.due_on)}
        label = _("goal: %(target)s %% by %(day)s") % words
        if goal.closed_at:
            label = _("goal that was closed: %(target)s %% by %(day)s") % words
        found.setdefault(goal.skill_id, []).append(
            Target(float(goal.target), label, timezone.localdate(goal.set_at), last)
        )
    return found
