"""People are asked to sign for procedures, and sign.

`ask_for_signatures` makes true what ought to be: each published procedure asks everybody concerned who
has not signed its last material edition, and nobody else. It may run as often as one likes, for some
procedures or for some people, and is what a publication, a change of teams and the command all call.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import PageViewRestriction

from content.models import ChangeKind, Edition, ProcedureChannel, ProcedurePage
from people import audit
from people.models import Membership, Team, User
from people.roles import Role
from training.actions.refusals import NotAllowed
from training.models import Acknowledgement

# Procedures whose requests are held in memory at once: of everybody, and of a few people.
AT_ONCE = 20
AT_ONCE_OF_FEW = 1000
FEW = 50
BATCH = 1000


class NothingToSign(NotAllowed):
    """The request was withdrawn or signed meanwhile, or was never made."""


class EditionMovedOn(NotAllowed):
    """A newer edition was published since the person opened the page."""

    def __init__(self, message: str, *, newest: Edition) -> None:
        super().__init__(message)
        self.newest = newest


@dataclass(slots=True)
class AskingReport:
    asked: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class _Person:
    pk: int
    teams: frozenset[int]
    groups: frozenset[int]


def ask_for_signatures(
    *,
    pages: Collection[int] | None = None,
    users: Collection[int] | None = None,
    by: User | None = None,
    at: dt.datetime | None = None,
) -> AskingReport:
    """Ask who is to be asked and withdraw what is not asked any more; all pages and people if not said.

    A dozen queries for each twenty procedures, whatever the number of people (for a few people, for
    the whole manual), and what is written; 2,000 people are asked in a few inserts. Two that run at
    once meet in the constraint "one open request" and ask once.
    """
    at = at or timezone.now()
    report = AskingReport()
    # A procedure asks once, whatever the languages it is in.
    chosen = ProcedurePage.objects.originals().filter(editions__isnull=False)
    if pages is not None:
        chosen = chosen.filter(pk__in=pages)
    ids = sorted(set(chosen.values_list("pk", flat=True)))
    people = _people(users, on=timezone.localdate(at)) if ids else []
    step = AT_ONCE_OF_FEW if users is not None and len(users) <= FEW else AT_ONCE
    for start in range(0, len(ids), step):
        with transaction.atomic():
            _settle(ids[start : start + step], people, users, report, by=by, at=at)
    return report


def _people(users: Collection[int] | None, *, on: dt.date) -> list[_Person]:
    """Those who serve customers, with their teams of that day. Three queries."""
    agents = User.objects.filter(is_active=True).with_role(Role.AGENT)
    if users is not None:
        agents = agents.filter(pk__in=users)
    teams: dict[int, set[int]] = defaultdict(set)
    memberships = Membership.objects.current(on=on).filter(kind=Membership.Kind.MEMBER)
    groups: dict[int, set[int]] = defaultdict(set)
    held = User.groups.through.objects.all()
    if users is not None:
        memberships, held = memberships.filter(user__in=users), held.filter(user__in=users)
    for user, team in memberships.order_by().values_list("user", "team"):
        teams[user].add(team)
    for user, group in held.values_list("user", "group"):
        groups[user].add(group)
    return [
        _Person(pk, frozenset(teams[pk]), frozenset(groups[pk]))
        for pk in agents.order_by("pk").values_list("pk", flat=True)
    ]


def _settle(
    ids: list[int],
    people: list[_Person],
    users: Collection[int] | None,
    report: AskingReport,
    *,
    by: User | None,
    at: dt.datetime,
) -> None:
    pages = ProcedurePage.objects.filter(pk__in=ids).defer_streamfields()
    wanted: dict[int, Edition] = {}
    for material in (
        Edition.objects.filter(page__in=ids, kind=ChangeKind.MATERIAL)
        .order_by("page", "number")
        .defer("text")
    ):
        wanted[material.page_id] = material
    rows = Acknowledgement.objects.filter(page__in=ids)
    if users is not None:
        rows = rows.filter(user__in=users)
    signed: dict[tuple[int, int], int] = {}
    for page_id, user, number in (
        rows.signed()
        .order_by()
        .values_list("page", "user")
        .annotate(number=Max("signed_edition__number"))
    ):
        signed[page_id, user] = number
    opened: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for pk, page_id, user, number in rows.open().values_list(
        "pk", "page", "user", "edition__number"
    ):
        opened[page_id].append((pk, user, number))
    concerned = _concerned(pages, people)
    due_on = timezone.localdate(at) + dt.timedelta(days=settings.SIGN_WITHIN_DAYS)
    for page in pages:
        edition = wanted.get(page.pk)
        whom = concerned[page.pk] if page.live and edition is not None else set()
        away: dict[str, list[int]] = defaultdict(list)
        stays = set()
        for pk, user, number in opened[page.pk]:
            if not page.live:
                away[Acknowledgement.Reason.UNPUBLISHED].append(pk)
            elif user not in whom:
                away[Acknowledgement.Reason.NOT_CONCERNED].append(pk)
            elif edition is not None and number < edition.number:
                away[Acknowledgement.Reason.REPLACED].append(pk)
            else:
                stays.add(user)
        withdrawn = sum(_withdraw(pks, reason, at=at) for reason, pks in away.items())
        fresh = [
            Acknowledgement(
                user_id=user, page_id=page.pk, edition=edition, asked_at=at, due_on=due_on
            )
            for user in sorted(whom - stays)
            if edition is not None and signed.get((page.pk, user), 0) < edition.number
        ]
        Acknowledgement.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
        report.asked += len(fresh)
        report.withdrawn += withdrawn
        if fresh or withdrawn:
            after = {
                "edition": edition.number if edition else None,
                "asked": len(fresh),
                "withdrawn": withdrawn,
            }
            audit.record("ask_for_signatures", by=by, of=page, after=after, at=at)


def _withdraw(pks: list[int], reason: str, *, at: dt.datetime) -> int:
    """How many were still open; one that was signed at this moment stays signed."""
    return sum(
        Acknowledgement.objects.open()
        .filter(pk__in=pks[start : start + BATCH])
        .update(withdrawn_at=at, withdrawn_because=reason)
        for start in range(0, len(pks), BATCH)
    )


def _concerned(pages: Collection[ProcedurePage], people: list[_Person]) -> dict[int, set[int]]:
    """Who each page is for: by the teams its editor chose, by the channels those teams serve, and by who
    may read it at all. Four queries."""
    ids = [page.pk for page in pages]
    chosen: dict[int, set[int]] = defaultdict(set)
    for page, team in ProcedurePage.teams.through.objects.filter(procedurepage__in=ids).values_list(
        "procedurepage", "team"
    ):
        chosen[page].add(team)
    channels: dict[int, set[str]] = defaultdict(set)
    for page, channel in ProcedureChannel.objects.filter(page__in=ids).values_list(
        "page", "channel"
    ):
        channels[page].add(channel)
    serves = dict(Team.objects.values_list("pk", "channels"))
    restrictions = list(
        PageViewRestriction.objects.exclude(restriction_type=PageViewRestriction.LOGIN)
        .select_related("page")
        .prefetch_related("groups")
    )
    found = {}
    for page in pages:
        fitting = {
            team
            for team, served in serves.items()
            if (not chosen[page.pk] or team in chosen[page.pk])
            and (not served or not channels[page.pk] or channels[page.pk] & set(served))
        }
        barriers = list(_barriers(page, restrictions))
        found[page.pk] = {
            person.pk
            for person in people
            if (person.teams & fitting or (not person.teams and not chosen[page.pk]))
            and all(person.groups & admitted for admitted in barriers)
        }
    return found


def _barriers(
    page: ProcedurePage, restrictions: list[PageViewRestriction]
) -> Iterator[frozenset[int]]:
    """The groups that each privacy setting on or above `page` lets in. A shared password lets in none:
    who knows it cannot be asked of the database."""
    for restriction in restrictions:
        if page.path.startswith(restriction.page.path):
            yield frozenset(group.pk for group in restriction.groups.all())


def _translation_read(pk: int, opened: Acknowledgement, edition: int) -> Edition | None:
    """The edition of a translation that may be signed for: the one that is published now, with the words
    of the original's `edition`, which has to be as new as what is asked."""
    key = opened.page.translation_key
    read = (
        Edition.objects.filter(pk=pk, page__translation_key=key, page__live=True)
        .exclude(page=opened.page_id)
        .select_related("page")
        .first()
    )
    if read is None or read.page.editions.filter(number__gt=read.number).exists():
        return None
    if read.page.translated_edition != edition or edition < opened.edition.number:
        return None
    return read


