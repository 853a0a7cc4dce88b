"""Whether one wants the weekly digest."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coaching.forms_digests import DigestForm
from coaching.models import DigestChoice
from people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def digest_choice(request: SignedInRequest) -> HttpResponse:
    if not request.user.has_perm("people.develop_team"):
        raise PermissionDenied(_("The weekly digest is for managers."))
    choice = DigestChoice.objects.filter(user=request.user).first()
    choice = choice or DigestChoice(user=request.user)
    form = DigestForm(request.POST if request.method == "POST" else None, instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is saved."))
        return redirect("coaching:digest_choice")
    status = 422 if request.method == "POST" else 200
    return render(request, "coaching/digest_choice.html", {"form": form}, status=status)
