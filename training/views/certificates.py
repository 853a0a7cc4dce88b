"""Certificates: one's own, those of one's people, as PDF, revoked, and checked by anybody."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.exports import list_export, require_list
from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.certificate_pdf import certificate_pdf
from training.files import certificate_columns
from training.forms_paths import ReasonForm
from training.mail import address
from training.models import Certificate
from training.permissions import can_assign_modules, can_revoke
from ui.pagination import paginate

STATES = ("valid", "expired", "revoked")


@require_list
def certificate_list(request: SignedInRequest) -> HttpResponseBase:
    """One's own, the newest first."""
    today = timezone.localdate()
    rows = Certificate.objects.filter(user=request.user).select_related("user")
    columns = certificate_columns(lambda each: each.state(on=today))
    if answer := list_export(request, rows, columns, "certificates"):
        return answer
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(each, each.state(on=today)) for each in page],
        "sees_others": can_assign_modules(request.user),
    }
    return render(request, "training/certificate_list.html", context)


@require_list
def team_certificates(request: SignedInRequest) -> HttpResponseBase:
    """Those of the people one looks after (`?state=`, `?q=` part of a name or title)."""
    if not can_assign_modules(request.user):
        raise PermissionDenied(_("The certificates of others are for their managers."))
    today = timezone.localdate()
    rows = Certificate.objects.visible_to(request.user).exclude(user=request.user)
    rows = rows.filter(user__is_active=True).select_related("user")
    if words := request.GET.get("q", "").replace("\x00", "").strip()[:100]:
        rows = rows.filter(Q(name__icontains=words) | Q(title__icontains=words))
    state = request.GET.get("state", "")
    over = Q(valid_until__lt=today)
    match state:
        case "revoked":
            rows = rows.filter(revoked_at__isnull=False)
        case "expired":
            rows = rows.filter(over, revoked_at__isnull=True)
        case "valid":
            rows = rows.filter(revoked_at__isnull=True).exclude(over)
        case _:
            state = ""
    columns = certificate_columns(lambda each: each.state(on=today))
    if answer := list_export(request, rows, columns, "certificates"):
        return answer
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(each, each.state(on=today)) for each in page],
        "state": state,
        "words": words,
        "states": Certificate.State.choices,
    }
    return render(request, "training/team_certificates.html", context)


@require_safe
def certificate_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """The PDF; a revoked certificate is not printed any more."""
    certificate = get_object_or_404(Certificate.objects.visible_to(request.user), pk=pk)
    if certificate.revoked_at is not None:
        raise PermissionDenied(_("This certificate was revoked, so there is no PDF of it."))
    url = address(certificate.get_absolute_url())
    data = certificate_pdf(certificate, url=url, issuer=settings.WAGTAIL_SITE_NAME)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{certificate.number}.pdf"'
    response["Cache-Control"] = "private, no-cache"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    certificate = get_object_or_404(
        Certificate.objects.visible_to(request.user).select_related("user"), pk=pk
    )
    if not can_revoke(request.user, certificate):
        raise PermissionDenied(_("Certificates are revoked by a person's manager."))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke_certificate(
                certificate, by=request.user, reason=form.cleaned_data["reason"]
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The certificate is revoked."))
            return redirect("training:team_certificates")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "certificate": certificate}
    return render(request, "training/certificate_revoke.html", context, status=status)


@login_not_required
@require_safe
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the certificate with this code is good: for anybody who has the address. One query, no
    session, no listing; search engines are told to leave it alone."""
    certificate = Certificate.objects.filter(code=code.replace("\x00", "")).first()
    today = timezone.localdate()
    response = render(
        request,
        "training/certificate_check.html",
        {
            "certificate": certificate,
            "state": certificate.state(on=today) if certificate else None,
        },
        status=200 if certificate else 404,
    )
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, max-age=60"
    response["Referrer-Policy"] = "no-referrer"
    return response
