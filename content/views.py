from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from content import links, search
from content.models import ManualIndexPage, ManualSectionPage, ProcedurePage
from people.channels import Channel
from people.requests import SignedInRequest

RESULTS_PER_PAGE = 20


def _channel(request: HttpRequest) -> Channel | None:
    chosen = request.GET.get("channel", "")
    return Channel(chosen) if chosen in Channel.values else None


@require_safe
def manual_search(request: SignedInRequest) -> HttpResponse:
    """Search the manual as one types (htmx) or by plain form; nonsense finds nothing."""
    typed = request.GET.get("q", "").replace("\x00", " ").strip()[: search.MAX_LENGTH]
    text, channel = search.clean(typed), _channel(request)
    hits = search.find(text, user=request.user, channel=channel)
    counts = {kind.value: sum(hit.kind is kind for hit in hits) for kind in search.Kind}
    kind = request.GET.get("kind", "")
    chosen = [hit for hit in hits if hit.kind == kind] if kind in counts else hits
    page = Paginator(chosen, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "typed": typed,
        "page": page,
        "results": search.load(list(page.object_list), text, user=request.user),
        "total": len(hits),
        "counts": counts,
        "kind": kind if kind in counts else "",
        "channel": channel,
        "channels": Channel.choices,
        "manual": ManualIndexPage.objects.visible_to(request.user).first(),
    }
    if not hits:
        sections = ManualSectionPage.objects.visible_to(request.user)
        context["sections"] = sections.filter(depth=4).order_by("path")
    live = request.htmx and not request.htmx.history_restore_request
    name = "content/manual_search.html" + ("#results" if live else "")
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def procedure_panel(request: SignedInRequest, page_id: int) -> HttpResponse:
    """A procedure beside the grading screen; `?channel=` marks that channel's standard."""
    procedures = ProcedurePage.objects.visible_to(request.user)
    procedure = get_object_or_404(procedures, pk=page_id)
    if not request.htmx:
        return redirect(procedure.get_url(request))
    links.look_up(procedure.steps, procedure.notes)
    context = {"procedure": procedure, "channel": _channel(request)}
    return render(request, "content/procedure_panel.html", context)


@login_not_required
@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Where the Wagtail admin sends whom it turns away.

    Somebody signed in who may not work there is told so; the sign-in page would only send them back.
    """
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("wagtailadmin_home")
    if not request.user.is_authenticated:
        return redirect_to_login(target, "account_login")
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied(_("The editing area is for editors and administrators."))
    return redirect(target)
