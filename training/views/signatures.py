"""Procedures to sign for: one's own, and those of the people one looks after."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from content.editions import compare
from content.languages import preferred
from content.models import Edition, ProcedurePage
from people.converters import DATABASE_ID
from people.exports import is_export, list_export, require_list, send_table
from people.models import Team
from people.requests import SignedInRequest
from training import actions
from training.actions import EditionMovedOn, NotAllowed
from training.files import OWN_SIGNATURES
from training.forms_signatures import SignatureFilterForm, in_state
from training.models import Acknowledgement
from training.permissions import can_see_signatures
from training.signatures import HEADINGS, export_rows, request_of
from ui.pagination import paginate

OWN_STATES = ("open", "signed", "withdrawn")


@require_list
def signature_list(request: SignedInRequest) -> HttpResponseBase:
    """What one is asked to sign, has signed, and what was taken back (`?state=`)."""
    today = timezone.localdate()
    mine = Acknowledgement.objects.filter(user=request.user)
    counts = mine.aggregate(
        open=Count("pk", filter=Q(signed_at__isnull=True, withdrawn_at__isnull=True)),
        signed=Count("pk", filter=Q(signed_at__isnull=False)),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)),
    )
    asked = request.GET.get("state", "")
    state = asked if asked in OWN_STATES else "open"
    rows = in_state(mine, state, on=today).select_related("page", "edition", "signed_edition")
    rows = rows.defer("page__steps", "page__notes", "edition__text", "signed_edition__text")
    if answer := list_export(request, rows, OWN_SIGNATURES, "signatures"):
        return answer
    page = paginate(request, rows)
    readings = preferred((row.page for row in page.object_list), user=request.user)
    for row in page.object_list:
        row.reading = readings[row.page_id]
    context = {
        "page": page,
        "state": state,
        "tabs": [
            ("open", _("To sign"), counts["open"]),
            ("signed", _("Signed"), counts["signed"]),
            ("withdrawn", _("Withdrawn"), counts["withdrawn"]),
        ],
        "today": today,
        "sees_others": can_see_signatures(request.user),
    }
    return render(request, "training/signature_list.html", context)


@require_POST
def signature_sign(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Sign for the edition that stood on the screen (`edition`); 409 when a newer one holds by now."""
    page = get_object_or_404(ProcedurePage.objects.defer_streamfields(), pk=page_id)
    is_readable = ProcedurePage.objects.visible_to(request.user).filter(pk=page_id).exists()
    was_asked = Acknowledgement.objects.filter(user=request.user, page=page).exists()
    # Of an unpublished page the action says so; one that was closed to them since shows them nothing.
    if not is_readable and (page.live or not was_asked):
        raise Http404
    sent = request.POST.get("edition", "")
    read = int(sent) if DATABASE_ID.fullmatch(sent) else 0
    try:
        translation = request.POST.get("translation", "")
        read_in = int(translation) if DATABASE_ID.fullmatch(translation) else None
        actions.sign(request.user, page, edition=read, translation=read_in)
    except EditionMovedOn as refusal:
        return _show_newer(request, page, read, refusal)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("training:signature_list")
    messages.success(request, _("Thank you. You have signed for “%s”.") % page.title)
    return redirect("training:signature_list")


def _show_newer(
    request: SignedInRequest, page: ProcedurePage, read: int, refusal: EditionMovedOn
) -> HttpResponse:
    """The difference from what was read to what holds now, to sign from there."""
    older = Edition.objects.filter(page=page, number=read).first()
    if older == refusal.newest:
        older = None  # It was the translation that moved on.
    asked = request_of(request.user, page, on=timezone.localdate())
    context = {
        "procedure": page,
        "refusal": str(refusal),
        "older": older,
        "newest": refusal.newest,
        "request_to_sign": asked,
        "changes": compare(older, refusal.newest) if older else None,
    }
    return render(request, "training/signature_conflict.html", context, status=409)


@require_list
def team_signatures(request: SignedInRequest) -> HttpResponseBase:
    """Who has signed what, of the people one sees. Constant queries."""
    if not can_see_signatures(request.user):
        raise PermissionDenied(_("The signatures of others are for managers and editors."))
    today = timezone.localdate()
    visible = Acknowledgement.objects.visible_to(request.user)
    teams = Team.objects.all()
    if not request.user.has_perm("training.view_acknowledgement"):
        teams = Team.objects.visible_to(request.user)
    form = SignatureFilterForm(request.GET, teams=teams)
    rows = form.narrow(visible, on=today)
    if is_export(request):
        name = f"signatures-{today:%Y-%m-%d}"
        return send_table(request, name, HEADINGS, export_rows(rows, on=today))
    shown = rows.select_related("user", "page", "edition", "signed_edition")
    shown = shown.defer("page__steps", "page__notes", "edition__text", "signed_edition__text")
    context = {
        "form": form,
        "page": paginate(request, shown, per_page=50),
        "today": today,
        "counts": visible.aggregate(
            open=Count("pk", filter=Q(signed_at__isnull=True, withdrawn_at__isnull=True)),
            overdue=Count(
                "pk",
                filter=Q(signed_at__isnull=True, withdrawn_at__isnull=True, due_on__lt=today),
            ),
        ),
    }
    return render(request, "training/team_signatures.html", context)
