"""The learner's own page, quizzes, and the training of a manager's people."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import LearningPath, LessonPage, ModulePage, QuizPage, Skill, TrainingIndexPage
from people.converters import DATABASE_ID
from people.models import Team, User
from people.requests import SignedInRequest
from training import actions
from training.actions import AlreadyHandedIn, AssignmentReport, NotAllowed
from training.forms import AssignForm, TeamFilterForm, changed_answers
from training.marking import unanswered
from training.models import Attempt, ModuleAssignment
from training.permissions import can_assign_modules
from training.progress import learning_of, module_progress, parent_path
from training.team_progress import team_table
from ui.pagination import paginate

Step = TypeVar("Step", LessonPage, QuizPage)


@require_safe
def learning(request: SignedInRequest) -> HttpResponse:
    today = timezone.localdate()
    catalogue = TrainingIndexPage.objects.visible_to(request.user).first()
    return render(
        request,
        "training/learning.html",
        {
            "learning": learning_of(request.user, on=today),
            "today": today,
            "catalogue_url": catalogue.get_url(request) if catalogue else "",
        },
    )


@require_POST
def lesson_complete(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Go on to the next step of the module, or back to the module when it was the last."""
    lesson = _step_or_404(LessonPage, request.user, page_id)
    try:
        actions.complete_lesson(request.user, lesson)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("training:learning")
    progress = module_progress(request.user, parent_path(lesson.path))
    if progress is None:
        messages.success(request, _("“%(title)s” is done.") % {"title": lesson.title})
        return redirect("training:learning")
    following = progress.step_after(lesson)
    if following is None:
        text = _("You have finished the module “%(title)s”.") % {"title": progress.module.title}
        messages.success(request, text)
        return redirect(progress.module.get_url(request))
    titles = {"title": lesson.title, "next": following.title}
    messages.success(request, _("“%(title)s” is done. Next: “%(next)s”.") % titles)
    return redirect(following.get_url(request))


