"""Finished scorecards: the list, one of them, and what its people do with it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import Skill
from people.channels import Channel
from people.converters import DATABASE_ID
from people.exports import list_export, require_list
from people.models import User, UserQuerySet
from people.requests import SignedInRequest
from scorecards.actions import (
    Conflict,
    NotAllowed,
    Refused,
    Replaced,
    acknowledge_scorecard,
    override_scorecard,
    reply_to_scorecard,
    undo_submission,
    why_not_disputed,
    why_not_undone,
)
from scorecards.deadlines import last_day, zone_of
from scorecards.feedback_forms import ChangeForm, ReasonForm, ReplyForm, all_valid
from scorecards.files import SCORECARDS
from scorecards.grading import Sheet, load_sheet
from scorecards.models import CriterionScore, Dispute, Reply, RubricVersion, Scorecard
from scorecards.permissions import (
    can_acknowledge,
    can_converse,
    can_dispute,
    can_edit,
    can_override,
)
from scorecards.views.narrowing import chosen_month, narrow
from scorecards.views.refusals import refuse, words_in
from ui.pagination import LongList, paginate

DETAIL = "scorecards/scorecard_detail.html"


@require_list
def scorecard_list(request: SignedInRequest) -> HttpResponseBase:
    """Submitted scorecards one may see, newest first. Filters: `agent`, `month` (YYYY-MM), `skill` (a
    key), `channel`, `version` (of a rubric), `outcome`, `unread`, and those of `narrow`. Constant
    queries."""
    visible = Scorecard.objects.visible_to(request.user).submitted()
    rows = visible.besides_practice().with_people()
    people = User.objects.visible_to(request.user)
    agent = _chosen_person(request, people)
    month = chosen_month(request, "month")
    skills = list(Skill.objects.all())
    skill = next((row for row in skills if row.key == request.GET.get("skill")), None)
    channel = request.GET.get("channel", "")
    outcome = request.GET.get("outcome", "")
    if agent:
        rows = rows.filter(agent=agent)
    if month:
        rows = rows.in_month(month)
    if skill:
        rows = rows.measuring(skill)
    versions = list(
        RubricVersion.objects.visible_to(request.user)
        .exclude(state=RubricVersion.State.DRAFT)
        .select_related("rubric")
        .order_by("rubric__name", "-number")
    )
    version = _chosen_version(request, versions)
    if version:
        rows = rows.filter(version=version)
    if channel in Channel.values:
        rows = rows.filter(interaction__channel=channel)
    if outcome in Scorecard.Outcome.values:
        rows = rows.filter(outcome=outcome)
    if request.GET.get("unread"):
        rows = rows.to_acknowledge()
    rows, narrowings = narrow(rows, request, skill=skill)
    if answer := list_export(request, rows.as_file(), SCORECARDS, "scorecards"):
        return answer
    found = LongList(rows, newest_by="submitted_at")
    page = paginate(request, found)
    graded_people = people.filter(Exists(visible.filter(agent=OuterRef("pk")))).names()
    context = {
        "page": page,
        "is_capped": found.is_capped,
        "rows": [(row, row.stored_skill_percents.get(skill.pk) if skill else None) for row in page],
        "agent": agent,
        "month": month,
        "skill": skill,
        "skills": skills,
        "version": version,
        "versions": versions,
        "people": graded_people,
        "is_own": bool(page.object_list)
        and len(graded_people) <= 1
        and all(row.agent_id == request.user.pk for row in page),
        "channels": Channel.choices,
        "outcomes": Scorecard.Outcome.choices,
        "narrowings": narrowings,
        "is_filtered": bool(request.GET.keys() - {"page"}),
    }
    return render(request, "scorecards/scorecard_list.html", context)


@require_safe
def scorecard_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One scorecard with its evidence beside the conversation; a draft leads to the grading screen."""
    sheet = load_sheet(pk, user=request.user)
    if not sheet.scorecard.is_submitted:
        return redirect("scorecards:grade", pk=pk)
    if sheet.scorecard.assignment.is_practice:
        return redirect("training:sample_result", assignment_pk=sheet.scorecard.assignment_id)
    return render(request, DETAIL, _context(request, sheet))


