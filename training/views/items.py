"""How the questions of a quiz do, for those who write them and those who develop people."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from content.models import Question, QuizDraw, QuizPage, QuizQuestion
from measurement.items import CONSISTENCY_FROM, FACILITY_FROM, FLAGS_FROM
from people.models import User
from people.requests import SignedInRequest
from training.item_analysis import analyse_quiz
from training.permissions import can_see_item_analysis
from training.views.steps import step_or_404


@require_safe
def quiz_items(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Facility, discrimination, consistency and unpicked options of one quiz; nobody is named."""
    quiz = step_or_404(QuizPage, request.user, page_id)
    _must_be_allowed(request.user)
    context = {
        "quiz": quiz,
        "report": analyse_quiz(quiz),
        "facility_from": FACILITY_FROM,
        "flags_from": FLAGS_FROM,
        "consistency_from": CONSISTENCY_FROM,
        "may_edit": request.user.has_perm("content.change_question"),
    }
    return render(request, "training/quiz_items.html", context)


@require_safe
def question_items(request: SignedInRequest, pk: int) -> HttpResponse:
    """The quizzes that ask a question; straight to the place in the only one."""
    _must_be_allowed(request.user)
    question = get_object_or_404(Question, pk=pk)
    asked = QuizQuestion.objects.filter(question=question).values("quiz")
    drawn = QuizDraw.objects.filter(tag__in=question.tags.all()).values("quiz")
    quizzes = QuizPage.objects.visible_to(request.user).filter(Q(pk__in=asked) | Q(pk__in=drawn))
    found = [
        (quiz, f"{reverse('training:quiz_items', args=[quiz.pk])}#item-{question.pk}")
        for quiz in quizzes.order_by("title", "pk")
    ]
    if len(found) == 1:
        return redirect(found[0][1])
    return render(request, "training/question_items.html", {"question": question, "quizzes": found})


def _must_be_allowed(user: User) -> None:
    if not can_see_item_analysis(user):
        raise PermissionDenied(_("How questions do is for editors and managers."))
