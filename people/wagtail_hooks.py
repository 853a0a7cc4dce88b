from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import Button

from people.audit import record
from people.models import User
from people.signin.leaving import end_what_is_open
from people.viewsets import TeamViewSet, facts_of


@hooks.register("register_admin_viewset")
def register_teams() -> ViewSet:
    return TeamViewSet("teams")


@hooks.register("before_bulk_action")
def remember_people(
    request: HttpRequest, action_type: str, objects: Sequence[models.Model], view: BulkAction
) -> None:
    """Wagtail gives roles and deactivates in bulk, past our edit view and its audit record."""
    people = [item for item in objects if isinstance(item, User)]
    view.facts_before = {person.pk: facts_of(person) for person in people}


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
