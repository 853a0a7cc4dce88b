"""One customer, gone on request."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import (
    Customer,
    Erasure,
    ImportRejection,
    ImportRun,
    Interaction,
    PublicReview,
    PublicReviewNote,
    Recording,
    SurveyAnswer,
)
from interactions.models.same_person import CustomerLink, same_as
from interactions.privacy.removing import (
    REMOVED,
    forget_addresses,
    make_nameless,
    rejections_with,
    remove_recordings,
    remove_words,
)
from interactions.signals import customers_erased
from people.audit import record
from people.models import User

SHORTEST_TELLING = 5
# What the audit log has of a review that says whose it is.
FOUND_SHOWN = 50
BATCH = 200


class NotErasable(Exception):
    """There is nothing to erase, or no reason; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is kept of some customers, and what cannot be reached from here: files of imports that
    wait or stopped."""

    interactions: int
    messages: int
    recordings: int
    comments: int
    reviews: int
    rejected_rows: int
    waiting_files: int

    def as_counts(self) -> dict[str, int]:
        return {
            "interactions": self.interactions,
            "messages": self.messages,
            "recordings": self.recordings,
            "comments": self.comments,
            "reviews": self.reviews,
            "rejected_rows": self.rejected_rows,
        }


def found_customers(said: str) -> list[Customer]:
    """Customers by name, e-mail address or id, or by the id of one of their interactions. One query."""
    said = said.strip()
    if not said:
        return []
    through = Interaction.objects.filter(external_id=said).values("customer")
    rows = Customer.objects.filter(
        Q(name__icontains=said)
        | Q(external_id__icontains=said)
        | Q(email__iexact=said)
        | Q(pk__in=through)
    ).exclude(name="", external_id__startswith="removed-")
    return list(rows.order_by("name", "source", "pk")[:FOUND_SHOWN])


def same_elsewhere(customer: Customer) -> list[Customer]:
    """Rows of other sources, or of the same, that may be the same person: linked by somebody, or by id,
    e-mail address or name. Two queries."""
    same = Q(external_id=customer.external_id) | Q(pk__in=same_as(customer.pk))
    if customer.name:
        same |= Q(name__iexact=customer.name)
    if customer.email:
        same |= Q(email__iexact=customer.email)
    return list(Customer.objects.filter(same).exclude(pk=customer.pk).order_by("source", "pk")[:20])


def extent(customers: Collection[Customer]) -> Extent:
    """Seven queries; the rejected rows are read through."""
    rows = Interaction.objects.filter(customer__in=customers)
    return Extent(
        interactions=rows.count(),
        messages=rows.filter(words_removed_at__isnull=True).aggregate(n=Sum("message_count"))["n"]
        or 0,
        recordings=Recording.objects.filter(interaction__in=rows).count(),
        comments=SurveyAnswer.objects.filter(interaction__in=rows).exclude(text="").count(),
        reviews=_reviews(customers).count(),
        rejected_rows=_rejected(customers).count(),
        waiting_files=ImportRun.objects.exclude(file="").count(),
    )


@transaction.atomic
def erase_customers(
    customers: Sequence[Customer], *, by: User, reason: str, at: dt.datetime | None = None
) -> Erasure:
    """Remove what these customers said, how it sounded and who they are. Grades, counts and the places of
    evidence stay. Raises `NotErasable` without a reason."""
    at = at or timezone.now()
    reason = reason.strip()
    if not reason:
        raise NotErasable(_("Say why, for example the date of the request."))
    customers = list(
        Customer.objects.select_for_update().filter(pk__in=[each.pk for each in customers])
    )
    if not customers:
        raise NotErasable(_("This customer is not here any more."))
    telling = _telling(customers)
    if any(text.casefold() in reason.casefold() for text in telling):
        raise NotErasable(_("The reason is kept: leave the customer’s name and id out of it."))
    counts = extent(customers).as_counts()
    _rejected(customers).update(content="", reason=_("Erased on request."), external_id="")
    ids = list(
        Interaction.objects.filter(customer__in=customers)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    _forget_reviews(customers)
    forget_addresses(ids, reason=_("The customer was erased on request."))
    customers_erased.send(Customer, customers=customers, ids=ids)
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        remove_words(some, at=at, is_erased=True)
        remove_recordings(some, at=at)
    Interaction.objects.filter(pk__in=ids).update(customer_removed_at=at)
    make_nameless(customers)
    CustomerLink.objects.filter(Q(first__in=customers) | Q(second__in=customers)).delete()
    erasure = Erasure.objects.create(reason=reason, by=by, erased_at=at, counts=counts)
    record("erase_customer", by=by, of=erasure, after={"reason": reason, **counts}, at=at)
    return erasure


def _reviews(customers: Collection[Customer]) -> QuerySet[PublicReview]:
    return PublicReview.objects.filter(
        Q(customer__in=customers) | Q(interaction__customer__in=customers)
    )


def _forget_reviews(customers: Collection[Customer]) -> None:
    """Where it stood, its rating and that we answered stay; whose it was and what was said do not. The
    audit log never had that."""
    reviews = list(_reviews(customers).values_list("pk", flat=True))
    rows = PublicReview.objects.filter(pk__in=reviews)
    PublicReviewNote.objects.filter(review__in=reviews).update(text=REMOVED)
    rows.exclude(reply="").update(reply=REMOVED)
    rows.exclude(text="").update(text=REMOVED)
    rows.update(author="", title="", url="", may_quote=False)


def _rejected(customers: Collection[Customer]) -> QuerySet[ImportRejection]:
    """Rows that were not imported and tell of these customers."""
    return ImportRejection.objects.filter(rejections_with(_telling(customers)))


def _telling(customers: Collection[Customer]) -> set[str]:
    """What tells who somebody is: short ids such as 12 tell nothing, and stand in every other row."""
    said = {text for each in customers for text in (each.external_id, each.name, each.email)}
    return {text for text in said if len(text) >= SHORTEST_TELLING}
