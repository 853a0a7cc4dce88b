"""What keeps a draft from being published: nobody could grade by it, or the result would mislead."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scorecards.models import Criterion, RubricVersion
from scorecards.rubric_format import Structure

FEWEST_LEVELS, MOST_LEVELS = 2, 11


@dataclass(frozen=True, slots=True)
class Problem:
    """`criterion` is the key of the criterion it is about, if it is about one."""

    text: str
    criterion: str = ""


def problems(structure: Structure) -> list[Problem]:
    """In the order of the rubric. Pure."""
    return [*_of_the_whole(structure), *_of_criteria(structure)]


def _of_the_whole(structure: Structure) -> Iterator[Problem]:
    rows = [row for section in structure["sections"] for row in section["criteria"]]
    if not rows:
        yield Problem(_("A rubric needs at least one criterion before it is published."))
        return
    for section in structure["sections"]:
        if not section["criteria"]:
            yield Problem(
                _("The section “%s” is empty: add a criterion or delete it.") % section["title"]
            )
    counted = [row for row in rows if not row["bonus"]]
    if not counted:
        yield Problem(_("Every criterion is a bonus, so there is nothing to be a share of."))
        return
    if all(not row["weight"] for row in counted):
        yield Problem(_("Every criterion weighs nothing; give at least one of them a weight."))
        return
    by_section = {
        RubricVersion.Aggregation.WEIGHTED_SECTIONS,
        RubricVersion.Aggregation.WEIGHTED_SECTION_POINTS,
    }
    if structure["aggregation"] in by_section:
        if all(not section["weight"] for section in structure["sections"]):
            yield Problem(_("Every section weighs nothing; give at least one of them a weight."))
        elif not any(
            row["weight"] and section["weight"]
            for section in structure["sections"]
            for row in section["criteria"]
            if not row["bonus"]
        ):
            yield Problem(_("What has a weight stands only in sections without one."))


def _of_criteria(structure: Structure) -> Iterator[Problem]:
    earlier: dict[str, Structure] = {}
    for section in structure["sections"]:
        for row in section["criteria"]:
            for text in (*_of_levels(row), *_of_condition(row, earlier)):
                yield Problem(text, row["key"])
            earlier[row["key"]] = row


def _of_levels(row: Structure) -> Iterator[str]:
    levels = row["levels"]
    words = {"title": row["title"], "count": len(levels)}
    if len(levels) < FEWEST_LEVELS:
        yield _("“%(title)s” needs at least two levels.") % words
        return
    if len(levels) > MOST_LEVELS:
        yield (
            ngettext(
                "“%(title)s” has %(count)d level; eleven are the most.",
                "“%(title)s” has %(count)d levels; eleven are the most.",
                len(levels),
            )
            % words
        )
    for level in levels:
        if not level["descriptor"].strip():
            yield (
                _("“%(title)s”: say what one can observe at the level “%(level)s”.")
                % {"title": row["title"], "level": level["label"]}
            )
    points = [level["points"] for level in levels]
    if min(points) == max(points):
        yield _("“%(title)s”: all levels have the same points, so it cannot tell anything.") % words
    elif max(points) <= 0:
        yield _("“%(title)s”: the best level needs more than 0 points.") % words
    if row["scale"] == Criterion.Scale.COUNT:
        starts = [level["count_from"] for level in levels]
        if None in starts:
            yield _("“%(title)s”: say for each level at which count it starts.") % words
        elif min(starts) != 0:
            yield _("“%(title)s”: one level has to start at a count of 0.") % words
        elif len(set(starts)) != len(starts):
            yield _("“%(title)s”: two levels start at the same count.") % words


def _of_condition(row: Structure, earlier: dict[str, Structure]) -> Iterator[str]:
    condition = row["depends_on"]
    if condition is None:
        return
    words = {"title": row["title"]}
    opener = earlier.get(condition["criterion"])
    if opener is None:
        yield (
            _("“%(title)s” is shown after an answer that comes later than itself; move it.") % words
        )
    elif not condition["levels"]:
        yield _("“%(title)s”: choose after which levels of the earlier criterion.") % words
    elif max(condition["levels"]) >= len(opener["levels"]):
        yield _("“%(title)s” is shown after a level that no longer exists.") % words
