"""The editions of a procedure for its readers, and "nothing changed" for its owner."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.models import Page

from content.editions import compare
from content.files import EDITIONS
from content.forms_governance import CompareForm
from content.governance import NotAllowed, can_review, mark_reviewed
from content.models import Governance, ManualSectionPage, ProcedurePage
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate


@require_list
def page_history(request: SignedInRequest, page_id: int) -> HttpResponseBase:
    """Every edition with its note, and the difference between any two (`?older=&newer=`, by number)."""
    procedures = ProcedurePage.objects.visible_to(request.user).defer_streamfields()
    procedure = get_object_or_404(procedures, pk=page_id)
    editions = procedure.editions.order_by("-number")
    rows = editions.defer("text").select_related("author", "approved_by")
    if answer := list_export(request, rows, EDITIONS, f"editions-{procedure.pk}"):
        return answer
    page = paginate(request, rows)
    form = CompareForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    numbers = sorted({asked["older"], asked["newer"]}) if asked else []
    if not numbers:
        numbers = sorted(editions.values_list("number", flat=True)[:2])
    chosen = {edition.number: edition for edition in editions.filter(number__in=numbers)}
    context = {"procedure": procedure, "page": page}
    if len(chosen) == 2:
        older, newer = chosen[min(chosen)], chosen[max(chosen)]
        context |= {"older": older, "newer": newer, "changes": compare(older, newer)}
    elif asked:
        context["same_twice"] = len(numbers) == 1
        context["is_unknown"] = len(numbers) == 2
    return render(request, "content/page_history.html", context)


@require_POST
def page_reviewed(request: SignedInRequest, page_id: int) -> HttpResponse:
    """Mark a page as reviewed; back to where the button was."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not isinstance(page, ProcedurePage | ManualSectionPage):
        raise Http404
    governance = Governance.objects.filter(page_id=page.pk).first()
    is_readable = type(page).objects.visible_to(request.user).filter(pk=page.pk).exists()
    if not is_readable and not can_review(request.user, governance):
        raise Http404
    try:
        mark_reviewed(page, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        status = 403 if not can_review(request.user, governance) else 409
        return render(request, "content/refused.html", {"page": page}, status=status)
    messages.success(request, _("“%s” is marked as reviewed today.") % page.title)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = page.get_url(request) or "/"
    return HttpResponseRedirect(back)
