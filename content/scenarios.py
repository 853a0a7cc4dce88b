"""A role play as data: scenes and the choices between them, read from a page or from a stored run.

Scenes and ends are named by their authors; a name is compared without regard to case and outer spaces,
and everything that is kept points at it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from content.blocks_practice import MOODS


def key_of(name: str) -> str:
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a choice shows about a criterion of the rubric: its key, and a level counted from 1, which is
    the lowest."""

    criterion: str
    level: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """`to` names a scene or an end; `consequence` is told right after the choice."""

    text: str
    to: str
    consequence: str = ""
    marks: Sequence[Mark] = ()

    @property
    def to_key(self) -> str:
        return key_of(self.to)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the customer says, and how one may answer.

    With `is_written` the trainee first writes an answer, compares it with `model_answer` by the
    `checklist`, and then goes on by a choice, or to `to` where there are none.
    """

    name: str
    says: str
    mood: str = ""
    choices: Sequence[Choice] = ()
    is_written: bool = False
    model_answer: str = ""
    checklist: Sequence[str] = ()
    to: str = ""
    place: int = 0

    @property
    def key(self) -> str:
        return key_of(self.name)

    @property
    def mood_words(self) -> str:
        return str(dict(MOODS).get(self.mood, ""))

    @property
    def ways(self) -> Sequence[Choice]:
        """How it goes on; a written scene without choices has one way, without words of its own."""
        if self.is_written and not self.choices:
            return [Choice(text="", to=self.to)]
        return self.choices


@dataclass(frozen=True, slots=True)
class End:
    name: str
    text: str
    is_good: bool = True
    place: int = 0

    @property
    def key(self) -> str:
        return key_of(self.name)


@dataclass(frozen=True, slots=True)
class Scenario:
    """The first scene is the start."""

    scenes: Sequence[Scene] = ()
    ends: Sequence[End] = ()

    @property
    def start(self) -> Scene | None:
        return self.scenes[0] if self.scenes else None

    def find(self, key: str) -> Scene | End | None:
        named: list[Scene | End] = [*self.scenes, *self.ends]
        return next((each for each in named if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a scenario cannot be played. `place` is the block it is about, None for the whole; `choice`
    the place of a choice in it."""

    message: str
    place: int | None = None
    field: str = "name"
    choice: int | None = None


@dataclass(slots=True)
class _Reading:
    scenes: list[Scene] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)


def scenario_in(stream: Iterable[Any]) -> Scenario:
    """From the blocks of `content.blocks_practice.ScenarioBlock`."""
    reading = _Reading()
    for place, block in enumerate(stream):
        value = block.value
        if block.block_type == "end":
            reading.ends.append(
                End(
                    value.get("name") or "",
                    value.get("text") or "",
                    value.get("kind") != "bad",
                    place,
                )
            )
            continue
        choices = [
            Choice(
                text=each.get("text") or "",
                to=each.get("to") or "",
                consequence=each.get("consequence") or "",
                marks=[
                    Mark(
                        (mark.get("criterion") or "").strip(),
                        mark.get("level") or 0,
                        mark.get("why") or "",
                    )
                    for mark in each.get("marks") or ()
                ],
            )
            for each in value.get("choices") or ()
        ]
        reading.scenes.append(
            Scene(
                name=value.get("name") or "",
                says=value.get("says") or "",
                mood=value.get("mood") or "",
                choices=choices,
                is_written=bool(value.get("is_written")),
                model_answer=value.get("model_answer") or "",
                checklist=[item for item in value.get("checklist") or () if item and item.strip()],
                to=value.get("to") or "",
                place=place,
            )
        )
    return Scenario(reading.scenes, reading.ends)


def to_json(scenario: Scenario) -> dict[str, Any]:
    return asdict(scenario)


def from_json(stored: Mapping[str, Any]) -> Scenario:
    scenes = [
        Scene(
            **{
                **scene,
                "choices": [
                    Choice(**{**each, "marks": [Mark(**mark) for mark in each["marks"]]})
                    for each in scene["choices"]
                ],
            }
        )
        for scene in stored.get("scenes", ())
    ]
    return Scenario(scenes, [End(**end) for end in stored.get("ends", ())])


def problems(scenario: Scenario) -> list[Problem]:
    """What keeps the scenario from being played to an end by every way. Loops are allowed."""
    start = scenario.start
    if start is None:
        return [
            Problem(_("Write at least one scene: the first one is where the role play starts."))
        ]
    found = [*_names(scenario), *_ways(scenario)]
    reached = _reachable(scenario, start.key)
    for scene in scenario.scenes:
        if scene.key and scene.key not in reached:
            found.append(
                Problem(
                    _("Nothing leads to the scene “%(name)s”.") % {"name": scene.name}, scene.place
                )
            )
    for end in scenario.ends:
        if end.key and end.key not in reached:
            found.append(
                Problem(_("Nothing leads to the end “%(name)s”.") % {"name": end.name}, end.place)
            )
    ends = {end.key for end in scenario.ends}
    for scene in scenario.scenes:
        if not ends & _reachable(scenario, scene.key):
            found.append(
                Problem(
                    _("From the scene “%(name)s” there is no way to an end.")
                    % {"name": scene.name},
                    scene.place,
                )
            )
    return found


def _names(scenario: Scenario) -> Iterable[Problem]:
    seen: set[str] = set()
    named: list[Scene | End] = [*scenario.scenes, *scenario.ends]
    for each in sorted(named, key=lambda each: each.place):
        if each.key in seen:
            yield Problem(
                _("The name “%(name)s” is taken; each needs its own.") % {"name": each.name},
                each.place,
            )
        seen.add(each.key)


def _ways(scenario: Scenario) -> Iterable[Problem]:
    for scene in scenario.scenes:
        if scene.is_written and not scene.model_answer.strip():
            yield Problem(
                _("Write an answer to compare one's own with."), scene.place, "model_answer"
            )
        if not scene.is_written and not scene.choices:
            yield Problem(
                _("Give at least one choice, or let the trainee write."), scene.place, "says"
            )
        if scene.is_written and not scene.choices and scenario.find(key_of(scene.to)) is None:
            yield Problem(_nowhere(scene.to), scene.place, "to")
        for place, choice in enumerate(scene.choices):
            if scenario.find(choice.to_key) is None:
                yield Problem(_nowhere(choice.to), scene.place, "to", place)


def _nowhere(name: str) -> str:
    if not name.strip():
        return _("Say where this leads: the name of a scene or of an end.")
    return _("There is no scene and no end called “%(name)s”.") % {"name": name}


def _reachable(scenario: Scenario, start: str) -> set[str]:
    """Keys of what one can come to from `start`, itself included."""
    reached, waiting = set(), [start]
    while waiting:
        key = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        here = scenario.find(key)
        if isinstance(here, Scene):
            waiting += [way.to_key for way in here.ways if scenario.find(way.to_key)]
    return reached
