"""Steps of a module that people take together: a workshop, and shadowing somebody at work."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable
from wagtail.search import index

from content.models.base import EvenhandPage, VisiblePageQuerySet
from content.models.modules import ModuleStep


class WorkshopPage(ModuleStep):
    """A workshop. When and where it takes place, and who attends, is up to training's sessions."""

    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=120, validators=[MinValueValidator(1)]
    )
    description = RichTextField(_("what happens there"), blank=True)
    bring = models.TextField(_("what to bring or prepare"), blank=True)

    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    outline_icon = "users"
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("minutes"),
        FieldPanel("description"),
        FieldPanel("bring"),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("description")]

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")

    @property
    def outline_detail(self) -> str:
        return ngettext(
            "Workshop, %(n)d minute", "Workshop, %(n)d minutes", self.minutes
        ) % {"n": self.minutes}  # fmt: skip


class ShadowingPage(ModuleStep):
    """Somebody works, an observer watches and signs each item of the checklist."""

    description = RichTextField(_("how it goes"), blank=True)

    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    outline_icon = "eye"
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("description"),
        InlinePanel(
            "checklist", heading=_("Checklist"), label=_("Item to be seen and signed"), min_num=1
        ),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("description")]

    class Meta:
        verbose_name = _("shadowing")
        verbose_name_plural = _("shadowings")

    @classmethod
    def in_outline(cls, steps: VisiblePageQuerySet) -> VisiblePageQuerySet:
        return steps.annotate(item_count=models.Count("checklist"))

    @property
    def outline_detail(self) -> str:
        count = getattr(self, "item_count", None)
        n: int = self.checklist.count() if count is None else count
        return ngettext("Shadowing, %(n)d item", "Shadowing, %(n)d items", n) % {"n": n}


class ShadowingItem(Orderable):
    page = ParentalKey(ShadowingPage, on_delete=models.CASCADE, related_name="checklist")
    text = models.CharField(
        _("what is to be seen"), max_length=255, help_text=_("“Greets by name and says their own.”")
    )

    panels = [FieldPanel("text")]

    def __str__(self) -> str:
        return self.text
