"""Recorded contacts with customers, what these said of them, and the imports they came in by."""

from interactions.models.imports import (
    ImportMapping,
    ImportMappingQuerySet,
    ImportRejection,
    ImportRun,
    ImportRunQuerySet,
)
from interactions.models.interactions import (
    Customer,
    Interaction,
    InteractionQuerySet,
    Message,
    Recording,
    Transcript,
    recording_path,
)
from interactions.models.invitations import (
    SurveyInvitation,
    SurveyInvitationQuerySet,
    SurveyRefusal,
    SurveyRule,
    SurveyRuleQuerySet,
    digest_of,
)
from interactions.models.privacy import (
    Erasure,
    Redaction,
    RedactionRule,
    RetentionRule,
    RetentionRun,
)
from interactions.models.reviews import PublicReview, PublicReviewNote, PublicReviewQuerySet
from interactions.models.same_person import CustomerLink, same_as
from interactions.models.saved_filters import SavedFilter, SavedFilterQuerySet
from interactions.models.storage import private_storage
from interactions.models.surveys import (
    Survey,
    SurveyAnswer,
    SurveyAnswerQuerySet,
    SurveyQuestion,
    SurveyVersion,
)

__all__ = [
    "Customer",
    "CustomerLink",
    "Erasure",
    "ImportMapping",
    "ImportMappingQuerySet",
    "ImportRejection",
    "ImportRun",
    "ImportRunQuerySet",
    "Interaction",
    "InteractionQuerySet",
    "Message",
    "PublicReview",
    "PublicReviewNote",
    "PublicReviewQuerySet",
    "Recording",
    "Redaction",
    "RedactionRule",
    "RetentionRule",
    "RetentionRun",
    "SavedFilter",
    "SavedFilterQuerySet",
    "Survey",
    "SurveyAnswer",
    "SurveyAnswerQuerySet",
    "SurveyInvitation",
    "SurveyInvitationQuerySet",
    "SurveyQuestion",
    "SurveyRefusal",
    "SurveyRule",
    "SurveyRuleQuerySet",
    "SurveyVersion",
    "Transcript",
    "digest_of",
    "private_storage",
    "recording_path",
    "same_as",
]
