"""How the pages of the manual do: what readers say, and whether people fail where a page should help.

Everybody failing at what rests on one page, though the same people do well elsewhere, points to the page;
people who fail everywhere, or one person who fails here, do not. Only counts of people leave this module.
`docs/measurement.md` explains the tests.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, Field, Max, OuterRef, Q, Subquery, Sum
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from content.models import (
    Edition,
    ManualSectionPage,
    PageVote,
    ProcedurePage,
    Question,
    VisiblePageQuerySet,
)
from insights.kept import kept
from insights.skills import Window
from measurement.proportions import at_least, discoveries, more_often, wilson
from people.models import User
from scorecards.models import Criterion, Rollup, RubricVersion, Scorecard, VerdictReview
from training.models import AnsweredQuestion

MONTHS = 12
# Fewer people could be told apart.
SHOWN_FROM = 3
# Fewer people say nothing about a page.
TESTED_FROM = 5
HALF = 0.5
# Somebody always dislikes a page; no manual is so good that two dislikes stand out.
LEAST_BASELINE = 0.1


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n` people; `p` is how likely so many are by chance, None where it was not tested."""

    k: int = 0
    n: int = 0
    p: float | None = None
    elsewhere: int | None = None

    @property
    def is_shown(self) -> bool:
        return self.n >= SHOWN_FROM

    @property
    def percent(self) -> float:
        return 100 * self.k / self.n

    @property
    def low(self) -> float:
        return 100 * wilson(self.k, self.n)[0]

    @property
    def high(self) -> float:
        return 100 * wilson(self.k, self.n)[1]

    @property
    def is_half(self) -> bool:
        return self.n > 0 and self.k >= HALF * self.n


class Verdict(StrEnum):
    UNCLEAR = "unclear"
    LOOK = "look"
    NOTHING = "nothing"
    TOO_FEW = "too_few"


@dataclass
class PageHealth:
    """One page: `disliked` of its readers, `failing` of those graded by criteria that rest on it, `wrong`
    of those asked about it."""

    page: Page
    section: str
    since: dt.date
    disliked: Share = Share()
    failing: Share = Share()
    wrong: Share = Share()
    criteria: int = 0
    questions: int = 0
    standing_out: set[str] = field(default_factory=set)
    texts: list[PageVote] = field(default_factory=list)
    # Conversations after which an editor found it unclear; a sign that is read and not tested.
    found_unclear: int = 0

    @property
    def governance(self) -> Any:
        return getattr(self.page, "governance", None)

    def is_overdue(self, on: dt.date) -> bool:
        return self.governance is not None and self.governance.is_overdue(on=on)

    @property
    def shares(self) -> dict[str, Share]:
        return {"disliked": self.disliked, "failing": self.failing, "wrong": self.wrong}

    @property
    def verdict(self) -> Verdict:
        if len(self.standing_out) > 1:
            return Verdict.UNCLEAR
        if self.standing_out:
            return Verdict.LOOK
        if any(share.n >= TESTED_FROM for share in self.shares.values()):
            return Verdict.NOTHING
        return Verdict.TOO_FEW

    @property
    def sentence(self) -> str:
        """The verdict in words, with the counts it rests on."""
        if self.verdict is Verdict.NOTHING:
            return _("Nothing stands out.")
        if self.verdict is Verdict.TOO_FEW:
            return _("Too few people to say.")
        start = _("Likely unclear") if self.verdict is Verdict.UNCLEAR else _("Worth a look")
        return _("%(start)s: %(facts)s.") % {"start": start, "facts": self.facts}

    @cached_property
    def facts(self) -> str:
        """What stands out, with the counts."""
        facts = []
        if "failing" in self.standing_out:
            facts.append(
                ngettext(
                    "%(k)d of %(n)d people fail the criterion that rests on it (elsewhere %(other)d)",
                    "%(k)d of %(n)d people fail the criteria that rest on it (elsewhere %(other)d)",
                    self.criteria,
                )
                % {"k": self.failing.k, "n": self.failing.n, "other": self.failing.elsewhere or 0}
            )
        if "wrong" in self.standing_out:
            facts.append(
                _("%(k)d of %(n)d people get its questions wrong (of the others %(other)d)")
                % {"k": self.wrong.k, "n": self.wrong.n, "other": self.wrong.elsewhere or 0}
            )
        if "disliked" in self.standing_out:
            facts.append(
                _("%(k)d of %(n)d readers say it did not help")
                % {"k": self.disliked.k, "n": self.disliked.n}
            )
        return "; ".join(facts)


