"""Every change of state in this room, named by its verb."""

from scorecards.actions.acknowledge import acknowledge_scorecard
from scorecards.actions.assign import assign_for_review
from scorecards.actions.grade import (
    Grade,
    add_evidence,
    record_grades,
    record_summary,
    remove_evidence,
    start_scorecard,
)
from scorecards.actions.publish import draft_rubric_version, publish_rubric_version
from scorecards.actions.refusals import (
    AlreadyAcknowledged,
    AlreadySubmitted,
    Incomplete,
    NotAllowed,
    Refused,
)
from scorecards.actions.submit import submit_scorecard

__all__ = [
    "AlreadyAcknowledged",
    "AlreadySubmitted",
    "Grade",
    "Incomplete",
    "NotAllowed",
    "Refused",
    "acknowledge_scorecard",
    "add_evidence",
    "assign_for_review",
    "draft_rubric_version",
    "publish_rubric_version",
    "record_grades",
    "record_summary",
    "remove_evidence",
    "start_scorecard",
    "submit_scorecard",
]
