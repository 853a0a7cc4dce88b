"""What the views of every kind of step share."""

from typing import TypeVar

from django.http import Http404
from django.shortcuts import get_object_or_404

from content.models import LessonPage, PracticePage, QuizPage, SamplePage, ScormPage
from people.models import User

Step = TypeVar("Step", LessonPage, QuizPage, ScormPage, PracticePage, SamplePage)


def step_or_404(model: type[Step], user: User, pk: int) -> Step:
    """A lesson or quiz which `user` may read. One that is not published any more is found too: the
    action says so, to whoever still had it open."""
    page = get_object_or_404(model, pk=pk)
    if page.live and not model.objects.visible_to(user).filter(pk=pk).exists():
        raise Http404
    return page