def page_health(user: User, *, at: dt.datetime) -> list[PageHealth]:
    """Every published page of the manual that `user` may read, in the manual's order.

    Nine queries at most, however many pages, and two more to add up the rollups in the database when
    something was graded since (of 20,000 scorecards on, once in five minutes); votes and the first
    attempts of the last twelve months are read. What was said and graded before a page's last material
    change is about other words and does not count; of grades, the month of the change does not either.
    """
    today = timezone.localdate(at)
    window = Window.of(MONTHS, until=today)
    rows = _pages(user, window.first)
    _add_votes(rows, at=at)
    _add_criteria(rows, window, reader=user)
    _add_questions(rows, window)
    _add_findings(rows)
    _judge(rows)
    return list(rows.values())


def reader_signs(user: User, *, at: dt.datetime) -> dict[int, PageHealth]:
    """By page, what readers say and how questions about it are answered, without any grade: for who
    looks at grades otherwise. Of these tests alone one in twenty may be chance. Six queries."""
    window = Window.of(MONTHS, until=timezone.localdate(at))
    rows = _pages(user, window.first)
    _add_votes(rows, at=at)
    _add_questions(rows, window)
    _judge(rows)
    return rows


def _judge(rows: Mapping[int, PageHealth]) -> None:
    """What stands out, of all tests together."""
    tests = [
        (row, name, share.p)
        for row in rows.values()
        for name, share in row.shares.items()
        if share.p is not None and share.n >= TESTED_FROM
    ]
    believed = discoveries([p for _row, _name, p in tests])
    for (row, name, _p), is_believed in zip(tests, believed, strict=True):
        if is_believed and row.shares[name].is_half:
            row.standing_out.add(name)


def _pages(user: User, first: dt.date) -> dict[int, PageHealth]:
    """Two queries."""
    changes = Edition.objects.material().filter(number__gt=1, page=OuterRef("pk")).order_by()
    pages = list(
        VisiblePageQuerySet(Page)
        .type(ProcedurePage, ManualSectionPage)
        .visible_to(user)
        .annotate(changed_at=Subquery(changes.values("page").values(last=Max("published_at"))))
        .select_related("governance__owner")
        .order_by("path")
    )
    # Who may read a page may read the sections above it.
    section = ContentType.objects.get_for_model(ManualSectionPage).pk
    titles = {page.path: page.title for page in pages if page.content_type_id == section}
    rows = {}
    for page in pages:
        change = page.changed_at
        since = max(first, timezone.localdate(change)) if change else first
        top = page.path[: Page.steplen * 4]
        rows[page.pk] = PageHealth(page, titles.get(top, ""), since)
    return rows


def _add_votes(rows: Mapping[int, PageHealth], *, at: dt.datetime) -> None:
    """Each reader's last answer. One query."""
    first = min((row.since for row in rows.values()), default=timezone.localdate(at))
    votes = PageVote.objects.filter(voted_at__gte=_midnight(first)).order_by("voted_at", "pk")
    last: dict[tuple[int, int], bool] = {}
    for page, reader, is_helpful, voted_at in votes.values_list(
        "page_id", "user_id", "is_helpful", "voted_at"
    ):
        if page in rows and timezone.localdate(voted_at) >= rows[page].since:
            last[page, reader] = is_helpful
    readers = Counter(page for page, _reader in last)
    dislikes = Counter(page for (page, _reader), is_helpful in last.items() if not is_helpful)
    everybody, disliking = readers.total(), dislikes.total()
    for pk, n in readers.items():
        k = dislikes[pk]
        # What the rest of the manual gets; counted as if one more had said yes and one more no.
        baseline = max(LEAST_BASELINE, (disliking - k + 1) / (everybody - n + 2))
        rows[pk].disliked = Share(k, n, at_least(k, n, baseline))


