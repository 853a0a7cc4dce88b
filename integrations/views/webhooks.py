"""Webhooks: where to, what came of it, and again."""

from django.contrib import messages
from django.db.models import Count, Max, Prefetch, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from integrations.files import DELIVERIES, WEBHOOKS
from integrations.forms import ReplayForm, WebhookForm
from integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from integrations.views.tokens import require_manager
from integrations.webhooks import telling
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate


@require_list
def webhook_list(request: SignedInRequest) -> HttpResponseBase:
    require_manager(request.user)
    waiting = Q(deliveries__state=WebhookDelivery.State.WAITING)
    rows = WebhookEndpoint.objects.annotate(
        waiting=Count("deliveries", filter=waiting, distinct=True),
        last_at=Max("deliveries__attempts__at"),
    ).order_by("name", "pk")
    if answer := list_export(request, rows, WEBHOOKS, "webhooks"):
        return answer
    return render(request, "integrations/webhook_list.html", {"page": paginate(request, rows)})


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """A new one, or one that is there."""
    require_manager(request.user)
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk) if pk is not None else WebhookEndpoint()
    form = WebhookForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        telling.save_endpoint(form.instance, by=request.user)
        messages.success(request, _("The webhook is saved."))
        return redirect("integrations:webhook_detail", form.instance.pk)
    context = {"form": form, "endpoint": endpoint if pk is not None else None}
    status = 422 if form.errors else 200
    return render(request, "integrations/webhook_edit.html", context, status=status)


@require_list
def webhook_detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Its secret, and the log with each attempt. Constant queries."""
    require_manager(request.user)
    return _detail(request, get_object_or_404(WebhookEndpoint, pk=pk), ReplayForm())


@require_POST
def webhook_test(request: SignedInRequest, pk: int) -> HttpResponse:
    require_manager(request.user)
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    telling.send_test(endpoint, by=request.user)
    messages.success(request, _("A test event is on its way; the log shows what was answered."))
    return redirect("integrations:webhook_detail", pk)


@require_POST
def webhook_rotate(request: SignedInRequest, pk: int) -> HttpResponse:
    require_manager(request.user)
    telling.rotate_secret(get_object_or_404(WebhookEndpoint, pk=pk), by=request.user)
    messages.success(
        request, _("There is a new secret. For a day both sign, so that the receiver can change.")
    )
    return redirect("integrations:webhook_detail", pk)


@require_POST
def webhook_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    require_manager(request.user)
    telling.remove_endpoint(get_object_or_404(WebhookEndpoint, pk=pk), by=request.user)
    messages.success(request, _("The webhook and its log are removed."))
    return redirect("integrations:webhook_list")


@require_POST
def webhook_replay(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One delivery again, or everything since a moment."""
    require_manager(request.user)
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    form = ReplayForm(request.POST)
    chosen = request.POST.get("delivery", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) <= 18:
        count = telling.replay(endpoint, by=request.user, delivery=int(chosen))
    elif form.is_valid():
        count = telling.replay(endpoint, by=request.user, since=form.cleaned_data["since"])
    else:
        return _detail(request, endpoint, form, status=422)
    text = ngettext("%(n)d event is sent again.", "%(n)d events are sent again.", count)
    messages.success(request, text % {"n": count})
    return redirect("integrations:webhook_detail", pk)


def _detail(
    request: SignedInRequest, endpoint: WebhookEndpoint, form: ReplayForm, status: int = 200
) -> HttpResponseBase:
    attempts = Prefetch("attempts", WebhookAttempt.objects.order_by("-at", "-pk"))
    rows = endpoint.deliveries.select_related("event").prefetch_related(attempts)
    shown = request.GET.get("state", "")
    if shown in WebhookDelivery.State.values:
        rows = rows.filter(state=shown)
    if answer := list_export(request, rows, DELIVERIES, f"deliveries-{endpoint.pk}"):
        return answer
    now = timezone.now()
    context = {
        "endpoint": endpoint,
        "page": paginate(request, rows),
        "form": form,
        "shown": shown,
        "states": WebhookDelivery.State.choices,
        "old_until": endpoint.old_until if len(endpoint.secrets(at=now)) > 1 else None,
    }
    return render(request, "integrations/webhook_detail.html", context, status=status)
