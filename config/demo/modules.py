"""The demo's training modules and its learning path."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from wagtail.images import get_image_model

from config.demo.data_files import read_all
from config.demo.images import DRAWINGS
from content.models import (
    LearningPath,
    LearningPathModule,
    LessonPage,
    ModulePage,
    ProcedurePage,
    Question,
    QuestionOption,
    QuizPage,
    QuizQuestion,
    Skill,
    TrainingIndexPage,
)
from people.models import User

PATHS = {
    "first-two-weeks": (
        "Your first two weeks",
        "What everybody learns before they take their first contact alone.",
    )
}


def build(*, procedures: Mapping[str, ProcedurePage], editor: User) -> dict[str, LearningPath]:
    """Modules with lessons and quizzes, all published; returns the learning paths by key."""
    paths = {
        key: LearningPath.objects.create(key=key, title=title, summary=summary)
        for key, (title, summary) in PATHS.items()
    }
    skills = {skill.key: skill for skill in Skill.objects.all()}
    images: dict[str, Any] = {}
    index = TrainingIndexPage.objects.get()
    for data in read_all("modules"):
        module = ModulePage(
            title=data["title"],
            slug=data["slug"],
            summary=data["summary"],
            minutes=data["minutes"],
        )
        module.skills = [skills[key] for key in data["skills"]]
        index.add_child(instance=module)
        module.save_revision(user=editor).publish(user=editor)
        for lesson in data["lessons"]:
            page = LessonPage(
                title=lesson["title"],
                slug=lesson["slug"],
                minutes=lesson["minutes"],
                body=[_block(block, procedures, images, editor) for block in lesson["blocks"]],
            )
            module.add_child(instance=page)
            page.save_revision(user=editor).publish(user=editor)
        _add_quiz(module, data["quiz"], skills, editor)
        if path := paths.get(data.get("path", "")):
            place = path.path_modules.count()
            LearningPathModule.objects.create(
                path=path, module=module, sort_order=place, due_after_days=7 * (place + 1)
            )
    return paths


def _block(
    data: dict[str, Any],
    procedures: Mapping[str, ProcedurePage],
    images: dict[str, Any],
    editor: User,
) -> tuple[str, Any]:
    match data["type"]:
        case "text":
            return "text", data["html"]
        case "callout":
            return "callout", {"kind": data["kind"], "text": data["text"]}
        case "procedure":
            return "procedure", {"procedure": procedures[data["slug"]]}
        case "image":
            key = data["image"]
            if key not in images:
                images[key] = get_image_model().objects.create(
                    title=key.replace("-", " ").capitalize(),
                    file=ImageFile(ContentFile(DRAWINGS[key]()), name=f"{key}.png"),
                    uploaded_by_user=editor,
                )
            caption = data.get("caption", "")
            return "image", {"image": images[key], "alt": data["alt"], "caption": caption}
        case other:
            raise ValueError(f"Unknown block {other!r}")


def _add_quiz(
    module: ModulePage, data: dict[str, Any], skills: Mapping[str, Skill], editor: User
) -> None:
    quiz = QuizPage(
        title=data["title"],
        slug="quiz",
        introduction=data["intro"],
        pass_mark=data["pass_mark"],
    )
    questions = []
    for row in data["questions"]:
        question = Question.objects.create(
            key=row["key"],
            kind=row["kind"],
            text=row["text"],
            explanation=row["explanation"],
            skill=skills[row["skill"]],
        )
        QuestionOption.objects.bulk_create(
            QuestionOption(
                question=question,
                sort_order=order,
                text=option["text"],
                is_correct=option["correct"],
                feedback=option.get("feedback", ""),
            )
            for order, option in enumerate(row["options"])
        )
        questions.append(question)
    quiz.quiz_questions = [
        QuizQuestion(question=question, sort_order=order)
        for order, question in enumerate(questions)
    ]
    module.add_child(instance=quiz)
    quiz.save_revision(user=editor).publish(user=editor)
