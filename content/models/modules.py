"""The training modules: what a new hire reads, and the questions that test it."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable
from wagtail.search import index

from content import blocks, links
from content.forms import QuestionForm, QuizPageForm
from content.models.base import EvenhandPage, Reader


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


class ModulePage(EvenhandPage):
    """One unit of training: lessons in order, then usually a quiz. Its children are its steps."""

    summary = models.TextField(_("summary"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=20, help_text=_("How long it takes, honestly.")
    )
    skills = ParentalManyToManyField(
        "content.Skill", blank=True, related_name="modules", verbose_name=_("skills it teaches")
    )

    parent_page_types = ["content.TrainingIndexPage"]
    subpage_types = ["content.LessonPage", "content.QuizPage"]
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("summary"),
        FieldPanel("minutes"),
        FieldPanel("skills"),
    ]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("summary")]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        catalogue = TrainingIndexPage.objects.parent_of(self).first()
        steps = self.steps_for(request.user)
        return {**context, "catalogue": catalogue, "module": self, "steps": steps}

    def steps_for(self, user: Reader) -> list["LessonPage | QuizPage"]:
        """Its published lessons and quizzes in order, each quiz with `question_count`. Two queries."""
        lessons = LessonPage.objects.child_of(self).visible_to(user).defer_streamfields()
        quizzes = QuizPage.objects.child_of(self).visible_to(user)
        quizzes = quizzes.annotate(question_count=Count("quiz_questions"))
        return sorted([*lessons, *quizzes], key=lambda page: page.path)


class ModuleStep(EvenhandPage):
    """A lesson or a quiz: it knows its module, and what comes before and after it there."""

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        module = ModulePage.objects.parent_of(self).first()
        steps = module.steps_for(request.user) if module else []
        before = [step for step in steps if step.path < self.path]
        after = [step for step in steps if step.path > self.path]
        return {
            **context,
            "catalogue": TrainingIndexPage.objects.ancestor_of(self).first(),
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

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        links.look_up(self.body)
        return super().get_context(request, *args, **kwargs)


class Question(index.Indexed, ClusterableModel):
    """One question of the bank; a quiz asks it by reference, an attempt keeps it as asked."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("One answer")
        MULTIPLE = "multiple", _("Several answers")
        TRUE_FALSE = "true_false", _("True or false")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.SINGLE)
    text = models.TextField(_("question"))
    explanation = models.TextField(
        _("explanation"), blank=True, help_text=_("Shown with the mark, whatever was answered.")
    )
    skill = models.ForeignKey(
        "content.Skill",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="questions",
        verbose_name=_("skill it tests"),
    )

    base_form_class = QuestionForm
    panels = [
        FieldPanel("text"),
        FieldPanel("key"),
        FieldPanel("kind"),
        InlinePanel("options", heading=_("Options"), min_num=2),
        FieldPanel("explanation"),
        FieldPanel("skill"),
    ]
    search_fields = [index.SearchField("text"), index.AutocompleteField("text")]

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.text[:80]

    @classmethod
    def validate_options(cls, kind: str, correct: Sequence[bool]) -> None:
        """Raise `ValidationError` unless options that are `correct` or not suit this kind.

        It takes the options instead of reading them, because a form checks new ones before they
        are stored.
        """
        if len(correct) < 2:
            raise ValidationError(_("A question needs at least two options."))
        if not any(correct):
            raise ValidationError(_("Mark at least one option as correct."))
        if kind != cls.Kind.MULTIPLE and sum(correct) > 1:
            raise ValidationError(
                _("Only one option can be correct here; choose “Several answers” for more.")
            )
        if kind == cls.Kind.TRUE_FALSE and len(correct) != 2:
            raise ValidationError(_("A true-or-false question has exactly two options."))


class QuestionOption(Orderable):
    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(_("text"), max_length=500)
    is_correct = models.BooleanField(_("correct"), default=False)
    feedback = models.CharField(_("feedback"), max_length=500, blank=True)

    panels = [FieldPanel("text"), FieldPanel("is_correct"), FieldPanel("feedback")]

    class Meta(Orderable.Meta):
        verbose_name = _("option")

    def __str__(self) -> str:
        return self.text


class QuizPage(ModuleStep):
    introduction = models.TextField(_("introduction"), blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark (percent)"),
        default=70,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    base_form_class = QuizPageForm
    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("pass_mark"),
        InlinePanel("quiz_questions", heading=_("Questions"), label=_("Question")),
    ]

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return {**context, "question_count": self.quiz_questions.count()}


class QuizQuestion(Orderable):
    quiz = ParentalKey(QuizPage, on_delete=models.CASCADE, related_name="quiz_questions")
    question = models.ForeignKey(
        Question, on_delete=models.PROTECT, related_name="+", verbose_name=_("question")
    )

    panels = [FieldPanel("question")]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "question"],
                name="content_quizquestion_once",
                violation_error_message=_("This question is asked already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.question)


class LearningPath(index.Indexed, ClusterableModel):
    """Modules in the order in which somebody takes them."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), blank=True)

    panels = [
        FieldPanel("title"),
        FieldPanel("key"),
        FieldPanel("summary"),
        InlinePanel("path_modules", heading=_("Modules"), label=_("Module")),
    ]
    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        verbose_name = _("learning path")
        verbose_name_plural = _("learning paths")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class LearningPathModule(Orderable):
    path = ParentalKey(LearningPath, on_delete=models.CASCADE, related_name="path_modules")
    module = models.ForeignKey(
        ModulePage, on_delete=models.PROTECT, related_name="+", verbose_name=_("module")
    )
    due_after_days = models.PositiveSmallIntegerField(
        _("due after (days)"), null=True, blank=True, help_text=_("Counted from the assignment.")
    )

    panels = [PageChooserPanel("module"), FieldPanel("due_after_days")]

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
