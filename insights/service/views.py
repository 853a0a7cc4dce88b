"""The page Service."""

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from insights import wording
from insights.permissions import can_see_team
from insights.service import pictures
from insights.service.figures import Question, load_service
from insights.service.forms import ServiceForm
from insights.skills import Window
from insights.views import page_or_part
from people.exports import is_export, require_list, send_table
from people.requests import SignedInRequest
from ui.exports import chart_csv


@require_list
def service(request: SignedInRequest) -> HttpResponseBase:
    """How customers were served, as the contacts tell it. The number of queries follows the months shown
    and nothing else; a POST with `format` gives all figures as a file."""
    if not can_see_team(request.user):
        raise PermissionDenied(_("Service metrics are for managers."))
    form = ServiceForm(request.GET, user=request.user)
    window = Window.of(form.chosen("months"), until=timezone.localdate())
    question = Question(request.user, window, form.chosen("days"), form.narrowing)
    found = load_service(question)
    trend = pictures.trend(form.chosen("metric"), found, question)
    if answer := chart_csv(request, [trend]):
        return answer
    if is_export(request):
        table = pictures.table_of(found, question)
        return send_table(request, "service", table.header, table.records())
    middles, shares = pictures.rows_of(found.whole, question)
    context = {
        "form": form,
        "period": wording.period(window),
        "n": found.whole.n,
        "all_url": question.address(first=window.first, last=question.last),
        "is_narrowed": bool(question.narrowing),
        "middles": middles,
        "shares": shares,
        "standards": pictures.standard_rows(found, question),
        "trend": trend,
        "days": question.days,
    }
    return page_or_part(request, "insights/service.html", "found", context)
