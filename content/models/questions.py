"""The bank of questions, and the quizzes that ask them."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import Orderable
from wagtail.search import index

from content.forms import QuestionForm, QuizPageForm
from content.models.base import EvenhandPage, VisiblePageQuerySet
from content.models.modules import ModuleStep
from content.question_rules import OptionDraft, problem_of, warning_of


class Question(index.Indexed, ClusterableModel):
    """One question of the bank; a quiz asks it by reference, an attempt keeps it as asked.

    What its options are depends on its kind: choices, accepted answers, pairs, or items in the right
    order (`content.question_rules`).
    """

    class Kind(models.TextChoices):
        SINGLE = "single", _("One answer")
        MULTIPLE = "multiple", _("Several answers")
        TRUE_FALSE = "true_false", _("True or false")
        SHORT_ANSWER = "short_answer", _("Short answer")
        NUMERIC = "numeric", _("Number")
        MATCHING = "matching", _("Matching")
        ORDERING = "ordering", _("Ordering")

    class Marking(models.TextChoices):
        EXACT = "exact", _("All or nothing")
        RIGHT_MINUS_WRONG = "right_minus_wrong", _("Several answers: right minus wrong")
        WEIGHTS = "weights", _("Several answers: the weight of each option")
        SHARE = "share", _("Matching and ordering: each right place counts")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("For lists; readers do not see it.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.SINGLE)
    marking = models.CharField(
        _("marking"),
        max_length=20,
        choices=Marking.choices,
        default=Marking.EXACT,
        help_text=_("How a partly right answer counts. Only for the kinds that are named."),
    )
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
    manual_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("page of the manual it tests"),
        help_text=_("If many miss the question, that page is shown as one to look at."),
    )
    tags = ClusterTaggableManager(
        through="content.QuestionTag",
        blank=True,
        verbose_name=_("tags"),
        help_text=_("A quiz can draw questions by tag at random."),
    )

    base_form_class = QuestionForm
    panels = [
        FieldPanel("text"),
        FieldPanel("title"),
        FieldPanel("key"),
        FieldPanel("kind"),
        FieldPanel("marking"),
        InlinePanel(
            "options",
            heading=_("Options"),
            label=_("Option"),
            min_num=1,
            help_text=_(
                "Choices, accepted answers, numbers, pairs, or items in the right order, whichever the "
                "kind asks for."
            ),
        ),
        FieldPanel("explanation"),
        FieldPanel("skill"),
        PageChooserPanel(
            "manual_page", page_type=["content.ProcedurePage", "content.ManualSectionPage"]
        ),
        FieldPanel("tags"),
    ]
    search_fields = [
        index.SearchField("text"),
        index.AutocompleteField("text"),
        index.SearchField("title"),
        index.FilterField("kind"),
        index.FilterField("skill"),
        index.FilterField("key"),
    ]

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.text[:80]

    @classmethod
    def validate_options(
        cls, kind: str, options: Sequence[OptionDraft], marking: str = Marking.EXACT
    ) -> None:
        """Raise `ValidationError` unless these options suit this kind.

        It takes the options instead of reading them, because a form checks new ones before they
        are stored.
        """
        if problem := problem_of(kind, marking, options):
            raise ValidationError(problem)

    @property
    def drafts(self) -> tuple[OptionDraft, ...]:
        return tuple(option.draft for option in self.options.all())

    @property
    def warning(self) -> str | None:
        """What its author should think about once more."""
        return warning_of(self.kind, self.marking, self.drafts)


class QuestionTag(TaggedItemBase):
    content_object = ParentalKey(
        Question, on_delete=models.CASCADE, related_name="tagged_questions"
    )


class QuestionOption(Orderable):
    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(
        _("text"),
        max_length=500,
        blank=True,
        help_text=_(
            "Of a short answer, * stands for anything. Empty only in a matching question, for what "
            "belongs nowhere."
        ),
    )
    is_correct = models.BooleanField(_("correct"), default=False)
    weight = models.DecimalField(
        _("weight (percent)"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        help_text=_("Empty: 100 for a correct answer (shared among several), otherwise 0."),
    )
    tolerance = models.DecimalField(
        _("tolerance"),
        max_digits=24,
        decimal_places=10,
        null=True,
        blank=True,
        help_text=_("Of a number: how far off an answer may be, up or down."),
    )
    match = models.CharField(
        _("belongs to"), max_length=500, blank=True, help_text=_("Of a matching question only.")
    )
    feedback = models.TextField(_("feedback"), blank=True)

    panels = [
        FieldPanel("text"),
        FieldPanel("match"),
        FieldPanel("is_correct"),
        FieldPanel("weight"),
        FieldPanel("tolerance"),
        FieldPanel("feedback"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("option")

    def __str__(self) -> str:
        return self.text

    @property
    def draft(self) -> OptionDraft:
        return OptionDraft(
            text=self.text,
            is_correct=self.is_correct,
            feedback=self.feedback,
            weight=self.weight,
            tolerance=self.tolerance,
            match=self.match,
        )


class QuizPage(ModuleStep):
    class AnswersShown(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        AFTER_PASSING = "after_passing", _("After passing")
        AFTER_LAST = "after_last", _("After the last attempt")
        NEVER = "never", _("Never")

    introduction = models.TextField(_("introduction"), blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark (percent)"),
        default=70,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    time_limit_minutes = models.PositiveSmallIntegerField(
        _("time limit (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Empty for none. When time is up, what was saved counts."),
    )
    max_attempts = models.PositiveSmallIntegerField(
        _("attempts allowed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty for as many as one likes."),
    )
    delay_minutes = models.PositiveIntegerField(
        _("delay between attempts (minutes)"),
        default=0,
        validators=[MaxValueValidator(60 * 24 * 365)],
        help_text=_("Counted from handing in. 0 for none."),
    )
    answers_shown = models.CharField(
        _("when the answers are shown"),
        max_length=16,
        choices=AnswersShown.choices,
        default=AnswersShown.AT_ONCE,
        help_text=_("The score is always shown."),
    )
    asks_certainty = models.BooleanField(
        _("certainty-based marking"),
        default=False,
        help_text=_(
            "Asks how certain each answer is, and shows what certainty earned and cost beside the plain "
            "percent. The pass mark is compared with the plain percent."
        ),
    )

    base_form_class = QuizPageForm
    parent_page_types = ["content.ModulePage"]
    subpage_types: list[str] = []
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        InlinePanel("quiz_questions", heading=_("Questions"), label=_("Question")),
        InlinePanel(
            "draws",
            heading=_("Questions drawn at random"),
            label=_("Draw"),
            help_text=_("Each attempt draws anew among the questions with the tag."),
        ),
        MultiFieldPanel(
            [
                FieldPanel("pass_mark"),
                FieldPanel("time_limit_minutes"),
                FieldPanel("max_attempts"),
                FieldPanel("delay_minutes"),
                FieldPanel("answers_shown"),
                FieldPanel("asks_certainty"),
            ],
            heading=_("Taking it"),
        ),
    ]

    outline_icon = "circle-question-mark"

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")

    @classmethod
    def in_outline(cls, steps: VisiblePageQuerySet) -> VisiblePageQuerySet:
        drawn = (
            QuizDraw.objects.filter(quiz=OuterRef("pk"))
            .order_by()
            .values("quiz")
            .annotate(total=Sum("count"))
            .values("total")
        )
        return steps.annotate(question_count=Count("quiz_questions") + Coalesce(Subquery(drawn), 0))

    @property
    def outline_detail(self) -> str:
        count: int = self.question_count
        return ngettext("Quiz, %(n)d question", "Quiz, %(n)d questions", count) % {"n": count}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        # The outline beside it has counted them already; not those of a preview.
        own = next((step for step in context["steps"] if step.pk == self.pk), None)
        if own is not None and not getattr(request, "is_preview", False):
            return {**context, "question_count": own.question_count}
        draws = [draw.count for draw in self.draws.all()]
        return {**context, "question_count": self.quiz_questions.count() + sum(draws)}

    @property
    def short_draws(self) -> list[tuple["QuizDraw", int]]:
        """Draws whose tag has fewer questions than wanted, with how many there are to draw.

        What the quiz asks anyway, or an earlier draw may take, cannot be drawn once more. One query per
        draw.
        """
        taken = {entry.question_id for entry in self.quiz_questions.all()}
        found = []
        for draw in self.draws.all():
            there = set(Question.objects.filter(tags=draw.tag).values_list("pk", flat=True))
            free = there - taken
            if len(free) < draw.count:
                found.append((draw, len(free)))
            taken |= set(sorted(free)[: draw.count])
        return found


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


def tags_of_questions() -> Q:
    return Q(pk__in=QuestionTag.objects.values("tag"))


class QuizDraw(Orderable):
    """So many questions with a tag, drawn at random for each attempt."""

    quiz = ParentalKey(QuizPage, on_delete=models.CASCADE, related_name="draws")
    tag = models.ForeignKey(
        "taggit.Tag",
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to=tags_of_questions,
        verbose_name=_("tag"),
    )
    count = models.PositiveSmallIntegerField(
        _("how many"), default=5, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )

    panels = [FieldPanel("tag"), FieldPanel("count")]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "tag"],
                name="content_quizdraw_tag_once",
                violation_error_message=_("This tag is drawn from already; raise its number."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.tag}"
