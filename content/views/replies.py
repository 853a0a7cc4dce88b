from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from content import channel_choice, placeholders
from content.files import REPLIES
from content.models import ManualIndexPage, ReplyTemplate
from people.channels import Channel
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate

PER_PAGE = 20


@require_list
def reply_list(request: SignedInRequest) -> HttpResponseBase:
    """All reply templates, or those for `?channel=`."""
    replies = ReplyTemplate.objects.visible_to(request.user)
    channel = channel_choice.chosen_channel(request)
    if channel:
        replies = replies.suiting(channel)
    rows = replies.with_procedures_for(request.user).order_by("title", "pk")
    if answer := list_export(request, rows, REPLIES, "reply-templates"):
        return answer
    context = {
        "page": paginate(request, rows, per_page=PER_PAGE),
        "channel": channel,
        "channels": Channel.choices,
        "manual": ManualIndexPage.objects.for_reader(request.user).first(),
    }
    return render(request, "content/reply_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reply_detail(request: SignedInRequest, key: str) -> HttpResponse:
    """One template by itself. A POST fills it in, for browsers without script, and keeps nothing."""
    replies = ReplyTemplate.objects.visible_to(request.user).with_procedures_for(request.user)
    reply: ReplyTemplate = get_object_or_404(replies, key=key)
    names = placeholders.names(reply.body)
    values = {name: request.POST.get(f"field-{name}", "").strip() for name in names}
    too_long = [name for name in names if len(values[name]) > placeholders.LONGEST_VALUE]
    context = {
        "reply": reply,
        "manual": ManualIndexPage.objects.for_reader(request.user).first(),
        "values": values if request.method == "POST" else None,
        "too_long": [placeholders.label_of(name) for name in too_long],
        "longest": placeholders.LONGEST_VALUE,
    }
    if request.method == "POST" and not too_long:
        context["filled"] = placeholders.fill(reply.body, values)
        context["missing"] = [placeholders.label_of(name) for name in names if not values[name]]
    return render(request, "content/reply_detail.html", context, status=422 if too_long else 200)
