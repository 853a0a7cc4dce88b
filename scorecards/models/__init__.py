"""Rubrics, what was picked for grading, scorecards, and the rollups that dashboards read."""

from scorecards.models.picks import ReviewAssignment
from scorecards.models.rollups import Rollup
from scorecards.models.rubrics import Criterion, Level, Rubric, RubricVersion, Section
from scorecards.models.scorecards import CriterionScore, Evidence, Scorecard

__all__ = [
    "Criterion",
    "CriterionScore",
    "Evidence",
    "Level",
    "ReviewAssignment",
    "Rollup",
    "Rubric",
    "RubricVersion",
    "Scorecard",
    "Section",
]