def _add_findings(rows: Mapping[int, PageHealth]) -> None:
    """What came of conversations that we and the customer judged differently. One query."""
    reviews = VerdictReview.objects.settled().filter(
        finding=VerdictReview.Finding.PAGE, procedure__in=rows
    )
    for page, settled_at in reviews.order_by().values_list("procedure", "settled_at"):
        if settled_at is not None and timezone.localdate(settled_at) >= rows[page].since:
            rows[page].found_unclear += 1


def _add_criteria(rows: Mapping[int, PageHealth], window: Window, *, reader: User) -> None:
    """Somebody fails where their weighted mean is under the pass mark. Three queries, and two more when
    something was graded since the last time."""
    held = Rollup.objects.filter(agent=reader, is_held=True, subject=Rollup.Subject.CRITERION)
    criteria = Criterion.objects.exclude(section__version__state=RubricVersion.State.DRAFT)
    marks: dict[int, float] = {}
    resting: dict[int, int] = {}
    keys: dict[int, set[str]] = defaultdict(set)
    found = list(
        criteria.order_by()
        .annotate(has_held=Exists(held))
        .values_list("pk", "procedure", "key", "section__version__pass_mark", "has_held")
    )
    has_held = any(is_any_held for *_criterion, is_any_held in found)
    for pk, procedure, key, mark, _held in found:
        marks[pk] = float(mark)
        if procedure in rows:
            resting[pk] = procedure
            keys[procedure].add(key)
    for pk, names in keys.items():
        rows[pk].criteria = len(names)
    if not resting:
        return
    graded = Rollup.objects.filter(month__range=(window.first, window.last)).order_by()
    if has_held:
        graded = graded.exclude(agent=reader, is_held=True)
    whole = graded.filter(subject=Rollup.Subject.TOTAL)
    since = {pk: rows[page].since for pk, page in resting.items()}
    # What is held back from nobody who reads here is the same to all of them.
    about = (
        window,
        sorted((pk, page, since[pk]) for pk, page in resting.items()),
        sorted(marks.items()),
        reader.pk if has_held else None,
    )
    failing = kept(
        "page-health",
        about,
        lambda: _stamp(whole, window),
        lambda: _failing(graded, marks, resting, since, window),
        n=lambda _found: whole.aggregate(n=Sum("n"))["n"] or 0,
    )
    for page, share in failing.items():
        rows[page].failing = share


def _stamp(whole: Any, window: Window) -> tuple[Any, ...]:
    """What changes whenever a grade does. A revision may leave the whole as it was, but is a scorecard of
    its own time. Two queries."""
    sums = whole.aggregate(
        Count("pk"), Sum("n"), Sum("sum_y"), Sum("sum_yy"), Sum("sum_w"), Sum("sum_wy")
    )
    scorecards = (
        Scorecard.objects.submitted()
        .filter(month__range=(window.first, window.last))
        .aggregate(Count("pk"), Max("pk"), Max("submitted_at"))
    )
    return (*sums.values(), *scorecards.values())


def _failing(
    graded: Any,
    marks: Mapping[int, float],
    resting: Mapping[int, int],
    since: Mapping[int, dt.date],
    window: Window,
) -> dict[int, Share]:
    """By page. Two queries, one where no page changed; rows that come are at most agents × criteria."""
    graded = graded.filter(subject=Rollup.Subject.CRITERION)
    changed = {pk: day for pk, day in since.items() if day != window.first}
    # How far above the pass mark somebody is, by weight: it adds up over versions with other marks.
    here: dict[tuple[int, int], float] = defaultdict(float)
    # The same over the whole window, with the weight: what to take away for "elsewhere".
    apart: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    whole: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for agent, criterion, w, wy in _summed(graded):
        above = wy - marks[criterion] * w
        whole[agent][0] += above
        whole[agent][1] += w
        if criterion in resting:
            pair = resting[criterion], agent
            apart[pair][0] += above
            apart[pair][1] += w
            if criterion not in changed:
                here[pair] += above
    if changed:
        late: dict[dt.date, list[int]] = defaultdict(list)
        for pk, day in changed.items():
            late[day].append(pk)
        after = Q(pk__in=[])
        for day, ids in late.items():
            after |= Q(subject_id__in=ids, month__gt=day)
        for agent, criterion, w, wy in _summed(graded.filter(after)):
            here[resting[criterion], agent] += wy - marks[criterion] * w
    people: dict[int, list[tuple[bool, bool | None]]] = defaultdict(list)
    for (procedure, agent), above in here.items():
        rest = whole[agent][0] - apart[procedure, agent][0]
        has_rest = whole[agent][1] - apart[procedure, agent][1] > _NEXT_TO_NOTHING
        fails_there = rest < -_NEXT_TO_NOTHING if has_rest else None
        people[procedure].append((above < -_NEXT_TO_NOTHING, fails_there))
    return {procedure: _compared(pairs) for procedure, pairs in people.items()}


