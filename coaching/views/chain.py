"""From what was missed to what became of it, for one person."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coaching.chain import chains_for
from coaching.permissions import develops
from coaching.views.people import person_or_404
from people.dates import add_months
from people.requests import SignedInRequest

MONTHS = (3, 6, 12)


@require_safe
def chain(request: SignedInRequest, agent_pk: int) -> HttpResponse:
    agent = person_or_404(request.user, agent_pk)
    chosen = request.GET.get("months", "")
    months = int(chosen) if chosen in {str(each) for each in MONTHS} else MONTHS[1]
    since = add_months(timezone.localdate().replace(day=1), 1 - months)
    context = {
        "agent": agent,
        "is_own": agent.pk == request.user.pk,
        "months": months,
        "choices": MONTHS,
        "since": since,
        "chains": chains_for(agent, viewer=request.user, since=since),
        "may_assign": develops(request.user, agent),
    }
    return render(request, "coaching/chain.html", context)