@require_POST
def scorecard_acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    try:
        acknowledge_scorecard(scorecard, by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:scorecard_list")
    messages.success(request, _("Thank you: it is noted that you have read this scorecard."))
    return redirect("scorecards:scorecard_detail", pk=pk)


@require_POST
def scorecard_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a submission back and go on grading."""
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    try:
        undo_submission(scorecard, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:scorecard_list")
    messages.success(request, _("The submission was taken back: this is your draft again."))
    return redirect("scorecards:grade", pk=pk)


@require_POST
def scorecard_reply(request: SignedInRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        if not scorecard.is_submitted or not can_converse(request.user, scorecard):
            raise PermissionDenied(_("Only the agent, the reviewer and the manager write here."))
        context = {**_context(request, load_sheet(pk, user=request.user)), "reply_form": form}
        return render(request, DETAIL, context, status=422)
    try:
        reply_to_scorecard(scorecard, form.cleaned_data["body"], by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:scorecard_list", entered=words_in(request))
    response = redirect("scorecards:scorecard_detail", pk=pk)
    response["Location"] += "#replies"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_override(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a submitted grade, with a reason; the first is kept as its earlier revision."""
    sheet = load_sheet(pk, user=request.user, with_hidden=True)
    scorecard = sheet.scorecard
    if not scorecard.is_submitted or not can_override(request.user, scorecard):
        raise PermissionDenied(_("Only an administrator changes a submitted grade."))
    if not scorecard.is_current:
        return refuse(
            request, Replaced(), back="scorecards:scorecard_list", entered=words_in(request)
        )
    data = request.POST if request.method == "POST" else None
    reason = ReasonForm(data, initial={"summary": scorecard.summary})
    rows = [ChangeForm(data, row) for row in sheet.criteria()]
    status = 200
    if data is not None:
        status = 422
        if all_valid([reason, *rows]):
            try:
                revision = override_scorecard(
                    scorecard,
                    {row.criterion: row.grade() for row in rows if row.has_changed()},
                    by=request.user,
                    **reason.cleaned_data,
                )
            except (Conflict, NotAllowed) as refusal:
                return refuse(
                    request, refusal, back="scorecards:scorecard_list", entered=words_in(request)
                )
            except Refused as refusal:
                reason.add_error(None, str(refusal))
            else:
                messages.success(request, _("The grade was changed; the first one is kept."))
                return redirect(revision)
    context = {"sheet": sheet, "scorecard": scorecard, "form": reason, "rows": rows}
    return render(request, "scorecards/scorecard_override.html", context, status=status)


def _context(request: SignedInRequest, sheet: Sheet) -> dict[str, Any]:
    """What the page of a finished scorecard needs: nine queries at most."""
    user, scorecard, now = request.user, sheet.scorecard, timezone.now()
    scorecard.version = sheet.version
    revisions = list(
        Scorecard.objects.visible_to(user)
        .filter(assignment=scorecard.assignment_id)
        .select_related("revised_by")
        .order_by("revision")
    )
    _mark_changes(scorecard, revisions)
    disputes = list(
        Dispute.objects.visible_to(user)
        .filter(scorecard__assignment=scorecard.assignment_id)
        .select_related("decided_by")
    )
    of_this = [row for row in disputes if row.scorecard_id == scorecard.pk]
    may_dispute = can_dispute(user, scorecard) and scorecard.is_current
    talks = can_converse(user, scorecard)
    return {
        "sheet": sheet,
        "scorecard": scorecard,
        "interaction": scorecard.interaction,
        "may_acknowledge": can_acknowledge(user, scorecard) and scorecard.is_current,
        "may_undo": can_edit(user, scorecard)
        and scorecard.is_current
        and not why_not_undone(scorecard, at=now),
        "may_override": can_override(user, scorecard)
        and scorecard.is_current
        and not any(row.is_open for row in of_this),
        "may_release": scorecard.is_held
        and Scorecard.objects.releasable_by(user).filter(pk=scorecard.pk).exists(),
        "may_dispute": may_dispute
        and not why_not_disputed(scorecard, states={row.state for row in of_this}, at=now),
        "dispute_last_day": (
            last_day(scorecard.dispute_ends_at, zone=zone_of(user)) if may_dispute else None
        ),
        "disputes": disputes,
        "revisions": revisions,
        "current": next((row for row in revisions if row.is_current), None),
        "talks": talks,
        "replies": Reply.objects.about(scorecard).select_related("author") if talks else (),
        "reply_form": ReplyForm(),
    }


def _mark_changes(scorecard: Scorecard, revisions: list[Scorecard]) -> None:
    """Set `replaced` on the criterion scores that this revision changed; one query, or none for the
    first. Needs `with_grades`."""
    before = next((row for row in revisions if row.revision == scorecard.revision - 1), None)
    if before is None:
        return
    rows = CriterionScore.objects.filter(scorecard=before).select_related("level")
    old = {row.criterion_id: row for row in rows}
    for score in scorecard.criterion_scores.all():
        was = old.get(score.criterion_id)
        if was and (was.level_id, was.is_not_applicable) != (
            score.level_id,
            score.is_not_applicable,
        ):
            score.replaced = was


def _chosen_person(request: SignedInRequest, people: UserQuerySet) -> User | None:
    value = request.GET.get("agent", "")
    if not value.isdecimal():
        return None
    if not DATABASE_ID.fullmatch(value):
        raise Http404
    return get_object_or_404(people, pk=value)


def _chosen_version(
    request: SignedInRequest, versions: list[RubricVersion]
) -> RubricVersion | None:
    value = request.GET.get("version", "")
    found = next((row for row in versions if str(row.pk) == value), None)
    if found is None and value.isdecimal():
        raise Http404
    return found
