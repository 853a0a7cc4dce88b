"""Rubrics, what was picked for grading, scorecards, and the rollups that dashboards read."""

from scorecards.models.calibration import (
    CalibrationDecision,
    CalibrationItem,
    CalibrationPick,
    CalibrationSession,
    ExpertGrade,
    ExpertKey,
    PracticePick,
    RubricNote,
    SeededPick,
)
from scorecards.models.feedback import Dispute, DisputedCriterion, FeedbackHold, Reply
from scorecards.models.picks import Pick, ReviewAssignment, SamplingDraw, SamplingPlan
from scorecards.models.rollups import Rollup
from scorecards.models.rubrics import Criterion, Level, Rubric, RubricVersion, Section
from scorecards.models.scorecards import CriterionScore, Evidence, Scorecard
from scorecards.models.standards import ServiceMeasurement, ServiceResult
from scorecards.models.verdicts import VerdictReview

__all__ = [
    "CalibrationDecision",
    "CalibrationItem",
    "CalibrationPick",
    "CalibrationSession",
    "Criterion",
    "CriterionScore",
    "Dispute",
    "DisputedCriterion",
    "Evidence",
    "ExpertGrade",
    "ExpertKey",
    "FeedbackHold",
    "Level",
    "Pick",
    "PracticePick",
    "Reply",
    "ReviewAssignment",
    "Rollup",
    "Rubric",
    "RubricNote",
    "RubricVersion",
    "SamplingDraw",
    "SamplingPlan",
    "Scorecard",
    "Section",
    "SeededPick",
    "ServiceMeasurement",
    "ServiceResult",
    "VerdictReview",
]
