"""Everything coaching has about one person: for themself, and for who develops them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coaching.goals import progress_of
from coaching.models import ActionItem, CoachingSession, Goal, Recognition
from coaching.recognition import told
from coaching.views.people import person_or_404
from people.models import User
from people.requests import SignedInRequest

# A page is a beginning; the lists have the rest.
SHOWN = 5


@require_safe
def my_coaching(request: SignedInRequest) -> HttpResponse:
    return _overview(request, request.user)


@require_safe
def person(request: SignedInRequest, agent_pk: int) -> HttpResponse:
    if agent_pk == request.user.pk:
        return redirect("coaching:my_coaching")
    return _overview(request, person_or_404(request.user, agent_pk))


def _overview(request: SignedInRequest, agent: User) -> HttpResponse:
    """A dozen queries, whatever there is."""
    user, now, today = request.user, timezone.now(), timezone.localdate()
    is_own = user.pk == agent.pk
    sessions = CoachingSession.objects.visible_to(user).filter(agent=agent).with_people()
    coming = sessions.planned().filter(starts_at__gte=now).order_by("starts_at", "pk")
    unheld = sessions.planned().filter(starts_at__lt=now)
    past = sessions.held()
    items = ActionItem.objects.visible_to(user).filter(agent=agent).with_people()
    goals = Goal.objects.visible_to(user).filter(agent=agent)
    goals = goals.select_related("agent", "skill", "set_by", "version__rubric")
    recognitions = Recognition.objects.visible_to(user).filter(agent=agent).standing()
    recognitions = recognitions.with_people().select_related("scorecard__interaction__transcript")
    context = {
        "agent": agent,
        "is_own": is_own,
        "develops": not is_own,
        "coming": list(coming[:SHOWN]),
        "unheld": list(unheld[:SHOWN]),
        "past": list(past[:SHOWN]),
        "past_count": past.count(),
        "items": [(item, item.is_overdue(on=today)) for item in items.open()],
        "goals": progress_of(list(goals.standing()), on=today),
        "closed_goals": list(goals.exclude(closed_at__isnull=True).order_by("-closed_at")[:SHOWN]),
        "recognitions": told(recognitions[:SHOWN], reader=user),
        "recognition_count": recognitions.count(),
    }
    return render(request, "coaching/person.html", context)
