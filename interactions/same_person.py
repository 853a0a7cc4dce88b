"""Saying that two customers are one person, and taking it back."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import Customer, CustomerLink, same_as
from people.audit import record
from people.models import User


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@transaction.atomic
def link_customers(
    one: Customer, other: Customer, *, by: User, at: dt.datetime | None = None
) -> CustomerLink:
    """Say that both are the same person. Neither row changes, so that it can be taken back."""
    at = at or timezone.now()
    if one.is_removed or other.is_removed:
        raise NotAllowed(_("Who a removed customer was is not said again."))
    if one.pk == other.pk:
        raise NotAllowed(_("That is the same customer already."))
    if other.pk in same_as(one.pk):
        raise NotAllowed(_("These two are linked already."))
    first, second = sorted((one, other), key=lambda each: each.pk)
    link, is_new = CustomerLink.objects.get_or_create(
        first=first, second=second, defaults={"made_by": by, "made_at": at}
    )
    if is_new:
        after = {"customers": [first.pk, second.pk]}
        record("link_customers", by=by, of=link, after=after, at=at)
    return link


@transaction.atomic
def unlink_customers(link: CustomerLink, *, by: User, at: dt.datetime | None = None) -> None:
    before = {"customers": [link.first_id, link.second_id]}
    record("unlink_customers", by=by, of=link, before=before, at=at)
    link.delete()


def likely_same(customers: list[Customer]) -> list[Customer]:
    """Others who might be this person: the same e-mail address, or the same whole name. One query."""
    alike = Q(pk__in=[])
    for customer in customers:
        if customer.email:
            alike |= Q(email__iexact=customer.email)
        if " " in customer.name.strip():
            alike |= Q(name__iexact=customer.name)
    known = [customer.pk for customer in customers]
    return list(Customer.objects.filter(alike).exclude(pk__in=known).order_by("pk")[:5])
