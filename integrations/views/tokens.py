"""Tokens on a page, and the reference of what they open."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import create_token, revoke_token
from integrations.api.reference import groups_of
from integrations.files import TOKENS
from integrations.forms import TokenForm
from integrations.models import ApiToken, Scope
from integrations.permissions import can_manage
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate


def require_manager(user: User) -> None:
    if not can_manage(user):
        raise PermissionDenied(_("Integrations are managed by administrators."))


# What a token of each scope may read, to see at once that it works.
TO_TRY = {
    Scope.PEOPLE_READ: "/api/v1/people",
    Scope.SCORECARDS_READ: "/api/v1/scorecards",
    Scope.SKILLS_READ: "/api/v1/skills",
    Scope.TRAINING_READ: "/api/v1/completions",
    Scope.SCIM: "/scim/v2/Users",
}


@require_list
def token_list(request: SignedInRequest) -> HttpResponseBase:
    """All tokens, the newest first."""
    require_manager(request.user)
    rows = ApiToken.objects.select_related("owner")
    if answer := list_export(request, rows, TOKENS, "api-tokens"):
        return answer
    page = paginate(request, rows)
    return render(request, "integrations/token_list.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: SignedInRequest) -> HttpResponse:
    """The answer to a good POST is the only page that ever shows the secret."""
    require_manager(request.user)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, secret = create_token(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            is_dry_run=form.cleaned_data["is_dry_run"],
            expires_at=form.expires_at(),
            by=request.user,
        )
        context = {
            "token": token,
            "secret": secret,
            "base_url": settings.BASE_URL.rstrip("/"),
            "example": next((to for scope, to in TO_TRY.items() if scope in token.scopes), ""),
        }
        return render(request, "integrations/token_created.html", context)
    return render(
        request,
        "integrations/token_create.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def token_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    require_manager(request.user)
    token = get_object_or_404(ApiToken, pk=pk)
    if revoke_token(token, by=request.user):
        messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("integrations:token_list")


@require_safe
def api_reference(request: SignedInRequest) -> HttpResponse:
    """The OpenAPI description as a page, for whoever is signed in."""
    context = {
        "groups": groups_of(),
        "base_url": settings.BASE_URL.rstrip("/"),
        "scopes": Scope.choices,
        "rate": settings.API_RATE_LIMIT,
        "can_manage": can_manage(request.user),
    }
    return render(request, "integrations/api_reference.html", context)
