"""Customers, and what happened between one of them and us over all channels."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from interactions import same_person
from interactions.filters import tiers
from interactions.journeys import (
    CustomersInOrder,
    counts,
    customers_in_order,
    places,
    steps,
    with_contacts,
)
from interactions.list_files import CUSTOMERS, JOURNEY
from interactions.models import Customer, CustomerLink, Interaction, same_as
from interactions.permissions import can_link_customers, can_see_source_data
from people.channels import Channel
from people.converters import DATABASE_ID
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

ORDERS = {
    "latest": gettext_lazy("Latest contact first"),
    "most": gettext_lazy("Most contacts first"),
    "name": gettext_lazy("By name"),
}


class LinkForm(forms.Form):
    """The other customer, by address or id; a suggestion brings its key in `customer`."""

    other = forms.CharField(
        label=gettext_lazy("The other customer’s id"),
        max_length=200,
        help_text=gettext_lazy("As the source has it; where several have the same, “source: id”."),
    )

    def clean_other(self) -> Customer:
        words = self.cleaned_data["other"].replace("\x00", "").strip()
        found = Customer.objects.filter(external_id=words)
        source, colon, rest = words.partition(":")
        if colon and not found.exists():
            found = Customer.objects.filter(source=source.strip(), external_id=rest.strip())
        rows = list(found[:2])
        if not rows:
            raise forms.ValidationError(_("No customer has this id."))
        if len(rows) > 1:
            raise forms.ValidationError(
                _("Several sources have this id. Write it as “source: id”, for example “desk: 17”.")
            )
        return rows[0]


@require_list
def customer_list(request: SignedInRequest) -> HttpResponseBase:
    """Whose contacts one may see (`?q=` part of a name or the beginning of an id, `?tier=`, `?sort=`).
    Constant queries."""
    known = Customer.objects.all()
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if words:
        known = known.filter(
            Q(name__icontains=words) | Q(external_id__istartswith=words) | Q(email__iexact=words)
        )
    offered = [each for each in tiers() if each] if _sees_tiers(request.user) else []
    tier = request.GET.get("tier", "")
    if tier in offered:
        known = known.filter(tier=tier)
    sort = request.GET.get("sort", "")
    sort = sort if sort in ORDERS else "latest"
    contacts = Interaction.objects.visible_to(request.user).exclude(customer=None).order_by()
    asked = contacts, known if words or tier in offered else None, sort
    looked_up = partial(with_contacts, contacts)
    rows = customers_in_order(*asked)
    if answer := list_export(request, rows, CUSTOMERS, "customers", prepare=looked_up):
        return answer
    found = CustomersInOrder(*asked)
    page = paginate(request, found)
    page.object_list = looked_up(list(page))
    context = {
        "page": page,
        "is_capped": found.is_capped,
        "q": words,
        "tiers": offered,
        "tier": tier if tier in offered else "",
        "orders": list(ORDERS.items()),
        "sort": sort,
    }
    return render(request, "interactions/customer_list.html", context)


@require_list
def customer_journey(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """All contacts of one customer, also as other sources know them, with what both sides said of each
    (`?channel=`, `?sort=oldest`). What one must not know yet stays away. Constant queries."""
    return _journey(request, _customer(request.user, pk), LinkForm())


@require_POST
def customer_link(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Say that another customer is the same person: `customer` by key, or `other` by id."""
    _require_linker(request.user)
    customer = _customer(request.user, pk)
    form = LinkForm(request.POST)
    number = request.POST.get("customer", "")
    if DATABASE_ID.fullmatch(number):
        other = get_object_or_404(Customer, pk=number)
    elif form.is_valid():
        other = form.cleaned_data["other"]
    else:
        return _journey(request, customer, form, status=422)
    try:
        same_person.link_customers(customer, other, by=request.user)
    except same_person.NotAllowed as refusal:
        form.is_valid()
        form.add_error(None, str(refusal))
        return _journey(request, customer, form, status=422)
    messages.success(request, _("Their contacts stand on one page now. It can be undone below."))
    return redirect("interactions:customer_journey", pk)


@require_POST
def customer_unlink(request: SignedInRequest, pk: int) -> HttpResponse:
    _require_linker(request.user)
    link = get_object_or_404(CustomerLink, pk=pk)
    same_person.unlink_customers(link, by=request.user)
    messages.success(request, _("They are two customers again."))
    back = request.POST.get("back", "")
    to = int(back) if DATABASE_ID.fullmatch(back) else link.first_id
    return redirect("interactions:customer_journey", to)


def _journey(
    request: SignedInRequest, customer: Customer, form: LinkForm, *, status: int = 200
) -> HttpResponseBase:
    user = request.user
    keys = same_as(customer.pk)
    by_channel = counts(user, keys)
    channel = request.GET.get("channel", "")
    channel = channel if channel in Channel.values else ""
    is_oldest = request.GET.get("sort") == "oldest"
    found = places(user, keys, channel=channel, newest=not is_oldest)
    if answer := list_export(request, found, JOURNEY, "journey", prepare=partial(steps, user)):
        return answer
    page = paginate(request, found)
    rows = list(Customer.objects.filter(pk__in=keys).order_by("pk"))
    links = CustomerLink.objects.filter(first__in=keys).select_related("first", "second", "made_by")
    links_people = can_link_customers(user) and not customer.is_removed
    context = {
        "customer": customer,
        "others": [each for each in rows if each.pk != customer.pk],
        "page": page,
        "steps": steps(user, list(page)),
        "total": sum(n for _channel, n in by_channel),
        "channels": [(value, Channel(value).label, n) for value, n in by_channel],
        "channel": channel,
        "is_oldest": is_oldest,
        "sees_sources": can_see_source_data(user),
        "sees_tiers": _sees_tiers(user),
        "can_link": links_people,
        "links": links.order_by("pk") if links_people else (),
        "likely": same_person.likely_same(rows) if links_people else (),
        "form": form,
    }
    return render(request, "interactions/customer_journey.html", context, status=status)


def _customer(user: User, pk: int) -> Customer:
    """One whose contacts `user` may see at least in part, also as another source knows them."""
    customers = Customer.objects.all()
    if not user.has_perm("interactions.view_all_interactions"):
        seen = Interaction.objects.visible_to(user).filter(customer__in=same_as(pk))
        customers = customers if seen.exists() else customers.none()
    return get_object_or_404(customers, pk=pk)


def _sees_tiers(user: User) -> bool:
    return user.has_perm("people.view_everybody") or user.has_perm("people.develop_team")


def _require_linker(user: User) -> None:
    if not can_link_customers(user):
        raise PermissionDenied(_("Which customers are one person, administrators say."))
