from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import Button

from people.audit import record
from people.models import User
from people.signin.leaving import end_what_is_open
from people.viewsets import SUPERUSERS, TeamViewSet, facts_of


@hooks.register("register_admin_viewset")
def register_teams() -> ViewSet:
    return TeamViewSet("teams")


@hooks.register("before_bulk_action")
def refuse_what_is_none_of_theirs(
    request: HttpRequest, action_type: str, objects: Sequence[models.Model], view: BulkAction
) -> None:
    """Wagtail leaves out what somebody may not act on. Where nothing else was chosen, it would say that
    this was done."""
    if not objects:
        raise PermissionDenied


@hooks.register("before_delete_snippet")
def refuse_to_name_what_is_none_of_theirs(
    request: HttpRequest, snippets: Sequence[models.Model]
) -> None:
    """Before it asks whether to, Wagtail names what somebody may not delete, nor perhaps see."""
    if not snippets:
        raise PermissionDenied


@hooks.register("before_bulk_action")
def remember_people(
    request: Any, action_type: str, objects: Sequence[models.Model], view: BulkAction
) -> HttpResponse | None:
    """Wagtail gives roles and deactivates in bulk, past our edit view, what it refuses and its audit
    record."""
    people = [item for item in objects if isinstance(item, User)]
    if any(person.is_superuser for person in people) and not request.user.is_superuser:
        messages.error(request, SUPERUSERS)
        return redirect(view.next_url)
    view.facts_before = {person.pk: facts_of(person) for person in people}
    return None


@hooks.register("after_bulk_action")
def record_changed_people(
    request: Any, action_type: str, objects: Sequence[models.Model], view: BulkAction
) -> None:
    for person in User.objects.filter(pk__in=view.facts_before):
        before, after = view.facts_before[person.pk], facts_of(person)
        if before != after:
            record("change_person", by=request.user, of=person, before=before, after=after)
        if before["is_active"] and not person.is_active:
            end_what_is_open(person, created=False)


@hooks.register("register_user_listing_buttons")
def offer_reset_of_factors(user: User, request_user: User) -> Iterator[Button]:
    if request_user.has_perm("people.change_user"):
        address = reverse("people:factors_reset", args=[user.pk])
        yield Button(_("Take away second factors"), address, icon_name="lock-open", priority=40)
