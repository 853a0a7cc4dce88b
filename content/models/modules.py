"""The training modules: what a new hire reads, and the questions that test it."""

from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from content import blocks, links
from content.models.base import EvenhandPage, Reader, VisiblePageQuerySet
from content.models.expiry import Expiring
from people.once import once


class TrainingIndexPage(EvenhandPage):
    """The catalogue of all modules."""

    introduction = models.TextField(_("introduction"), blank=True)

    max_count = 1
    parent_page_types = ["content.HomePage"]
    subpage_types = ["content.ModulePage"]
    content_panels = [*EvenhandPage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("training catalogue")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The modules in order, with their skills. Two queries beyond the page's own."""
        context = super().get_context(request, *args, **kwargs)
        modules = ModulePage.objects.child_of(self).visible_to(request.user).order_by("path")
        return {**context, "modules": modules.prefetch_related("skills")}


class ModulePage(Expiring, EvenhandPage):  # type: ignore[django-manager-missing]
    """One unit of training: lessons in order, then usually a quiz. Its children are its steps."""

    summary = models.TextField(_("summary"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=20, help_text=_("How long it takes, honestly.")
    )
    skills = ParentalManyToManyField(
        "content.Skill", blank=True, related_name="modules", verbose_name=_("skills it teaches")
    )

    parent_page_types = ["content.TrainingIndexPage"]
    subpage_types = [
        "content.LessonPage",
        "content.QuizPage",
        "content.ScormPage",
        "content.WorkshopPage",
        "content.ShadowingPage",
        "content.PracticePage",
        "content.SamplePage",
    ]
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("summary"),
        FieldPanel("minutes"),
        FieldPanel("skills", widget=forms.CheckboxSelectMultiple),
        *Expiring.expiry_panels,
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("summary")]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        catalogue, steps = catalogue_of(self.path, request.user), self.steps_for(request.user)
        return {**context, "catalogue": catalogue, "module": self, "steps": steps}

    def steps_for(self, user: Reader) -> list["ModuleStep"]:
        """Its published steps of every kind, in order. One query, and one for each kind it has."""
        by_type: dict[int, list[int]] = {}
        for row in rows_at(self.path, user):
            if row.path != self.path:
                by_type.setdefault(row.content_type_id, []).append(row.pk)
        found = [
            step
            for kind in ModuleStep.__subclasses__()
            if (pks := by_type.get(ContentType.objects.get_for_model(kind).pk))
            for step in kind.in_outline(kind.objects.filter(pk__in=pks))
        ]
        return sorted(found, key=lambda page: page.path)


@once
def module_at(path: str) -> ModulePage | None:
    """The module whose place in the tree is `path`. One query."""
    found: ModulePage | None = ModulePage.objects.filter(path=path).first()
    return found


def rows_at(path: str, user: Reader) -> tuple[Page, ...]:
    """The module whose place in the tree is `path` and its steps in order, without what belongs to their
    kinds, as far as `user` may read them. One query; their content types come with them."""
    return tuple(row for row in _rows_around(path, user) if row.path.startswith(path))


def catalogue_of(path: str, user: Reader) -> Page | None:
    """The catalogue in which the module at `path` stands. No query beside that of `rows_at`, unless the
    catalogue is not published."""
    above = path[: -Page.steplen]
    kind = ContentType.objects.get_for_model(TrainingIndexPage).pk
    for row in _rows_around(path, user):
        if row.path == above and row.content_type_id == kind:
            return row
    return TrainingIndexPage.objects.filter(path=above).first()


@once
def _rows_around(path: str, user: Reader) -> tuple[Page, ...]:
    below = Q(path__startswith=path, depth=len(path) // Page.steplen + 1)
    pages = VisiblePageQuerySet(Page).visible_to(user)
    pages = pages.filter(Q(path__in=[path[: -Page.steplen], path]) | below)
    return tuple(pages.select_related("content_type").order_by("path"))


class ModuleStep(EvenhandPage):
    """What a module consists of: it knows its module, and what comes before and after it there.

    Each kind is a direct subclass and says how it stands in the outline: its icon, one line of detail,
    and what has to be loaded for that.
    """

    outline_icon = "circle"

    class Meta:
        abstract = True

    @classmethod
    def in_outline(cls, steps: VisiblePageQuerySet) -> VisiblePageQuerySet:
        """`steps` with what `outline_detail` reads, and without what an outline does not show."""
        return steps

    @property
    def outline_detail(self) -> str:
        """What stands beside the title in the outline."""
        return ""

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        place = self.path[: -self.steplen]
        module = module_at(place)
        steps = module.steps_for(request.user) if module else []
        before = [step for step in steps if step.path < self.path]
        after = [step for step in steps if step.path > self.path]
        return {
            **context,
            "catalogue": catalogue_of(place, request.user),
            "module": module,
            "steps": steps,
            "number": len(before) + 1,
            "previous": before[-1] if before else None,
            "next": after[0] if after else None,
        }


class LessonPage(ModuleStep):
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5)
    body = StreamField(blocks.LessonBodyBlock(), verbose_name=_("content"), use_json_field=True)

    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    content_panels = [*EvenhandPage.content_panels, FieldPanel("minutes"), FieldPanel("body")]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    @classmethod
    def in_outline(cls, steps: VisiblePageQuerySet) -> VisiblePageQuerySet:
        return steps.defer_streamfields()

    @property
    def outline_detail(self) -> str:
        return ngettext("%(n)d minute", "%(n)d minutes", self.minutes) % {"n": self.minutes}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        links.look_up(self.body)
        return super().get_context(request, *args, **kwargs)
