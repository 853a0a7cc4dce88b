"""What waits for the record store, and what it refused."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from people.converters import DATABASE_ID
from people.exports import is_export, list_export
from people.requests import SignedInRequest
from training import actions
from training.files import STATEMENTS
from training.models import OutgoingStatement
from training.permissions import can_see_statements
from ui.pagination import paginate


@require_http_methods(["GET", "HEAD", "POST"])
def statement_list(request: SignedInRequest) -> HttpResponseBase:
    """The statements by state; a POST sends one, or all that were refused, again."""
    if not can_see_statements(request.user):
        raise PermissionDenied(_("What goes to the record store is for administrators."))
    if request.method == "POST" and not is_export(request):
        chosen = [int(pk) for pk in request.POST.getlist("statement") if DATABASE_ID.fullmatch(pk)]
        every = "all" in request.POST
        count = actions.send_again(by=request.user, pks=None if every else chosen)
        text = ngettext(
            "%(n)d statement will be sent again.", "%(n)d statements will be sent again.", count
        )
        messages.success(request, text % {"n": count})
        return redirect(request.get_full_path())
    states = OutgoingStatement.State
    counts = dict(OutgoingStatement.objects.order_by().values_list("state").annotate(n=Count("pk")))
    shown = request.GET.get("state", "")
    if shown not in states.values:
        shown = states.REFUSED if counts.get(states.REFUSED) else states.WAITING
    rows = OutgoingStatement.objects.filter(state=shown)
    if answer := list_export(request, rows, STATEMENTS, "statements"):
        return answer
    return render(
        request,
        "training/statement_list.html",
        {
            "page": paginate(request, rows),
            "shown": shown,
            "tabs": [(state, state.label, counts.get(state, 0)) for state in states],
            "endpoint": settings.XAPI_ENDPOINT,
        },
    )
