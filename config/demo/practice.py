"""A module to practise in: a chat and a call to play, and a conversation to grade beside its key."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.utils import timezone

from config.demo.people import Staff
from content.models import ModulePage, PracticePage, SamplePage, Skill, TrainingIndexPage
from people.models import User
from scorecards.actions import Grade, record_grades, submit_scorecard
from scorecards.loading import load_version
from scorecards.models import ExpertKey, RubricVersion, Scorecard
from training.actions import assign_module
from training.actions.practice import (
    assessment_of,
    choose,
    finish_role_play,
    start_role_play,
    start_sample,
    write_answer,
)
from training.assessment import Said
from training.models import PracticeSetup, SampleSetup
from training.role_play import position

FOLDER = Path(__file__).parent / "data" / "practice"
WELL = (1, 0, 0)
BADLY = (2, 1)


def build(staff: Staff, version: RubricVersion, *, today: dt.date) -> None:
    """The new hire has failed the chat once and is within the call; an agent has done all of it."""
    module = ModulePage(
        title="Practise it",
        slug="practise-it",
        summary="Two customers to talk with, and a conversation to grade as an expert did.",
        minutes=35,
    )
    module.skills = list(Skill.objects.filter(key__in=["empathy", "accuracy"]))
    TrainingIndexPage.objects.get().add_child(instance=module)
    module.save_revision(user=staff.editor).publish(user=staff.editor)
    chat, call = (_role_play(module, name, staff.editor) for name in ("late-parcel", "second-call"))
    for page in (chat, call):
        PracticeSetup.objects.create(page=page, rubric=version.rubric)
    sample = SamplePage(
        title="Grade it as an expert did",
        slug="grade-a-sample",
        introduction="Read a real conversation with the eyes of somebody who grades.",
        minutes=15,
        same_needed=60,
    )
    module.add_child(instance=sample)
    sample.save_revision(user=staff.editor).publish(user=staff.editor)
    keys = ExpertKey.objects.filter(version=version, items__session__closed_at__isnull=False)
    SampleSetup.objects.create(page=sample).keys.set(keys)

    day = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=2), dt.time(14)))
    assign_module(staff.new_hire, module, by=staff.managers[0], at=day)
    run = start_role_play(staff.new_hire, chat, at=day)
    for turn, choice in enumerate(BADLY):
        run = choose(run, choice, turn=turn, by=staff.new_hire, at=day + dt.timedelta(minutes=2))
    _say_met(run, staff.new_hire, at=day + dt.timedelta(minutes=5))
    run = start_role_play(staff.new_hire, call, at=day + dt.timedelta(minutes=10))
    text = (
        "Good afternoon Mr Brimley, I am sorry that nobody called you. I look into it right away."
    )
    write_answer(run, text, turn=0, by=staff.new_hire)

    ines = staff.agents[0]
    run = start_role_play(ines, chat, at=day)
    for turn, choice in enumerate(WELL):
        run = choose(run, choice, turn=turn, by=ines, at=day + dt.timedelta(minutes=3))
    _say_met(run, ines, at=day + dt.timedelta(minutes=6))
    _grade(ines, sample, version, at=day + dt.timedelta(minutes=20))


def _role_play(module: ModulePage, name: str, editor: User) -> PracticePage:
    data: dict[str, Any] = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    scenes, ends = data.pop("scenes"), data.pop("ends")
    page = PracticePage(**data)
    page.scenario = [*(("scene", scene) for scene in scenes), *(("end", end) for end in ends)]
    module.add_child(instance=page)
    page.save_revision(user=editor).publish(user=editor)
    return page


def _say_met(run: Any, user: User, *, at: dt.datetime) -> None:
    """Grade what the choices left open: the last level but one, in the first of one's own words."""
    place = position(run.played, run.events)
    said = {}
    for row in assessment_of(run, place, {}).rows:
        if not row.is_decided:
            levels = list(row.criterion.levels.all())
            met = levels[2] if len(levels) > 2 else levels[-1]
            said[row.criterion.pk] = Said(met.pk, why="As far as I can tell.", quotes=(1,))
    finish_role_play(run, said, by=user, at=at)


def _grade(user: User, page: SamplePage, version: RubricVersion, *, at: dt.datetime) -> None:
    """As the key says, but for two criteria."""
    grading = start_sample(user, page, at=at)
    scorecard = Scorecard.objects.get(assignment=grading.assignment_id)
    experts = {row.criterion_id: row for row in grading.assignment.practice_pick.key.grades.all()}
    whole = load_version(version.pk)
    grades = {}
    for section in whole.sections.all():
        for place, criterion in enumerate(section.criteria.all()):
            expert = experts.get(criterion.pk)
            if expert is None:
                continue
            levels = [level.pk for level in criterion.levels.all()]
            level = expert.level_id
            if level is not None and place == 0 and len(levels) > 2:
                level = levels[min(levels.index(level) + 1, len(levels) - 1)]
            grades[criterion] = Grade(
                level=level,
                is_not_applicable=expert.is_not_applicable,
                comment="This is how I read it.",
            )
    record_grades(scorecard, grades, by=user, at=at + dt.timedelta(minutes=9))
    submit_scorecard(scorecard, by=user, summary="", at=at + dt.timedelta(minutes=10))
