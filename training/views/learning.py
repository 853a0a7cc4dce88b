"""The learner's own page, and the lessons they finish."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from content.models import LessonPage, TrainingIndexPage
from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.models import Acknowledgement, Certificate, Shadowing
from training.permissions import can_see_signatures
from training.progress import learning_of, module_progress, parent_path
from training.refresher_sessions import plan_of
from training.views.steps import step_or_404


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
            "refreshers": plan_of(request.user, on=today),
            "to_sign_count": Acknowledgement.objects.open().filter(user=request.user).count(),
            "certificate_count": Certificate.objects.filter(user=request.user).count(),
            "to_observe_count": Shadowing.objects.open().filter(observer=request.user).count(),
            "sees_signatures": can_see_signatures(request.user),
            "catalogue_url": catalogue.get_url(request) if catalogue else "",
        },
    )


@require_POST
def lesson_complete(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Go on to the next step of the module, or back to the module when it was the last."""
    lesson = step_or_404(LessonPage, request.user, page_id)
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
