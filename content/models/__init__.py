"""Everything that is authored: the manual, the modules and the skills both are about."""

from content.models.base import HomePage, VisiblePageManager, VisiblePageQuerySet
from content.models.manual import (
    EscalationLevel,
    ManualIndexPage,
    ManualSectionPage,
    ProcedureChannel,
    ProcedurePage,
    ReplyTemplate,
)
from content.models.modules import (
    LearningPath,
    LearningPathModule,
    LessonPage,
    ModulePage,
    Question,
    QuestionOption,
    QuizPage,
    QuizQuestion,
    TrainingIndexPage,
)
from content.models.skills import Skill

__all__ = [
    "EscalationLevel",
    "HomePage",
    "LearningPath",
    "LearningPathModule",
    "LessonPage",
    "ManualIndexPage",
    "ManualSectionPage",
    "ModulePage",
    "ProcedureChannel",
    "ProcedurePage",
    "Question",
    "QuestionOption",
    "QuizPage",
    "QuizQuestion",
    "ReplyTemplate",
    "Skill",
    "TrainingIndexPage",
    "VisiblePageManager",
    "VisiblePageQuerySet",
]
