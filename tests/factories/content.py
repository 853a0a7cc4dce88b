import factory
import wagtail_factories
from factory.django import DjangoModelFactory
from wagtail.models import ReferenceIndex

from content.models import (
    LearningPath,
    LearningPathModule,
    LessonPage,
    ManualIndexPage,
    ManualSectionPage,
    ModulePage,
    ProcedureChannel,
    ProcedurePage,
    Question,
    QuestionOption,
    QuizPage,
    QuizQuestion,
    ReplyTemplate,
    Skill,
    TrainingIndexPage,
)


class SkillFactory(DjangoModelFactory):
    """One of the four skills a migration makes, unless another key is given."""

    class Meta:
        model = Skill
        django_get_or_create = ("key",)

    key = "respect"
    name = factory.LazyAttribute(lambda o: o.key.title())


class ReplyTemplateFactory(DjangoModelFactory):
    class Meta:
        model = ReplyTemplate

    key = factory.Sequence(lambda n: f"template-{n}")
    title = factory.Sequence(lambda n: f"Template {n}")
    body = "Hello {customer_name}, your order {order_number} is on its way."


class ManualSectionPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = ManualSectionPage

    parent = factory.LazyFunction(lambda: ManualIndexPage.objects.get())
    title = factory.Sequence(lambda n: f"Section {n}")


class ProcedurePageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = ProcedurePage
        skip_postgeneration_save = True

    parent = factory.LazyFunction(lambda: ManualIndexPage.objects.get())
    title = factory.Sequence(lambda n: f"Procedure {n}")
    purpose = "The customer knows where they stand."

    @factory.post_generation
    def channels(self, create, extracted, **kwargs):
        for order, channel in enumerate(extracted or []):
            ProcedureChannel.objects.create(page=self, channel=channel, sort_order=order)

    @factory.post_generation
    def reply_templates(self, create, extracted, **kwargs):
        if extracted:
            self.reply_templates.set(extracted)
            self.save()


class ModulePageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = ModulePage

    parent = factory.LazyFunction(lambda: TrainingIndexPage.objects.get())
    title = factory.Sequence(lambda n: f"Module {n}")
    summary = "What there is to learn."


class LessonPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = LessonPage

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Lesson {n}")
    body = factory.LazyFunction(lambda: [("text", "<p>Read this.</p>")])


def lesson_showing(document, **lesson) -> LessonPage:
    """A lesson that offers `document`, noted in the index that rests in most tests."""
    page = LessonPageFactory(body=[("download", {"file": document})], **lesson)
    ReferenceIndex.create_or_update_for_object(page)
    return page


class QuestionFactory(DjangoModelFactory):
    """A one-answer question whose first of three options is right, unless `options` says else."""

    class Meta:
        model = Question
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"question-{n}")
    text = factory.Sequence(lambda n: f"Question {n}?")
    kind = Question.Kind.SINGLE

    @factory.post_generation
    def options(self, create, extracted, **kwargs):
        pairs = extracted or [("Right", True), ("Wrong", False), ("Wrong too", False)]
        for order, (text, is_correct) in enumerate(pairs):
            QuestionOption.objects.create(
                question=self, text=text, is_correct=is_correct, sort_order=order
            )


class QuizPageFactory(wagtail_factories.PageFactory):
    """A quiz of two questions, unless `questions` gives others."""

    class Meta:
        model = QuizPage
        skip_postgeneration_save = True

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Quiz {n}")

    @factory.post_generation
    def questions(self, create, extracted, **kwargs):
        questions = extracted or [QuestionFactory(), QuestionFactory()]
        for order, question in enumerate(questions):
            QuizQuestion.objects.create(quiz=self, question=question, sort_order=order)


class LearningPathFactory(DjangoModelFactory):
    class Meta:
        model = LearningPath
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"path-{n}")
    title = factory.Sequence(lambda n: f"Path {n}")

    @factory.post_generation
    def modules(self, create, extracted, **kwargs):
        for order, module in enumerate(extracted or []):
            LearningPathModule.objects.create(
                path=self, module=module, sort_order=order, due_after_days=7 * (order + 1)
            )
