"""One's own ways in, invitations, and what administrators do about other people's."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required, permission_required
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Count, Min, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.audit import record
from people.exports import ID, Column, Moment, list_export, require_list
from people.models import Invitation, User
from people.requests import SignedInRequest
from people.signin import inviting
from people.signin.factors import factors_of, needs_second_factor, reset_factors
from people.signin.forms import password_help
from people.signin.sessions import end_other_sessions, end_session, windows_of
from people.signin.unreadable import UnreadableFactor
from ui.pagination import paginate

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# After so long, mails that wait are no longer just being sent.
LATE = dt.timedelta(minutes=10)
may_manage_people = permission_required("people.change_user", raise_exception=True)


@never_cache
@require_GET
def security(request: SignedInRequest) -> HttpResponse:
    """Password, second factors and windows of whoever asks; stands for allauth's list of factors."""
    kept = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    codes = next((row for row in kept if row.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": next((row for row in kept if row.type == Authenticator.Type.TOTP), None),
        "passkeys": [row for row in kept if row.type == Authenticator.Type.WEBAUTHN],
        "has_factor": any(row.type != Authenticator.Type.RECOVERY_CODES for row in kept),
        **_recovery_codes(codes),
        "has_codes": codes is not None,
        "is_needed": needs_second_factor(request.user),
        "windows": windows_of(request.user, session_key=request.session.session_key),
    }
    return render(request, "people/security.html", context)


def _recovery_codes(kept: Authenticator | None) -> dict[str, Any]:
    try:
        left = len(RecoveryCodes(kept).get_unused_codes()) if kept else 0
    except UnreadableFactor as problem:
        # Who sees this page is in, and shall hear of it before they are out.
        return {"codes_left": 0, "unreadable": problem.message}
    return {"codes_left": left}


@require_POST
def session_end(request: SignedInRequest, pk: int) -> HttpResponse:
    if end_session(request.user, pk):
        record("end_windows", by=request.user, of=request.user, after={"ended": 1})
        messages.success(request, _("Signed out there."))
    else:
        messages.info(request, _("That window was signed out already."))
    return redirect("mfa_index")


@require_POST
def sessions_end(request: SignedInRequest) -> HttpResponse:
    """All but this one."""
    ended = end_other_sessions(request)
    record("end_windows", by=request.user, of=request.user, after={"ended": ended})
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("mfa_index")


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-shown": ""}),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user
        self.fields["password"].help_text = password_help()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: SignedInRequest, token: str) -> HttpResponse:
    """Choose a password and come in, once."""
    with transaction.atomic():
        found = inviting.invitation_of(token, at=timezone.now())
    if found is None:
        return render(request, "people/invitation_gone.html", status=410)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=found.user)
    if not form.is_valid():
        context = {"form": form, "person": found.user}
        return render(
            request, "people/invitation.html", context, status=422 if form.errors else 200
        )
    # The password was looked up among leaked ones meanwhile, which holds no lock.
    with transaction.atomic():
        found = inviting.invitation_of(token, at=timezone.now())
        if found is None:
            return render(request, "people/invitation_gone.html", status=410)
        user = inviting.accept(found, password=form.cleaned_data["password"])
        login(request, user, backend=BACKEND)
    messages.success(request, _("Welcome, %s.") % user)
    return redirect("mfa_index" if needs_second_factor(user) else "insights:home")


INVITATIONS: tuple[Column, ...] = (
    ID,
    (gettext_lazy("Name"), "get_full_name"),
    (gettext_lazy("E-mail address"), "email"),
    (gettext_lazy("Added"), Moment("date_joined")),
    (gettext_lazy("Invited"), Moment("invitation.invited_at")),
    (gettext_lazy("Works until"), Moment("invitation.expires_at")),
)


