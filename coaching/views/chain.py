"""From what was missed to what became of it, for one person."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coaching.chain import Chain, chains_for
from coaching.permissions import develops
from coaching.views.people import person_or_404
from people.dates import add_months
from people.requests import SignedInRequest

MONTHS = (3, 6, 12)
PER_PAGE = 10


@require_safe
def chain(request: SignedInRequest, agent_pk: int) -> HttpResponse:
    agent = person_or_404(request.user, agent_pk)
    months, unknown = _months(request)
    since = add_months(timezone.localdate().replace(day=1), 1 - months)
    everything = chains_for(agent, viewer=request.user, since=since)
    skills = sorted({each.skill for each in everything}, key=lambda skill: skill.name)
    chosen = request.GET.get("skill", "")
    if chosen and chosen not in {skill.key for skill in skills}:
        chosen, unknown = "", [*unknown, _("skill")]
    page = Paginator(_about(everything, chosen), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "agent": agent,
        "is_own": agent.pk == request.user.pk,
        "months": months,
        "choices": MONTHS,
        "skills": skills,
        "skill": chosen,
        "unknown": unknown,
        "since": since,
        "page": page,
        "chains": page.object_list,
        "may_assign": develops(request.user, agent),
    }
    return render(request, "coaching/chain.html", context)


def _months(request: HttpRequest) -> tuple[int, list[str]]:
    """How many months back, and which filters were not understood."""
    chosen = request.GET.get("months", "")
    if chosen in {str(each) for each in MONTHS}:
        return int(chosen), []
    return MONTHS[1], [_("period")] if chosen else []


def _about(chains: Iterable[Chain], skill: str) -> list[Chain]:
    return [each for each in chains if not skill or each.skill.key == skill]
