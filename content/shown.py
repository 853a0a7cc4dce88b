"""Who may have a file of the manual: a document, or a picture of a page. One rule for both.

A file is shown by pages. Who may open one of them may have the file; where all that show it are drafts,
or closed to somebody, it is as if it were not there. What no page shows yet is for who may choose it in
the editing area. A closed collection stands before all that.
"""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from wagtail import hooks
from wagtail.models import BaseViewRestriction, CollectionMember, Page, ReferenceIndex
from wagtail.permissions import policy_registry
from wagtail.signal_handlers import reference_index_auto_update_disabled

from content.closed import closed_pages
from content.models.base import EvenhandPage


def refusal(request: HttpRequest, file: CollectionMember) -> HttpResponseBase | None:
    """None where the person may have it, else the question for a password; `Http404` otherwise.

    At most three queries with what is asked of `closed_pages`, and one for each kind of page.
    """
    asked = _collection_asks(request, file)
    if asked is not None:
        return asked
    if not _is_shown_to(request, file) and not _may_choose(request, file):
        raise Http404
    return None


def _collection_asks(request: HttpRequest, file: Any) -> HttpResponseBase | None:
    """Wagtail's own answer to a closed collection; but whoever is signed in and in none of the groups
    is told that there is nothing, because signing in again would not help."""
    restrictions = list(file.collection.get_view_restrictions())
    if not restrictions:
        return None
    for restriction in restrictions:
        is_password = restriction.restriction_type == BaseViewRestriction.PASSWORD
        if not is_password and not restriction.accept_request(request):
            raise Http404
    for ask in hooks.get_hooks("before_serve_document"):
        answer = ask(file, request)
        if isinstance(answer, HttpResponseBase):
            return answer
    return None


def _is_shown_to(request: HttpRequest, file: Model) -> bool:
    references = ReferenceIndex.get_references_to(file).values_list(
        "base_content_type__app_label", "base_content_type__model", "object_id"
    )
    shown_by = set(references)
    page_kind = (Page._meta.app_label, Page._meta.model_name)
    ids = [pk for *kind, pk in shown_by if tuple(kind) == page_kind]
    if len(ids) < len(shown_by):
        return True  # By a snippet, and those are closed to nobody.
    pages = Page.objects.filter(pk__in=ids).live()
    if not closed_pages():
        return pages.exists()
    return any(_may_open(request, page) for page in pages.specific())


def _may_open(request: HttpRequest, page: Page) -> bool:
    if isinstance(page, EvenhandPage) and page.is_hidden_from(request.user):
        return False
    return all(each.accept_request(request) for each in page.get_view_restrictions())


def _may_choose(request: HttpRequest, file: Model) -> bool:
    policy = policy_registry.get_by_type(type(file))
    actions = ["choose", "change", "delete"]
    return bool(policy.user_has_any_permission_for_instance(request.user, actions, file))


def note_what_a_page_shows(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """Wagtail's worker writes that down, a moment after the page is public or, when it rests, much later;
    until then its files would be for nobody."""
    if not getattr(reference_index_auto_update_disabled, "value", False):
        with transaction.atomic():
            ReferenceIndex.create_or_update_for_object(instance)
