"""The mails that asked customers, for administrators; and what was asked in which words."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from interactions.list_files import INVITATIONS
from interactions.models import SurveyInvitation, SurveyRefusal, SurveyRule, SurveyVersion
from interactions.permissions import can_manage_surveys
from interactions.surveys.forms import AnswerForm
from interactions.surveys.sending import NotAllowed, try_again
from interactions.surveys.wording import page_context
from interactions.tasks import send_surveys
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

State = SurveyInvitation.State
ORDERS = {
    "newest": ("-created_at", "-pk"),
    "oldest": ("created_at", "pk"),
    "answered": ("-answered_at", "-pk"),
    "tries": ("-tries", "-pk"),
}


@require_list
def survey_log(request: SignedInRequest) -> HttpResponseBase:
    """Each mail with what became of it (`?state=`, `?rule=`, `?sort=`). Constant queries."""
    _require_manager(request.user)
    rows = SurveyInvitation.objects.with_words()
    states = {
        each["state"]: each["n"]
        for each in SurveyInvitation.objects.order_by().values("state").annotate(n=Count("pk"))
    }
    state = request.GET.get("state", "")
    if state in State.values:
        rows = rows.filter(state=state)
    rules = list(SurveyRule.objects.annotate(n=Count("invitations")).filter(~Q(n=0)))
    rule = next((each for each in rules if str(each.pk) == request.GET.get("rule")), None)
    if rule:
        rows = rows.filter(rule=rule)
    sort = request.GET.get("sort", "")
    sort = sort if sort in ORDERS else "newest"
    if sort == "answered":
        rows = rows.filter(answered_at__isnull=False)
    rows = rows.order_by(*ORDERS[sort])
    if answer := list_export(request, rows, INVITATIONS, "surveys"):
        return answer
    context = {
        "page": paginate(request, rows),
        "states": [(value, label, states.get(value, 0)) for value, label in State.choices],
        "total": sum(states.values()),
        "shown": state if state in State.values else "",
        "rules": rules,
        "rule": rule,
        "sort": sort,
        "refusals": SurveyRefusal.objects.count(),
        "has_rules": SurveyRule.objects.in_force().exists(),
    }
    return render(request, "interactions/survey_log.html", context)


@require_POST
def survey_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Try a mail once more that failed."""
    _require_manager(request.user)
    invitation = get_object_or_404(SurveyInvitation, pk=pk)
    try:
        try_again(invitation, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        send_surveys.enqueue()
        messages.success(request, _("The mail is tried again; the log shows what came of it."))
    return redirect("interactions:survey_log")


@require_safe
def survey_version(request: SignedInRequest, pk: int) -> HttpResponse:
    """A survey as it was asked, for who writes surveys and who sends them, with ways to its other
    versions."""
    sends = can_manage_surveys(request.user)
    if not (sends or request.user.has_perm("interactions.view_survey")):
        raise PermissionDenied(_("Surveys are for who writes or sends them."))
    version = get_object_or_404(SurveyVersion.objects.select_related("survey"), pk=pk)
    form = AnswerForm(wording=version.wording)
    back = "interactions:survey_log" if sends else "wagtailsnippets_interactions_survey:list"
    context = page_context(
        version.wording,
        form=form,
        is_preview=True,
        version=version,
        versions=version.survey.versions.order_by("number"),
        back=reverse(back),
    )
    return render(request, "interactions/surveys/answer.html", context)


def _require_manager(user: User) -> None:
    if not can_manage_surveys(user):
        raise PermissionDenied(_("What customers are asked is for administrators."))
