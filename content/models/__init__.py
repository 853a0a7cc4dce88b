"""Everything that is authored: the manual, the modules and the skills both are about."""

from content.models.base import HomePage, VisiblePageManager, VisiblePageQuerySet
from content.models.finding import Bookmark, ManualWords, OpenedPage
from content.models.follow import FollowProgress
from content.models.governance import (
    ChangeKind,
    ContingencyNote,
    Edition,
    Governance,
    OwnerReminder,
    SecondPersonTask,
)
from content.models.imported import ManualFile, ManualImport, ManualImportFile
from content.models.live_steps import ShadowingItem, ShadowingPage, WorkshopPage
from content.models.manual import (
    EscalationLevel,
    ManualIndexPage,
    ManualSectionPage,
    ProcedureChannel,
    ProcedurePage,
    ReplyTemplate,
)
from content.models.modules import LessonPage, ModulePage, ModuleStep, TrainingIndexPage
from content.models.packages import Package, ScormPage
from content.models.paths import (
    LearningPath,
    LearningPathGroup,
    LearningPathModule,
    LearningPathPrerequisite,
)
from content.models.practice import PracticePage, SamplePage
from content.models.printing import ManualPrint
from content.models.questions import (
    Question,
    QuestionOption,
    QuestionTag,
    QuizDraw,
    QuizPage,
    QuizQuestion,
)
from content.models.refreshers import RefresherCard
from content.models.skills import Skill
from content.models.votes import PageVote

__all__ = [
    "Bookmark",
    "ChangeKind",
    "ContingencyNote",
    "Edition",
    "EscalationLevel",
    "FollowProgress",
    "Governance",
    "HomePage",
    "LearningPath",
    "LearningPathGroup",
    "LearningPathModule",
    "LearningPathPrerequisite",
    "LessonPage",
    "ManualFile",
    "ManualImport",
    "ManualImportFile",
    "ManualIndexPage",
    "ManualSectionPage",
    "ManualPrint",
    "ManualWords",
    "ModulePage",
    "ModuleStep",
    "Package",
    "OpenedPage",
    "OwnerReminder",
    "PageVote",
    "PracticePage",
    "ProcedureChannel",
    "ProcedurePage",
    "Question",
    "QuestionOption",
    "QuestionTag",
    "QuizDraw",
    "QuizPage",
    "QuizQuestion",
    "RefresherCard",
    "ReplyTemplate",
    "SamplePage",
    "ScormPage",
    "SecondPersonTask",
    "ShadowingItem",
    "ShadowingPage",
    "Skill",
    "TrainingIndexPage",
    "VisiblePageManager",
    "VisiblePageQuerySet",
    "WorkshopPage",
]