@require_POST
def quiz_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    quiz = _step_or_404(QuizPage, request.user, page_id)
    try:
        attempt = actions.start_attempt(request.user, quiz)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("training:learning")
    return redirect("training:attempt_detail", pk=attempt.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def attempt_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The quiz while it is open, the result afterwards; a POST saves what was changed so far."""
    attempt = _attempt_or_404(request.user, pk)
    if request.method != "POST":
        return _show_attempt(request, attempt)
    _must_be_ones_own(request.user, attempt)
    try:
        actions.save_answers(attempt, changed_answers(request.POST, attempt.asked), by=request.user)
    except AlreadyHandedIn as refusal:
        return _refuse_closed(request, attempt, refusal)
    if request.htmx:
        return render(
            request,
            "training/attempt_detail.html#saved",
            {**_open_attempt(attempt), "is_autosave": True},
        )
    messages.success(request, _("Your answers are saved. You can go on at any time."))
    return redirect("training:attempt_detail", pk=attempt.pk)


@require_POST
def attempt_submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand in. While questions are open this asks first, unless `anyway` was pressed."""
    attempt = _attempt_or_404(request.user, pk)
    _must_be_ones_own(request.user, attempt)
    try:
        answers = actions.save_answers(
            attempt, changed_answers(request.POST, attempt.asked), by=request.user
        )
        if unanswered(attempt.asked, answers) and "anyway" not in request.POST:
            return _show_attempt(request, attempt, status=422)
        actions.submit_attempt(attempt, by=request.user)
    except AlreadyHandedIn as refusal:
        return _refuse_closed(request, attempt, refusal)
    return redirect("training:attempt_detail", pk=attempt.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def team_training(request: SignedInRequest) -> HttpResponse:
    """The table of one's people by module; a POST assigns a module or path to those ticked."""
    if not can_assign_modules(request.user):
        raise PermissionDenied(_("The training of others is for their managers."))
    today = timezone.localdate()
    people = (
        User.objects.visible_to(request.user).filter(is_active=True).exclude(pk=request.user.pk)
    )
    modules = ModulePage.objects.visible_to(request.user).order_by("title")
    form = AssignForm(request.POST or None, people=people, modules=modules, today=today)
    if request.method == "POST" and form.is_valid() and _assign(request, form):
        return redirect(_without_ticks(request))
    filters = TeamFilterForm(request.GET, teams=Team.objects.visible_to(request.user))
    page = paginate(request, filters.narrow(people, on=today))
    late = ModuleAssignment.objects.overdue(on=today).filter(user__in=people)
    context = {
        "table": team_table(list(page.object_list), on=today),
        "page": page,
        "filters": filters,
        "form": form,
        "ticked": _ticked(request, page.object_list),
        "late_count": late.values("user").distinct().count(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "training/team_training.html", context, status=status)


def _without_ticks(request: SignedInRequest) -> str:
    """The same filter and page, so that the next assignment starts with nobody."""
    kept = request.GET.copy()
    kept.pop("tick", None)
    return f"{request.path}?{kept.urlencode()}" if kept else request.path


def _ticked(request: SignedInRequest, people: Iterable[User]) -> set[int]:
    """Whose boxes are ticked: after a refused form those that were, else all if the address says so."""
    if request.method == "POST":
        return {int(pk) for pk in request.POST.getlist("people") if DATABASE_ID.fullmatch(pk)}
    return {person.pk for person in people} if request.GET.get("tick") == "all" else set()


def _step_or_404(model: type[Step], user: User, pk: int) -> Step:
    """A lesson or quiz which `user` may read. One that is not published any more is found too: the
    action says so, to whoever still had it open."""
    page = get_object_or_404(model, pk=pk)
    if page.live and not model.objects.visible_to(user).filter(pk=pk).exists():
        raise Http404
    return page


def _attempt_or_404(user: User, pk: int) -> Attempt:
    return get_object_or_404(Attempt.objects.visible_to(user).select_related("quiz", "user"), pk=pk)


def _must_be_ones_own(user: User, attempt: Attempt) -> None:
    if attempt.user_id != user.pk:
        raise PermissionDenied(_("Only the person who takes a quiz can answer it."))


def _show_attempt(request: SignedInRequest, attempt: Attempt, *, status: int = 200) -> HttpResponse:
    """`status` 422 asks about the questions that are still open."""
    is_own = attempt.user_id == request.user.pk
    progress = module_progress(request.user, parent_path(attempt.quiz.path))
    steps = progress.steps if progress else ()
    context = {
        "attempt": attempt,
        "is_own": is_own,
        "progress": progress,
        "module_url": progress.module.get_url(request) if progress else "",
        "can_retry": is_own and any(step.pk == attempt.quiz_id for step in steps),
        "next_step": progress.next_step if progress and is_own else None,
    }
    if attempt.is_submitted:
        result = attempt.result
        names = dict(Skill.objects.values_list("key", "name"))
        context["marks"] = [
            (mark, names.get(mark.question.skill, mark.question.skill)) for mark in result.marks
        ]
        context["right_count"] = sum(mark.is_right for mark in result.marks)
    elif is_own:
        context |= _open_attempt(attempt)
        context["asks_anyway"] = status == 422
    return render(request, "training/attempt_detail.html", context, status=status)


def _open_attempt(attempt: Attempt) -> dict[str, Any]:
    """What the form shows: each question with what is chosen, and the numbers of those still open."""
    asked = attempt.asked
    left = {question.id for question in unanswered(asked, attempt.answers)}
    return {
        "attempt": attempt,
        "asked": [(question, attempt.answers.get(question.id, [])) for question in asked],
        "left": [
            (number, question)
            for number, question in enumerate(asked, start=1)
            if question.id in left
        ],
        "answered_count": len(asked) - len(left),
    }


def _refuse_closed(
    request: SignedInRequest, attempt: Attempt, refusal: AlreadyHandedIn
) -> HttpResponse:
    """Answer 409 and show the result, in which the message stands."""
    messages.warning(request, str(refusal))
    attempt.refresh_from_db()
    if not request.htmx:
        return _show_attempt(request, attempt, status=409)
    response = HttpResponse(str(refusal), status=409)
    response["HX-Redirect"] = reverse("training:attempt_detail", args=[attempt.pk])
    return response


def _assign(request: SignedInRequest, form: AssignForm) -> bool:
    """Assign what the valid form says and tell what came of it; a refusal becomes its error."""
    target, people = form.cleaned_data["target"], form.cleaned_data["people"]
    try:
        if isinstance(target, LearningPath):
            report = actions.assign_path_to_many(people, target, by=request.user)
        else:
            report = actions.assign_module_to_many(
                people, target, by=request.user, due_on=form.cleaned_data["due_on"]
            )
    except NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return False
    for sentence in _sentences(report, target.title):
        messages.success(request, sentence)
    return True


def _sentences(report: AssignmentReport, title: str) -> list[str]:
    """What an assignment came to. Somebody who got a part of a path counts as assigned."""
    assigned = {each.user_id for each in report.assigned}
    moved = {each.user_id for each in report.moved}
    had = {person.pk for person in report.already_assigned} - assigned
    done = {person.pk for person in report.already_done} - assigned - had
    counted = [
        (
            assigned,
            ngettext(
                "“%(title)s” is assigned to %(n)d person.",
                "“%(title)s” is assigned to %(n)d people.",
                len(assigned),
            ),
        ),
        (
            moved,
            ngettext(
                "%(n)d person had it already; the due date was moved.",
                "%(n)d people had it already; the due date was moved.",
                len(moved),
            ),
        ),
        (had, ngettext("%(n)d person had it already.", "%(n)d people had it already.", len(had))),
        (
            done,
            ngettext(
                "%(n)d person has done it already.", "%(n)d people have done it already.", len(done)
            ),
        ),
    ]
    return [text % {"title": title, "n": len(group)} for group, text in counted if group]
