"""Sessions of coach and agent, what was agreed, goals, and recognition of good work."""

from coaching.models.digests import Digest, DigestChoice
from coaching.models.goals import Goal
from coaching.models.items import ActionItem
from coaching.models.recognition import Recognition
from coaching.models.rules import AssignedFor, ModuleRule, RuleFiring
from coaching.models.sessions import (
    AgendaEvidence,
    AgendaItem,
    CoachingSession,
    PrivateNotes,
    SessionComment,
)

__all__ = [
    "ActionItem",
    "AgendaEvidence",
    "AgendaItem",
    "AssignedFor",
    "CoachingSession",
    "Digest",
    "DigestChoice",
    "Goal",
    "ModuleRule",
    "PrivateNotes",
    "Recognition",
    "RuleFiring",
    "SessionComment",
]
