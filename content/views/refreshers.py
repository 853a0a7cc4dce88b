"""Refresher cards that a change of the manual retired: an editor says what becomes of each."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from content import refreshers
from content.edition_text import difference
from content.editions import compare
from content.files import RETIRED_CARDS
from content.forms_refreshers import ReplacementForm
from content.models import Edition, RefresherCard
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate


def _check(request: SignedInRequest) -> None:
    if not request.user.has_perm("content.change_refreshercard"):
        raise PermissionDenied(_("Refresher cards are looked after by editors."))


@require_list
def retired_cards(request: SignedInRequest) -> HttpResponseBase:
    """Cards to look through, each with what changed. One query more per procedure on the page."""
    _check(request)
    if answer := list_export(request, _to_look_through(), RETIRED_CARDS, "retired-cards"):
        return answer
    return _show(request)


@require_POST
def card_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """`decision` is "reinstate", "replace" (with `question` and `answer`) or "leave"."""
    _check(request)
    get_object_or_404(RefresherCard, pk=pk)
    decision, form = request.POST.get("decision"), None
    try:
        if decision == "reinstate":
            refreshers.reinstate(pk, by=request.user)
            messages.success(request, _("The card is asked again, by everybody who knew it."))
        elif decision == "leave":
            refreshers.leave_retired(pk, by=request.user)
            messages.success(request, _("The card stays retired."))
        else:
            form = ReplacementForm(request.POST, prefix=f"card-{pk}")
            if not form.is_valid():
                return _show(request, opened=pk, form=form, status=422)
            refreshers.replace(pk, **form.cleaned_data, by=request.user)
            messages.success(request, _("The new card takes its place; everybody learns it anew."))
    except refreshers.NotAllowed as refusal:
        messages.error(request, str(refusal))
        return _show(request, status=409)
    return redirect("content:retired_cards")


def _show(
    request: SignedInRequest,
    *,
    opened: int = 0,
    form: ReplacementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    page = paginate(request, _to_look_through(), per_page=10)
    changes: dict[int, dict[str, list[object]]] = {}
    rows = []
    for card in page:
        if card.retired_by_id and card.retired_by_id not in changes:
            changes[card.retired_by_id] = _changes(card.retired_by)
        found = changes.get(card.retired_by_id or 0, {})
        initial = {"question": card.question, "answer": card.answer}
        own = (
            form
            if card.pk == opened
            else ReplacementForm(initial=initial, prefix=f"card-{card.pk}")
        )
        rows.append((card, found.get(card.part) or found.get("", []), own))
    context = {"page": page, "rows": rows, "opened": opened}
    return render(request, "content/retired_cards.html", context, status=status)


def _to_look_through() -> QuerySet[RefresherCard]:
    cards = RefresherCard.objects.to_look_through().order_by("retired_at", "pk")
    return cards.select_related("procedure", "skill", "retired_by").defer(
        "procedure__steps", "procedure__notes"
    )


def _changes(edition: Edition) -> dict[str, list[object]]:
    """What `edition` changed, whole under "", and by the part of a card."""
    earlier = Edition.objects.filter(page_id=edition.page_id, number__lt=edition.number)
    before = earlier.order_by("-number").first()
    if before is None:
        return {}
    found: dict[str, list[object]] = {"": list(compare(before, edition))}
    for key in refreshers.changed_parts(edition):
        old = [part for part in before.text if part["key"] == key]
        new = [part for part in edition.text if part["key"] == key]
        found[key] = list(difference(old, new))
    return found
