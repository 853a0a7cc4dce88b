"""What all our pages share."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet

from people.models import User

Reader = User | AnonymousUser

GROUPS, LOGIN = PageViewRestriction.GROUPS, PageViewRestriction.LOGIN


def restrictions_barring(user: Reader, *, path: Combinable) -> QuerySet[PageViewRestriction]:
    """Privacy settings on the page at `path`, or on a page above it, which do not admit `user`.

    A shared password is proved per session, which a query cannot see, so it admits nobody here.
    """
    asked = ExpressionWrapper(path, output_field=CharField())
    above = PageViewRestriction.objects.annotate(asked=asked).filter(
        asked__startswith=F("page__path")
    )
    if not user.is_authenticated:
        return above
    by_group = Q(restriction_type=GROUPS)
    if not user.is_superuser:
        by_group &= Q(groups__user=user)
    admitting = PageViewRestriction.objects.filter(by_group | Q(restriction_type=LOGIN))
    return above.exclude(pk__in=admitting.values("pk"))


class VisiblePageQuerySet(PageQuerySet):
    def visible_to(self, user: Reader) -> "VisiblePageQuerySet":
        """Published pages that no privacy setting keeps from `user`. Adds no query of its own."""
        barring = restrictions_barring(user, path=OuterRef("path"))
        return self.live().filter(~Exists(barring))


VisiblePageManager = PageManager.from_queryset(VisiblePageQuerySet)


class EvenhandPage(Page):
    """A page whose context the rooms above may add to, through the hook "evenhand_page_context".

    `content` may not import `training`, yet a lesson shows the reader's progress: `training`
    registers `fn(page, request) -> dict` under that hook, and the page's template uses what is there.
    """

    objects = VisiblePageManager()

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        if self.pk and request.user.has_perm("wagtailadmin.access_admin"):
            context["edit_url"] = reverse("wagtailadmin_pages:edit", args=[self.pk])
        for add in hooks.get_hooks("evenhand_page_context"):
            context.update(add(self, request))
        return context

    def is_hidden_from(self, user: Reader) -> bool:
        """Whether a privacy setting by group keeps the page from `user`. One query."""
        barring = restrictions_barring(user, path=Value(self.path))
        return barring.filter(restriction_type=GROUPS).exists()


class HomePage(EvenhandPage):
    """The root of the site. People never read it: "/" is their own start page."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["content.ManualIndexPage", "content.TrainingIndexPage"]

    class Meta:
        verbose_name = _("home page")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("insights:home")

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return super().serve(request)
