from typing import Any, NoReturn

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Where the Wagtail admin sends whom it turns away.

    Somebody signed in who may not work there is told so; the sign-in page would only send them back.
    """
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("wagtailadmin_home")
    if not request.user.is_authenticated:
        return redirect_to_login(target, "account_login")
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied(_("The editing area is for editors and administrators."))
    return HttpResponseRedirect(target)


def no_way_around(request: HttpRequest, **kwargs: Any) -> NoReturn:
    """In the place of Wagtail's addresses that publish, move and delete pages without running a hook:
    past approval, the change note and what people have learned from."""
    raise Http404
