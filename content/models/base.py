"""What all our pages share."""

import re
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail import hooks
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet

from content import languages
from content.closed import Reader as Reader
from content.closed import closed_pages, closed_to, is_below
from people.once import once

GROUPS, LOGIN = PageViewRestriction.GROUPS, PageViewRestriction.LOGIN


class VisiblePageQuerySet(PageQuerySet):
    def visible_to(self, user: Reader) -> "VisiblePageQuerySet":
        """Published pages that no privacy setting keeps from `user`. One query for the settings,
        on a page the first time only; none is added to this one by them.

        A translation stands in a tree of its own: what keeps its original keeps it as well.
        """
        barring = closed_to(user)
        if not barring:
            return self.live()
        pages = self.live().exclude(is_below(barring))
        if not languages.is_multilingual():
            return pages
        source = languages.source_language()
        originals = Page.objects.filter(is_below(barring), locale__language_code=source)
        return pages.exclude(translation_key__in=originals.order_by().values("translation_key"))

    def for_reader(self, user: Reader) -> "VisiblePageQuerySet":
        """Of what `user` may read each page once: in their language where it is translated, else in the
        source language. Adds no query of its own to `visible_to`.

        With several languages the pages know `in_language`, `is_untranslated` (into the reader's) and
        `place`: where their original stands in the tree.
        """
        pages = self.visible_to(user)
        if not languages.is_multilingual():
            return pages
        source, own = languages.source_language(), languages.language_of(user)
        in_source = Q(locale__language_code=source)
        if own == source:
            chosen = pages.filter(in_source)
            place: Combinable = F("path")
        else:
            in_own = Q(locale__language_code=own, alias_of__isnull=True)
            # An alias only holds the place of a page that nobody has translated yet.
            others = VisiblePageQuerySet(Page).visible_to(user).filter(in_own)
            others = others.filter(translation_key=OuterRef("translation_key"))
            chosen = pages.filter(in_own | (in_source & ~Exists(others)))
            place = Coalesce(_path_of_original(), F("path"))
        return chosen.annotate(
            in_language=F("locale__language_code"),
            is_untranslated=ExpressionWrapper(
                ~Q(locale__language_code=own), output_field=BooleanField()
            ),
            place=place,
        )

    def below(self, page: Page) -> "VisiblePageQuerySet":
        """What stands below `page`; with several languages, below its translations too."""
        if not languages.is_multilingual():
            return self.descendant_of(page)
        tops = Page.objects.filter(translation_key=page.translation_key)
        above = tops.annotate(asked=ExpressionWrapper(OuterRef("path"), output_field=CharField()))
        below = above.filter(asked__startswith=F("path"), depth__lt=OuterRef("depth"))
        return self.filter(Exists(below))

    def originals(self) -> "VisiblePageQuerySet":
        """Without the pages that translate another one."""
        if not languages.is_multilingual():
            return self
        source = languages.source_language()
        return self.filter(
            Q(locale__language_code=source)
            | ~Exists(
                Page.objects.filter(
                    locale__language_code=source, translation_key=OuterRef("translation_key")
                )
            )
        )


def _path_of_original() -> Subquery:
    original = Page.objects.filter(
        translation_key=OuterRef("translation_key"),
        locale__language_code=languages.source_language(),
    )
    return Subquery(original.order_by().values("path")[:1])


# What stands in an address as it is.
_PLAIN = re.compile(r"[a-z0-9_/-]*")


@once
def _front(language: str) -> str:
    """What the addresses of all pages in `language` begin with."""
    with override(language):
        return reverse("wagtail_serve", args=("",))


def _plain_parts(page: Page, request: HttpRequest | None) -> tuple[int, str, str] | None:
    roots = page._get_relevant_site_root_paths(request)
    if len(roots) != 1 or not _PLAIN.fullmatch(page.url_path):
        return None
    site, root, root_url, language = roots[0]
    return site, root_url, _front(language) + page.url_path[len(root) :]


def address_of(page: Page, request: HttpRequest | None) -> str | None:
    """The address of a page that is known only as one of Wagtail's, where there is one site."""
    parts = _plain_parts(page, request)
    only_site = len({root.site_id for root in page._get_site_root_paths(request)}) == 1
    address: str | None = parts[2] if parts and only_site else page.get_url(request)
    return address


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

    def is_readable_by(self, user: Reader) -> bool:
        """Whether `visible_to(user)` holds the page. No query where nothing is closed, else one."""
        if not self.live or not closed_to(user):
            return bool(self.live)
        return bool(type(self).objects.visible_to(user).filter(pk=self.pk).exists())

    def is_hidden_from(self, user: Reader) -> bool:
        """Whether a privacy setting by group keeps the page from `user`, or a translation's original. No
        query where nothing is closed to them; else, with several languages, up to three."""
        barring = closed_to(user)
        if any(self.path.startswith(c.path) for c in barring if c.kind == GROUPS):
            return True
        barring = [closed for closed in barring if closed.kind != LOGIN]
        if not barring or self.original is self:
            return False
        return any(self.original.path.startswith(closed.path) for closed in barring)

    def get_url_parts(self, request: HttpRequest | None = None) -> Any:
        """Wagtail's own answer. Lists have dozens of addresses that differ in their ends alone, and most
        of the work of each is to reverse what they begin with."""
        return _plain_parts(self, request) or super().get_url_parts(request)

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Wagtail looks for all pages above this one, and for what this one is an alias of."""
        if not closed_pages():
            return PageViewRestriction.objects.none()
        found: QuerySet[PageViewRestriction] = super().get_view_restrictions()
        return found

    @cached_property
    def original(self) -> Page:
        """The page that this one translates; itself if it is none. No query with one language, else at
        most two."""
        source = languages.source_language()
        if not self.pk or not languages.is_multilingual() or self.locale.language_code == source:
            return self
        same = type(self).objects.filter(translation_key=self.translation_key)
        return same.filter(locale__language_code=source).first() or self


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