@require_list
@may_manage_people
def invitation_list(request: SignedInRequest) -> HttpResponseBase:
    """Who was added and never came in, and how their invitations are."""
    wanted = request.GET.get("q", "").strip()
    now = timezone.now()
    state = _sending(at=now)
    if request.htmx:
        response = render(request, "people/invitation_list.html#sending", {"sending": state})
        if not state["waiting"]:
            response["HX-Refresh"] = "true"
        return response
    never_here = User.objects.never_here().with_words(wanted)
    rows = never_here.select_related("invitation").order_by("-date_joined", "-pk")
    if answer := list_export(request, rows, INVITATIONS, "invitations"):
        return answer
    page = paginate(request, rows)
    for person in page:
        invited = getattr(person, "invitation", None)
        person.invited = invited
        person.invitation_state = invited.state(at=now) if invited else "none"
    context = {
        "page": page,
        "wanted": wanted,
        "sending": state,
        "uninvited": never_here.uninvited(at=now).count(),
    }
    return render(request, "people/invitation_list.html", context)


def _sending(*, at: dt.datetime) -> dict[str, Any]:
    """How far the mails of open invitations are. One query."""
    rows = Invitation.objects.open(at=at).filter(
        user__is_active=True, user__last_login__isnull=True
    )
    unsent = Q(sent_at=None)
    found = rows.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=unsent),
        since=Min("invited_at", filter=unsent),
    )
    is_late = found["since"] is not None and found["since"] < at - LATE
    return {**found, "sent": found["total"] - found["waiting"], "is_late": is_late}


@require_http_methods(["GET", "POST"])
@may_manage_people
def invite_all(request: SignedInRequest) -> HttpResponse:
    """All of the list that have no invitation which works, and a mail that waited too long goes out."""
    said = request.POST if request.method == "POST" else request.GET
    wanted = said.get("q", "").strip()
    people = User.objects.never_here().with_words(wanted)
    if request.method == "GET":
        uninvited = people.uninvited(at=timezone.now())
        context = {
            "wanted": wanted,
            "count": uninvited.count(),
            "some": uninvited[:5],
            "days": Invitation.LASTS.days,
            "has_providers": bool(settings.SOCIALACCOUNT_PROVIDERS),
        }
        return render(request, "people/invite_all.html", context)
    invited = inviting.invite_all(people, by=request.user)
    if invited:
        text = ngettext("%d person is invited.", "%d people are invited.", invited) % invited
        messages.success(request, text)
    else:
        messages.info(request, _("Nobody was left to invite; mails that wait are tried again."))
    query = f"?{urlencode({'q': wanted})}" if wanted else ""
    return redirect(reverse("people:invitation_list") + query)


@require_POST
@may_manage_people
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        inviting.invite(person, by=request.user)
    except inviting.NotInvitable as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("An invitation goes to %s.") % person.email)
    return redirect("people:invitation_list")


@require_POST
@may_manage_people
def invitation_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if inviting.withdraw(person, by=request.user):
        messages.success(request, _("The invitation of %s opens nothing any more.") % person)
    else:
        messages.info(request, _("%s has no open invitation.") % person)
    return redirect("people:invitation_list")


@require_http_methods(["GET", "POST"])
@may_manage_people
def factors_reset(request: SignedInRequest, pk: int) -> HttpResponse:
    """For who lost a phone: take their factors, and end their sessions."""
    person = get_object_or_404(User, pk=pk)
    if person.is_superuser and not request.user.is_superuser:
        messages.error(request, _("Superusers are looked after on the command line."))
        return redirect("people:invitation_list")
    if person.pk == request.user.pk:
        # Here nobody asks for the password again, which one's own page does.
        messages.error(request, _("Your own second factors are looked after on this page."))
        return redirect("mfa_index")
    if request.method == "GET":
        context = {"person": person, "has_factor": factors_of(person).exists()}
        return render(request, "people/factors_reset.html", context)
    reset_factors(person, by=request.user)
    messages.success(
        request, _("%s has no second factor any more and is signed out everywhere.") % person
    )
    return redirect(reverse("wagtailusers_users:edit", args=[person.pk]))
