"""Public reviews and testimonials: the list, and one with what we do about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions import public_reviews as actions
from interactions.forms_reviews import CloseForm, NoteForm, ReplyForm, ReviewForm
from interactions.list_files import REVIEWS
from interactions.models import Interaction, PublicReview, PublicReviewQuerySet
from interactions.permissions import can_handle_reviews
from interactions.public_reviews import NotAllowed
from people.converters import DATABASE_ID
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

State = PublicReview.State
SHOWN = [
    ("open", gettext_lazy("Open")),
    ("overdue", gettext_lazy("Overdue")),
    *State.choices,
    ("all", gettext_lazy("All")),
]
ORDERS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "newest": (gettext_lazy("Newest first"), ("-posted_on", "-pk")),
    "oldest": (gettext_lazy("Oldest first"), ("posted_on", "pk")),
    "due": (gettext_lazy("Due first"), (F("due_on").asc(nulls_last=True), "-pk")),
    "worst": (
        gettext_lazy("Lowest rating first"),
        (
            # Whole numbers would be divided without a remainder.
            (Cast("rating", FloatField()) / Cast("highest", FloatField())).asc(nulls_last=True),
            "-pk",
        ),
    ),
}


@require_list
def review_list(request: SignedInRequest) -> HttpResponseBase:
    """What one may see, by state, site, rating, person and words; those who only read about themselves
    see what is closed. Constant queries."""
    handles = can_handle_reviews(request.user)
    rows = PublicReview.objects.visible_to(request.user).with_words()
    sites = list(rows.order_by("site").values_list("site", flat=True).distinct())
    has_any = rows.exists()
    chosen = {name: request.GET.get(name, "") for name in ("show", "site", "rating", "q", "sort")}
    chosen["owner"] = request.GET.get("owner", "")
    if chosen["show"] not in dict(SHOWN):
        chosen["show"] = "open" if handles else "all"
    rows = _filtered(rows, chosen, request.user)
    sort = chosen["sort"] if chosen["sort"] in ORDERS else "newest"
    rows = rows.order_by(*ORDERS[sort][1])
    if answer := list_export(request, rows, REVIEWS, "public-reviews"):
        return answer
    context = {
        "page": paginate(request, rows),
        "chosen": chosen,
        "shown": SHOWN,
        "sites": sites,
        "orders": [(name, label) for name, (label, _order) in ORDERS.items()],
        "sort": sort,
        "handles": handles,
        "today": timezone.localdate(),
        "has_any": has_any,
    }
    return render(request, "interactions/review_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_create(request: SignedInRequest) -> HttpResponse:
    """Record one (`?interaction=` binds it to that)."""
    _require_handler(request.user)
    initial: dict[str, Any] = {"owner": request.user.pk}
    number = request.GET.get("interaction", "")
    if DATABASE_ID.fullmatch(number):
        contact = Interaction.objects.visible_to(request.user).filter(pk=number).first()
        initial["contact"] = contact.external_id if contact else ""
    form = ReviewForm(request.POST or None, user=request.user, initial=initial)
    return _edit(request, form, review=None)


@require_http_methods(["GET", "HEAD", "POST"])
def review_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    form = ReviewForm(request.POST or None, user=request.user, instance=review)
    # The form writes into its instance; the page's head goes on saying what is stored.
    return _edit(request, form, review=_review(request, pk))


def _edit(
    request: SignedInRequest, form: ReviewForm, *, review: PublicReview | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_review(form.instance, by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The review is saved."))
            return redirect(saved)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "review": review}
    return render(request, "interactions/review_edit.html", context, status=status)


@require_safe
def review_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _detail(request, _review(request, pk))


@require_POST
def review_take(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    return _do(request, review, lambda: actions.take_review(review, by=request.user))


@require_POST
def review_reply(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _detail(request, review, reply=form, status=422)
    text = form.cleaned_data["reply"]
    return _do(
        request, review, lambda: actions.reply_to_review(review, text, by=request.user), reply=form
    )


@require_POST
def review_note(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _detail(request, review, note=form, status=422)
    text = form.cleaned_data["note"]
    return _do(request, review, lambda: actions.note_on_review(review, text, by=request.user))


@require_POST
def review_close(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _detail(request, review, close=form, status=422)
    note = form.cleaned_data["note"]
    return _do(
        request,
        review,
        lambda: actions.close_review(review, note=note, by=request.user),
        close=form,
    )


@require_POST
def review_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    return _do(request, review, lambda: actions.reopen_review(review, by=request.user))


@require_POST
def review_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    review = _review(request, pk, to_change=True)
    actions.delete_review(review, by=request.user)
    messages.success(request, _("The review is deleted here. On their page it stays."))
    return redirect("interactions:review_list")


def _do(
    request: SignedInRequest,
    review: PublicReview,
    action: Callable[[], Any],
    **forms_kept: forms.Form,
) -> HttpResponse:
    try:
        action()
    except NotAllowed as refusal:
        for form in forms_kept.values():
            form.add_error(None, str(refusal))
        if not forms_kept:
            messages.error(request, str(refusal))
        return _detail(request, _review(request, review.pk), status=422, **forms_kept)
    messages.success(request, _("Saved."))
    return redirect(review)


def _detail(
    request: SignedInRequest, review: PublicReview, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    handles = can_handle_reviews(request.user)
    interaction = review.interaction
    sees = Interaction.objects.visible_to(request.user)
    context = {
        "review": review,
        "handles": handles,
        "notes": review.notes.select_related("written_by") if handles else (),
        "sees_interaction": interaction and sees.filter(pk=interaction.pk).exists(),
        "sees_customer": review.customer_id and sees.filter(customer=review.customer_id).exists(),
        "is_overdue": review.is_open and review.due_on and review.due_on < timezone.localdate(),
        "reply_form": bound.get("reply") or ReplyForm(initial={"reply": review.reply}),
        "note_form": bound.get("note") or NoteForm(auto_id="id_note_%s"),
        "close_form": bound.get("close") or CloseForm(auto_id="id_close_%s"),
    }
    return render(request, "interactions/review_detail.html", context, status=status)


def _filtered(
    rows: PublicReviewQuerySet, chosen: dict[str, str], user: User
) -> PublicReviewQuerySet:
    match chosen["show"]:
        case "open":
            rows = rows.open()
        case "overdue":
            rows = rows.overdue(on=timezone.localdate())
        case "all":
            pass
        case state:
            rows = rows.filter(state=state)
    if chosen["site"]:
        rows = rows.filter(site=chosen["site"].replace("\x00", ""))
    if chosen["rating"] == "low":
        rows = rows.low()
    elif chosen["rating"] == "quote":
        rows = rows.filter(may_quote=True)
    if chosen["owner"] == "me":
        rows = rows.filter(owner=user)
    elif chosen["owner"] == "nobody":
        rows = rows.filter(owner=None)
    if words := chosen["q"].replace("\x00", "").strip()[:100]:
        rows = rows.filter(
            Q(text__icontains=words) | Q(title__icontains=words) | Q(author__icontains=words)
        )
    return rows


def _review(request: SignedInRequest, pk: int, *, to_change: bool = False) -> PublicReview:
    review = get_object_or_404(PublicReview.objects.visible_to(request.user).with_words(), pk=pk)
    if to_change:
        _require_handler(request.user)
        if review.agent_id == request.user.pk and not request.user.has_perm(
            "interactions.view_all_interactions"
        ):
            raise PermissionDenied(_("What is said about you, somebody else looks after."))
    return review


def _require_handler(user: User) -> None:
    if not can_handle_reviews(user):
        raise PermissionDenied(_("Public reviews are recorded and answered by managers."))
