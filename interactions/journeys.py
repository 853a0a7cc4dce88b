"""All that happened between one customer and us, in the order it happened."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    F,
    Max,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast
from wagtail import hooks

from interactions.models import (
    Customer,
    Interaction,
    PublicReview,
    SurveyAnswer,
    SurveyInvitation,
)
from interactions.models.withholding import ids_withheld_from
from people.models import User
from ui import pagination
from ui.pagination import LongList

CONTACT, REVIEW = "contact", "review"


def customers_in_order(
    contacts: QuerySet[Interaction], known: QuerySet[Customer] | None, order: str
) -> QuerySet[Any, Any]:
    """Keys of those who have any of `contacts`, all of them or those in `known`; `order` is "latest",
    "most" or "name". One query, which reads of contacts no more than their index."""
    if order == "name":
        having = Q(pk__in=contacts.values("customer"))
        named = Customer.objects.all() if known is None else known
        return (
            named.filter(having).order_by("name", "external_id", "pk").values_list("pk", flat=True)
        )
    if known is not None:
        contacts = contacts.filter(customer__in=known.order_by().values("pk"))
    found = contacts.values("customer")
    by = {"latest": Max("occurred_at"), "most": Count("*")}[order]
    return found.annotate(by=by).order_by("-by", "-customer").values_list("customer", flat=True)


class CustomersInOrder(LongList):
    """What `customers_in_order` finds, for `paginate`, where there may be a million contacts.

    To know whose contact is the latest, the newest of each customer would be looked up. Who came among
    the newest contacts of all came latest: a page that these fill needs no more. Two queries, in a
    long list of whom the newest few do not fill a page three.
    """

    def __init__(
        self, contacts: QuerySet[Interaction], known: QuerySet[Customer] | None, order: str
    ) -> None:
        self.rows = customers_in_order(contacts, known, order)
        self.contacts = contacts if order == "latest" and known is None else None
        if order == "name":
            self.count_up_to(self.rows.order_by())
        else:
            if known is not None:
                contacts = contacts.filter(customer__in=known.order_by().values("pk"))
            self.count_up_to(contacts.order_by().values("customer").distinct())

    def __getitem__(self, place: slice) -> list[int]:
        among = pagination.LOOKED_AMONG[0]
        if self.contacts is not None and self.is_capped and place.stop <= among:
            newest = self.contacts.order_by("-occurred_at", "-customer")
            theirs = newest.values_list("customer", flat=True)[:among]
            found = dict.fromkeys(theirs)
            if len(found) >= place.stop:
                return list(found)[place]
        return list(self.rows[place])


def with_contacts(contacts: QuerySet[Interaction], keys: Iterable[int]) -> list[Customer]:
    """The customers in the order of `keys`, each with `count` and `latest` of `contacts`. Two queries."""
    keys = list(keys)
    told = contacts.filter(customer__in=keys).values("customer")
    facts = {each["customer"]: each for each in told.annotate(n=Count("*"), at=Max("occurred_at"))}
    rows = Customer.objects.in_bulk(keys)
    for pk, customer in rows.items():
        customer.count, customer.latest = facts[pk]["n"], facts[pk]["at"]  # type: ignore[attr-defined]
    return [rows[pk] for pk in keys if pk in rows]


@dataclass(slots=True)
class Step:
    """One entry: a contact with what was said of it, or a review that belongs to no known contact."""

    interaction: Interaction | None = None
    review: PublicReview | None = None
    answers: list[SurveyAnswer] = field(default_factory=list)
    reviews: list[PublicReview] = field(default_factory=list)
    grades: list[Any] = field(default_factory=list)
    invitation: SurveyInvitation | None = None
    is_withheld: bool = False

    @property
    def at(self) -> dt.datetime | dt.date | None:
        if self.interaction:
            return self.interaction.occurred_at
        return self.review.posted_on if self.review else None


def places(user: User, customers: Sequence[int], *, channel: str = "", newest: bool = True) -> Any:
    """(when, what, key) of everything `user` may see, for `paginate`."""
    contacts = Interaction.objects.visible_to(user).filter(customer__in=customers)
    if channel:
        contacts = contacts.filter(channel=channel)
    rows = _placed(contacts, F("occurred_at"), CONTACT)
    if not channel:
        alone = PublicReview.objects.visible_to(user).filter(
            Q(interaction=None) | ~Q(interaction__in=contacts.order_by().values("pk")),
            customer__in=customers,
        )
        rows = rows.union(_placed(alone, Cast("posted_on", DateTimeField()), REVIEW), all=True)
    return rows.order_by(*(f"-{name}" if newest else name for name in ("at", "what", "key")))


def _placed(rows: QuerySet[Any], at: Any, what: str) -> QuerySet[Any, Any]:
    named = rows.order_by().annotate(at=at, what=Value(what, output_field=CharField()), key=F("pk"))
    return named.values_list("at", "what", "key")


def steps(user: User, found: Sequence[tuple[Any, str, int]]) -> list[Step]:
    """The entries of one page. As many queries however many there are.

    What rooms above know of grades comes by the hook "grades_of_interactions":
    `fn(user, ids) -> {id: grades}`, each with `percent`, `get_outcome_display` and an address.
    """
    contacts = [pk for _at, what, pk in found if what == CONTACT]
    rows = Interaction.objects.visible_to(user).with_people().in_bulk(contacts)
    answers: dict[int, list[SurveyAnswer]] = {}
    for answer in SurveyAnswer.objects.open_to(user).filter(interaction__in=rows).order_by("pk"):
        answers.setdefault(answer.interaction_id, []).append(answer)
    withheld: set[int] = set()
    if rows and ids_withheld_from(user):
        hidden = Interaction.objects.rating_withheld_from(user).filter(pk__in=rows)
        withheld = set(hidden.values_list("pk", flat=True))
    asked = SurveyInvitation.objects.filter(interaction__in=rows).select_related("version__survey")
    invitations = {each.interaction_id: each for each in asked}
    reviews = PublicReview.objects.visible_to(user).with_words()
    reviews = reviews.filter(
        Q(interaction__in=rows) | Q(pk__in=[pk for _at, what, pk in found if what == REVIEW])
    )
    by_contact: dict[int, list[PublicReview]] = {}
    alone: dict[int, PublicReview] = {}
    for review in reviews.order_by("posted_on", "pk"):
        alone[review.pk] = review
        if review.interaction_id:
            by_contact.setdefault(review.interaction_id, []).append(review)
    grades: dict[int, list[Any]] = {}
    for grades_of in hooks.get_hooks("grades_of_interactions"):
        for pk, given in grades_of(user, list(rows)).items():
            grades.setdefault(pk, []).extend(given)
    made = []
    for _at, what, pk in found:
        if what == REVIEW and pk in alone:
            made.append(Step(review=alone[pk]))
        elif what == CONTACT and pk in rows:
            made.append(
                Step(
                    interaction=rows[pk],
                    answers=answers.get(pk, []),
                    reviews=by_contact.get(pk, []),
                    grades=grades.get(pk, []),
                    invitation=invitations.get(pk),
                    is_withheld=pk in withheld,
                )
            )
    return made


def counts(user: User, customers: Sequence[int]) -> list[tuple[str, int]]:
    """(channel, contacts), the most used first. One query."""
    rows = Interaction.objects.visible_to(user).filter(customer__in=customers).order_by()
    found = rows.values("channel").annotate(n=Count("pk")).order_by("-n", "channel")
    return list(found.values_list("channel", "n"))
