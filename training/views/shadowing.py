"""Who is watched by whom, and the checklist that the observer signs."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import ShadowingPage
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.files import SHADOWING
from training.forms_paths import NoteForm, ObserverForm
from training.models import Shadowing, ShadowingSignature
from training.permissions import can_choose_observers
from ui.pagination import paginate


@require_list
def shadowing_list(request: SignedInRequest) -> HttpResponseBase:
    """Open ones first: those one is to sign, one's own, and those of the people one looks after."""
    rows = (
        Shadowing.objects.visible_to(request.user)
        .select_related("user", "observer", "page")
        .annotate(
            total=Count("items"), signed=Count("items", filter=Q(items__signed_at__isnull=False))
        )
        .order_by("-completed_at", "-chosen_at", "-pk")
    )
    is_done = request.GET.get("done") == "1"
    rows = rows.filter(completed_at__isnull=not is_done)
    if answer := list_export(request, rows, SHADOWING, "shadowing"):
        return answer
    pages = ShadowingPage.objects.visible_to(request.user).order_by("title")
    context = {
        "page": paginate(request, rows),
        "is_done": is_done,
        "chooses": can_choose_observers(request.user),
        "pages": pages,
    }
    return render(request, "training/shadowing_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def shadowing_choose(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Choose who watches whom, or somebody else for one that is open."""
    page = get_object_or_404(ShadowingPage.objects.visible_to(request.user), pk=page_id)
    if not can_choose_observers(request.user):
        raise PermissionDenied(_("Observers are chosen by managers."))
    people = User.objects.visible_to(request.user).filter(is_active=True)
    people = people.exclude(pk=request.user.pk)
    initial = {"trainee": request.GET.get("trainee")}
    form = ObserverForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            shadowing = actions.choose_observer(
                chosen["trainee"], page, chosen["observer"], by=request.user
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            names = {"observer": shadowing.observer, "person": shadowing.user}
            messages.success(request, _("%(observer)s signs for %(person)s.") % names)
            return redirect("training:shadowing_detail", shadowing.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "page": page}
    return render(request, "training/shadowing_choose.html", context, status=status)


@require_safe
def shadowing_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    shadowing = _shadowing_or_404(request.user, pk)
    return _show(request, shadowing)


def _show(
    request: SignedInRequest,
    shadowing: Shadowing,
    *,
    refused: NoteForm | None = None,
    at_item: int | None = None,
    status: int = 200,
) -> HttpResponse:
    items = list(shadowing.items.select_related("signed_by"))
    signed = sum(item.signed_at is not None for item in items)
    context = {
        "shadowing": shadowing,
        "rows": [
            (
                item,
                refused
                if item.pk == at_item
                else NoteForm(prefix=None, auto_id=f"id_{item.pk}_%s"),
            )
            for item in items
        ],
        "signed": signed,
        "total": len(items),
        "signs": shadowing.observer_id == request.user.pk,
        "changes": can_choose_observers(request.user)
        and request.user.pk != shadowing.user_id
        and not shadowing.is_done,
    }
    return render(request, "training/shadowing_detail.html", context, status=status)


@require_POST
def shadowing_sign(request: SignedInRequest, pk: int, item_pk: int) -> HttpResponse:
    shadowing = _shadowing_or_404(request.user, pk)
    item = get_object_or_404(ShadowingSignature, pk=item_pk, shadowing=shadowing)
    if shadowing.observer_id != request.user.pk:
        raise PermissionDenied(_("Only the observer signs this checklist."))
    form = NoteForm(request.POST, auto_id=f"id_{item.pk}_%s")
    if not form.is_valid():
        return _show(request, shadowing, refused=form, at_item=item.pk, status=422)
    try:
        actions.sign_item(item, by=request.user, note=form.cleaned_data["note"])
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Signed: “%(text)s”") % {"text": item.text})
    return redirect("training:shadowing_detail", shadowing.pk)


def _shadowing_or_404(user: User, pk: int) -> Shadowing:
    rows = Shadowing.objects.visible_to(user).select_related("user", "observer", "page")
    return get_object_or_404(rows, pk=pk)
