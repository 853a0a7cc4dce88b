"""Which reminders one wants."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.requests import SignedInRequest
from training.forms_paths import ReminderForm
from training.models import ReminderChoice


@require_http_methods(["GET", "HEAD", "POST"])
def reminder_choice(request: SignedInRequest) -> HttpResponse:
    choice = ReminderChoice.objects.filter(user=request.user).first()
    choice = choice or ReminderChoice(user=request.user)
    form = ReminderForm(request.POST if request.method == "POST" else None, instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is saved."))
        return redirect("training:learning")
    status = 422 if request.method == "POST" else 200
    return render(request, "training/reminder_choice.html", {"form": form}, status=status)