def sign(
    user: User,
    page: ProcedurePage,
    *,
    edition: int,
    translation: int | None = None,
    at: dt.datetime | None = None,
) -> Acknowledgement:
    """Sign for the edition with that number, which is the one the person has read; in the `translation`
    with that edition (its id), if they read one. It counts for the procedure.

    Raises `EditionMovedOn` when a newer one is published: what was read is not what holds. Raises
    `NothingToSign` when the page does not ask this person any more.
    """
    at = at or timezone.now()
    with transaction.atomic():
        # In the order in which a publication takes them: the page, then its requests.
        stored = ProcedurePage.objects.select_for_update(of=("self",)).get(pk=page.pk)
        if not stored.live:
            raise NothingToSign(
                _("“%s” is not published any more, so nobody has to sign for it.") % page.title
            )
        newest = Edition.objects.filter(page_id=page.pk).order_by("-number").first()
        opened = (
            Acknowledgement.objects.select_for_update().open().filter(user=user, page=page).first()
        )
        if opened is None:
            raise NothingToSign(
                _("You have signed for “%s” already, or are not asked to any more.") % page.title
            )
        read = newest
        if translation is not None:
            opened.signed_translation = _translation_read(translation, opened, edition)
            read = page.editions.filter(number=edition).first()
        is_missed = read is None or read.number != edition
        if (
            newest is None
            or read is None
            or is_missed
            or (translation and not opened.signed_translation)
        ):
            raise EditionMovedOn(
                _("A newer edition was published while you were reading. See what is different."),
                newest=newest or opened.edition,
            )
        opened.signed_at, opened.signed_edition = at, read
        opened.save(update_fields=["signed_at", "signed_edition", "signed_translation"])
        audit.record(
            "sign_procedure",
            by=user,
            of=opened,
            after={
                "user": user.pk,
                "page": page.pk,
                "edition": read.number,
                "revision": read.revision_number,
                "translation": translation,
            },
            at=at,
        )
    return opened
