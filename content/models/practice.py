"""Steps of a module in which a trainee tries it: a role play, and grading a sample conversation.

What joins them with rubrics and expert keys is in training.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.search import index

from content.blocks_practice import ScenarioBlock
from content.forms_practice import PracticePageForm
from content.models.base import EvenhandPage, VisiblePageQuerySet
from content.models.modules import ModuleStep
from content.scenarios import Scenario, scenario_in
from people.channels import Channel


class PracticePage(ModuleStep):
    """A role play: the customer speaks, the trainee answers, and it goes on from there."""

    class Rule(models.TextChoices):
        PASSED = "passed", _("Passed by the rubric; without a rubric, ended well")
        PLAYED = "played", _("Played to an end, whatever came of it")

    introduction = models.TextField(_("introduction"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=10)
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel.choices, default=Channel.CHAT
    )
    customer_name = models.CharField(_("customer's name"), max_length=80, blank=True)
    situation = models.TextField(
        _("situation"), blank=True, help_text=_("What the trainee knows before the first word.")
    )
    rule = models.CharField(
        _("when it is done"), max_length=10, choices=Rule.choices, default=Rule.PASSED
    )
    scenario = StreamField(
        ScenarioBlock(),
        verbose_name=_("scenes and ends"),
        help_text=_("The first scene is the start."),
        use_json_field=True,
    )

    base_form_class = PracticePageForm
    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    outline_icon = "messages-square"
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("minutes"),
        FieldPanel("channel"),
        FieldPanel("customer_name"),
        FieldPanel("situation"),
        FieldPanel("rule"),
        FieldPanel("scenario"),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("role play")
        verbose_name_plural = _("role plays")

    @classmethod
    def in_outline(cls, steps: VisiblePageQuerySet) -> VisiblePageQuerySet:
        return steps.defer_streamfields()

    @property
    def outline_detail(self) -> str:
        return ngettext(
            "Role play, %(n)d minute", "Role play, %(n)d minutes", self.minutes
        ) % {"n": self.minutes}  # fmt: skip

    @property
    def played(self) -> Scenario:
        return scenario_in(self.scenario)


class SamplePage(ModuleStep):
    """The trainee grades a sample conversation, and compares with an expert."""

    introduction = models.TextField(_("introduction"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=15)
    same_needed = models.PositiveSmallIntegerField(
        _("criteria graded as the expert did (percent)"),
        default=70,
        validators=[MaxValueValidator(100)],
        help_text=_("It is done when at least so many have the same level."),
    )
    apart_allowed = models.PositiveSmallIntegerField(
        _("and none further apart than (levels)"),
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(20)],
    )

    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    outline_icon = "clipboard-check"
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("minutes"),
        FieldPanel("same_needed"),
        FieldPanel("apart_allowed"),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("sample to grade")
        verbose_name_plural = _("samples to grade")

    @property
    def outline_detail(self) -> str:
        return ngettext(
            "Grade a sample, %(n)d minute", "Grade a sample, %(n)d minutes", self.minutes
        ) % {"n": self.minutes}  # fmt: skip

    def is_met(self, *, same: int, compared: int, furthest: int) -> bool:
        """Whether a comparison is close enough. `furthest` in levels."""
        if not compared:
            return False
        return same * 100 >= self.same_needed * compared and furthest <= self.apart_allowed
