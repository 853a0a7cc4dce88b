from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.forms import ProfileForm
from people.models import Membership
from people.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own time zone and language; name, roles and teams to look at."""
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("people:profile")
    memberships = (
        Membership.objects.filter(user=request.user)
        .current(on=timezone.localdate())
        .select_related("team")
    )
    context = {"form": form, "memberships": memberships, "roles": request.user.groups.all()}
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)
