"""Learning paths: which modules somebody takes, in which order, and who is asked to."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.models import Orderable, Page
from wagtail.search import index

from content import path_rules
from content.models.expiry import Expiring
from content.models.modules import ModulePage
from people.roles import Role


class LearningPathForm(WagtailAdminModelForm):
    """Checks what holds between the parts of a path, once each part is good by itself."""

    roles = forms.MultipleChoiceField(
        label=_("For the roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whom it is meant for. Without any, nobody is asked by itself."),
    )

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        for problem in path_rules.problems_of(*self._parts()):
            self.add_error(None, problem)
        return not self.errors

    def _parts(self) -> tuple[list[Any], list[Any], list[Any]]:
        entries, groups, needs = (
            [
                form.instance
                for form in self.formsets[name].forms
                if form.has_changed() or form.instance.pk
                if not form.cleaned_data.get("DELETE")
            ]
            for name in ("path_modules", "elective_groups", "prerequisites")
        )
        return entries, groups, needs


class LearningPath(Expiring, index.Indexed, ClusterableModel):  # type: ignore[django-manager-missing]
    """Modules in the order in which somebody takes them."""

    base_form_class = LearningPathForm

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), blank=True)
    roles = models.JSONField(
        _("for the roles"),
        default=list,
        blank=True,
        help_text=_("Whom it is meant for. Without any, nobody is asked by itself."),
    )
    assigned_since = models.DateField(
        _("ask new hires by itself since"),
        null=True,
        blank=True,
        help_text=_(
            "Whoever has one of these roles and joins their first team on this day or later is asked on "
            "their first day there. Empty means that managers assign it."
        ),
    )

    panels = [
        FieldPanel("title"),
        FieldPanel("key"),
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldPanel("roles"),
                FieldPanel("assigned_since"),
            ],
            heading=_("Who takes it"),
        ),
        InlinePanel("path_modules", heading=_("Modules"), label=_("Module")),
        InlinePanel(
            "prerequisites",
            heading=_("Prerequisites"),
            label=_("Prerequisite"),
            help_text=_("A module stays locked until those that it needs are done."),
        ),
        InlinePanel(
            "elective_groups",
            heading=_("Electives"),
            label=_("Group to choose from"),
            help_text=_("How many modules of a group are to be taken."),
        ),
        *Expiring.expiry_panels,
    ]
    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        verbose_name = _("learning path")
        verbose_name_plural = _("learning paths")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        if set(self.roles) - set(Role.values):
            raise ValidationError({"roles": _("Choose from the roles there are.")})
        if self.assigned_since and not self.roles:
            raise ValidationError(
                {"assigned_since": _("Choose the roles that are asked by itself.")}
            )


class LearningPathModule(Orderable):
    """One module on a path. Who must take it: everybody; whoever likes (`is_optional`); whoever chooses
    it from its group; or whoever scored from `score_from` to `score_to` percent in `score_in`."""

    class Group(models.TextChoices):
        A = "A", _("Group A")
        B = "B", _("Group B")
        C = "C", _("Group C")
        D = "D", _("Group D")

    path = ParentalKey(LearningPath, on_delete=models.CASCADE, related_name="path_modules")
    module = models.ForeignKey(
        ModulePage, on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )
    due_after_days = models.PositiveSmallIntegerField(
        _("due after (days)"),
        null=True,
        blank=True,
        help_text=_("Counted from the day on which the path starts."),
    )
    is_optional = models.BooleanField(_("optional"), default=False)
    elective_group = models.CharField(
        _("elective group"), max_length=1, choices=Group.choices, blank=True
    )
    score_in = models.ForeignKey(
        Page,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("only by the result in"),
        help_text=_("A quiz, or a module whose quizzes count."),
    )
    score_from = models.PositiveSmallIntegerField(
        _("from (percent)"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    score_to = models.PositiveSmallIntegerField(
        _("up to and including (percent)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
    )

    panels = [
        PageChooserPanel("module"),
        FieldRowPanel(
            [FieldPanel("due_after_days"), FieldPanel("is_optional"), FieldPanel("elective_group")]
        ),
        PageChooserPanel("score_in", ["content.ModulePage", "content.QuizPage"]),
        FieldRowPanel([FieldPanel("score_from"), FieldPanel("score_to")]),
    ]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["path", "module"],
                name="content_learningpathmodule_once",
                violation_error_message=_("This module is on the path already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.module)

    @property
    def is_required(self) -> bool:
        """Whether everybody on the path has to take it, whatever they score."""
        return not (self.is_optional or self.elective_group or self.score_in_id)

    def clean(self) -> None:
        super().clean()
        ways = [bool(self.is_optional), bool(self.elective_group), bool(self.score_in_id)]
        if sum(ways) > 1:
            raise ValidationError(
                _("Choose one: optional, from an elective group, or by the result in a quiz.")
            )
        if self.due_after_days is not None and (self.is_optional or self.elective_group):
            raise ValidationError(
                {"due_after_days": _("Only what somebody has to take can be due on a day.")}
            )
        bounds = (self.score_from, self.score_to)
        if self.score_in_id:
            if None in bounds:
                raise ValidationError({"score_from": _("Say from which result to which.")})
            if self.score_from > self.score_to:  # type: ignore[operator]
                raise ValidationError({"score_to": _("This is less than where the range begins.")})
            if self.module_id and self.score_in.path.startswith(self.module.path):  # type: ignore[union-attr]
                raise ValidationError(
                    {"score_in": _("A module cannot depend on the result in itself.")}
                )
        elif bounds != (None, None):
            raise ValidationError({"score_in": _("Choose the quiz or module whose result counts.")})


class LearningPathPrerequisite(Orderable):
    path = ParentalKey(LearningPath, on_delete=models.CASCADE, related_name="prerequisites")
    module = models.ForeignKey(
        ModulePage, on_delete=models.PROTECT, related_name="+", verbose_name=_("the module")
    )
    needs = models.ForeignKey(
        ModulePage, on_delete=models.PROTECT, related_name="+", verbose_name=_("needs first")
    )

    panels = [PageChooserPanel("module"), PageChooserPanel("needs")]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["path", "module", "needs"], name="content_pathprerequisite_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.module_id} needs {self.needs_id}"


class LearningPathGroup(Orderable):
    """How many modules of one elective group are to be taken."""

    path = ParentalKey(LearningPath, on_delete=models.CASCADE, related_name="elective_groups")
    group = models.CharField(_("group"), max_length=1, choices=LearningPathModule.Group.choices)
    choose = models.PositiveSmallIntegerField(
        _("choose"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )

    panels = [FieldRowPanel([FieldPanel("group"), FieldPanel("choose")])]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["path", "group"], name="content_pathgroup_once")
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.choose}"
