"""What people do with the modules: assignments, attempts at quizzes, completions, refreshers."""

from training.models.acknowledgements import Acknowledgement
from training.models.answers import AnsweredQuestion
from training.models.assignments import Completion, ModuleAssignment
from training.models.attempts import Attempt
from training.models.certificates import Certificate
from training.models.lots import Lot, LotEntry
from training.models.packages import PackageRun, PartState
from training.models.paths import PathAssignment
from training.models.places import LessonPlace
from training.models.practice import PracticeRun, PracticeSetup, SampleGrading, SampleSetup
from training.models.ratings import ModuleRating
from training.models.refreshers import RefresherReview, RefresherState
from training.models.reminders import ReminderChoice, ReminderSent
from training.models.shadowing import Shadowing, ShadowingSignature
from training.models.statements import OutgoingStatement
from training.models.workshops import Enrolment, WorkshopSession

__all__ = [
    "Acknowledgement",
    "AnsweredQuestion",
    "Attempt",
    "Certificate",
    "Completion",
    "Enrolment",
    "LessonPlace",
    "Lot",
    "LotEntry",
    "ModuleAssignment",
    "ModuleRating",
    "OutgoingStatement",
    "PackageRun",
    "PartState",
    "PathAssignment",
    "PracticeRun",
    "PracticeSetup",
    "RefresherReview",
    "RefresherState",
    "ReminderChoice",
    "ReminderSent",
    "SampleGrading",
    "SampleSetup",
    "Shadowing",
    "ShadowingSignature",
    "WorkshopSession",
]