def _summed(graded: Any) -> Any:
    """Agent, criterion, Σw, Σwy. The bare field asks for the numbers as they come."""
    sums = {"w": Sum("sum_w", output_field=Field()), "wy": Sum("sum_wy", output_field=Field())}
    return graded.values_list("agent", "subject_id").annotate(**sums).iterator(chunk_size=5000)


# Sums of floating numbers that should cancel leave less than this.
_NEXT_TO_NOTHING = 1e-6


def _compared(people: Iterable[tuple[bool, bool | None]]) -> Share:
    """How many fail here, tested against the same people elsewhere (None where they were not seen)."""
    pairs = list(people)
    both = [(here, there) for here, there in pairs if there is not None]
    return Share(
        k=sum(here for here, _there in pairs),
        n=len(pairs),
        p=more_often(
            sum(here and not there for here, there in both),
            sum(there and not here for here, there in both),
        ),
        elsewhere=sum(bool(there) for _here, there in both),
    )


def _add_questions(rows: Mapping[int, PageHealth], window: Window) -> None:
    """People whose answers to a page's questions are mostly wrong, each by their first attempt at a quiz
    and the present wording. Three queries, of which two read rows of answers."""
    testing = dict(Question.objects.filter(manual_page__in=rows).values_list("pk", "manual_page"))
    for pk, count in Counter(testing.values()).items():
        rows[pk].questions = count
    if not testing:
        return
    answered = AnsweredQuestion.objects.filter(attempt__submitted_at__gte=_midnight(window.first))
    whole = {
        attempt: (float(marks), asked)
        for attempt, marks, asked in answered.filter(
            attempt__in=answered.filter(question__in=testing).values("attempt")
        )
        .order_by()
        .values_list("attempt")
        .annotate(Sum("mark"), Count("pk"))
    }
    # The latest first: what it was asked is the present wording.
    latest = answered.filter(question__in=testing).order_by(
        "-attempt__started_at", "-attempt", "question"
    )
    wording: dict[int, str] = {}
    # Marks and questions of one attempt that are about one page.
    about: dict[tuple[int, int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for attempt, person, submitted_at, question, words, marks in latest.values_list(
        "attempt", "attempt__user", "attempt__submitted_at", "question", "wording", "mark"
    ).iterator():
        page = testing[question]
        if timezone.localdate(submitted_at) < rows[page].since:
            continue
        if wording.setdefault(question, words) == words:
            _add(about[attempt, person, page], marks, 1)
    # The same person's, on the page's questions and on the others of the same attempts.
    here: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    there: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (attempt, person, page), (marks, asked) in about.items():
        total, all_asked = whole[attempt]
        _add(here[page, person], marks, asked)
        _add(there[page, person], total - marks, all_asked - asked)
    people: dict[int, list[tuple[bool, bool | None]]] = defaultdict(list)
    for (page, person), (marks, asked) in here.items():
        others, left = there[page, person]
        fails_there = others < HALF * left - _NEXT_TO_NOTHING if left else None
        people[page].append((marks < HALF * asked, fails_there))
    for page, pairs in people.items():
        rows[page].wrong = _compared(pairs)


def _add(sums: list[float], marks: float, count: float) -> None:
    sums[0] += marks
    sums[1] += count


def add_texts(rows: Iterable[PageHealth], *, most: int = 5) -> None:
    """What readers wrote, the newest first, without who they are. One query."""
    by_page = {row.page.pk: row for row in rows}
    written = PageVote.objects.filter(page__in=by_page).exclude(text="").defer("user", "session")
    first = min((row.since for row in by_page.values()), default=None)
    if first:
        written = written.filter(voted_at__gte=_midnight(first))
    for vote in written:
        row = by_page[vote.page_id]
        if len(row.texts) < most and timezone.localdate(vote.voted_at) >= row.since:
            row.texts.append(vote)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
