"""A procedure's steps as one reads and follows them: what holds on a channel, and where it goes on.

Works on values in memory and asks the database nothing. A step is known by the id of its block, which
survives reordering and rewording; an escalation level by its key, or where it has none by its contact.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.channels import Channel

TEXTS = ("instruction", "say", "record", "check")


class Way(StrEnum):
    """Where an answer leads."""

    NEXT = "next"
    STEP = "step"
    LEVEL = "level"
    PROCEDURE = "procedure"
    DONE = "done"
    MISSING = "missing"


@dataclass(frozen=True)
class Answer:
    text: str
    way: Way
    target: str = ""  # the key of a step or a level
    procedure_id: int | None = None


@dataclass(frozen=True)
class Variant:
    """What a step says differently on one channel; texts left empty are as elsewhere."""

    channel: Channel
    texts: Mapping[str, Any]
    leaves_out: Collection[str] = ()

    @property
    def label(self) -> str:
        return str(self.channel.label)

    @property
    def left_out_labels(self) -> list[str]:
        words = {
            "instruction": _("What to do"),
            "say": _("Say"),
            "record": _("Record"),
            "check": _("Check before going on"),
        }
        return [words[name] for name in self.leaves_out]


@dataclass(frozen=True)
class Step:
    key: str
    number: int
    title: str
    who: str = "agent"
    channels: tuple[Channel, ...] = ()
    instruction: Any = ""
    say: str = ""
    record: str = ""
    check: str = ""
    variants: tuple[Variant, ...] = ()
    question: str = ""
    answers: tuple[Answer, ...] = ()
    examples: tuple[Any, ...] = ()

    @classmethod
    def of(cls, value: Mapping[str, Any], *, key: str, number: int) -> "Step":
        """The step that a block holds; blocks saved before there were branches lack some fields."""
        return cls(
            key=key,
            number=number,
            title=value.get("title") or "",
            who=value.get("who") or "agent",
            channels=tuple(_channels(value.get("channels") or ())),
            **{name: _text(value.get(name)) for name in TEXTS},
            variants=tuple(_variants(value.get("variants") or ())),
            question=value.get("question") or "",
            answers=tuple(_answers(value.get("answers") or ())),
            examples=tuple(value.get("examples") or ()),
        )

    def holds_on(self, channel: Channel | None) -> bool:
        return channel is None or not self.channels or channel in self.channels

    def on(self, channel: Channel | None) -> "Step":
        """The step in the words of `channel`; without one, as written, with its variants."""
        if channel is None:
            return self
        words: dict[str, Any] = {}
        for variant in self.variants:
            if variant.channel == channel:
                words.update({name: text for name, text in variant.texts.items() if text})
                words.update(dict.fromkeys(variant.leaves_out, ""))
        return replace(self, variants=(), channels=(), **words)

    @property
    def channel_names(self) -> list[str]:
        return [str(channel.label) for channel in self.channels]


_WAYS = {way.value for way in Way}


def _text(value: Any) -> Any:
    """Rich text that is only an empty paragraph says nothing."""
    source = getattr(value, "source", None)
    if source is None:
        return value or ""
    return value if source.replace("<p></p>", "").strip() else ""


def _channels(values: Iterable[str]) -> Iterator[Channel]:
    return (Channel(value) for value in values if value in Channel.values)


def _variants(values: Iterable[Mapping[str, Any]]) -> Iterator[Variant]:
    for value in values:
        if value.get("channel") in Channel.values:
            yield Variant(
                channel=Channel(value["channel"]),
                texts={name: _text(value.get(name)) for name in TEXTS},
                leaves_out=[name for name in value.get("leave_out") or () if name in TEXTS],
            )


def _answers(values: Iterable[Mapping[str, Any]]) -> Iterator[Answer]:
    for value in values:
        way, _colon, target = (value.get("to") or "next").partition(":")
        procedure = value.get("procedure")
        yield Answer(
            text=value.get("answer") or "",
            way=Way(way) if way in _WAYS else Way.MISSING,
            target=target,
            procedure_id=getattr(procedure, "pk", None),
        )


def steps_in(stream: Any) -> list[Step]:
    """All steps of a page's stream, numbered as the reader counts them."""
    return [
        Step.of(block.value, key=block.id or f"number-{number}", number=number)
        for number, block in enumerate(stream, start=1)
    ]


@dataclass(frozen=True)
class Exit:
    """A way on from a step, with what it leads to where that is there."""

    text: str
    way: Way
    step: Step | None = None
    level: Any = None
    procedure: Any = None
    is_back: bool = False


@dataclass
class Flow:
    """The steps that hold on `channel` (all without one), in its words, and how one leads to another.

    `levels` are the page's escalation levels; `procedures` the other procedures the reader may open, by
    id. A step keeps the number it has in the whole procedure, so that people on two channels speak of
    the same step 4.
    """

    whole: Sequence[Step]
    levels: Sequence[Any] = ()
    procedures: Mapping[int, Any] = field(default_factory=dict)
    channel: Channel | None = None

    def __post_init__(self) -> None:
        self.steps = [step.on(self.channel) for step in self.whole if step.holds_on(self.channel)]
        self._numbers = {step.key: step.number for step in self.whole}
        self._by_key = {step.key: step for step in self.steps}

    def __iter__(self) -> Iterator[tuple[Step, list[Exit]]]:
        return ((step, self.exits(step)) for step in self.steps)

    @property
    def left_out(self) -> list[int]:
        """The numbers of steps that do not hold on this channel."""
        return [step.number for step in self.whole if step.key not in self._by_key]

    @property
    def first(self) -> Step | None:
        return self.steps[0] if self.steps else None

    def get(self, key: str) -> Step | None:
        return self._by_key.get(key)

    def at_or_after(self, number: int) -> Step | None:
        return next((step for step in self.steps if step.number >= number), None)

    def exits(self, step: Step) -> list[Exit]:
        """The ways on from `step`: one for each answer, or the one to the next step."""
        if not step.answers:
            return [self._to_number(step, "", step.number + 1)]
        return [self._exit(step, answer) for answer in step.answers]

    def goes_straight_on(self, step: Step) -> bool:
        """Whether nothing has to be said about what follows: the next step, or after the last the end."""
        return not step.answers

    def _exit(self, step: Step, answer: Answer) -> Exit:
        match answer.way:
            case Way.NEXT:
                return self._to_number(step, answer.text, step.number + 1)
            case Way.STEP if answer.target in self._numbers:
                return self._to_number(step, answer.text, self._numbers[answer.target])
            case Way.LEVEL:
                level = level_for(answer.target, self.levels)
                if level is not None:
                    return Exit(answer.text, Way.LEVEL, level=level)
            case Way.PROCEDURE if answer.procedure_id is not None:
                procedure = self.procedures.get(answer.procedure_id)
                if procedure is not None:
                    return Exit(answer.text, Way.PROCEDURE, procedure=procedure)
            case Way.DONE:
                return Exit(answer.text, Way.DONE)
        return Exit(answer.text, Way.MISSING)

    def _to_number(self, step: Step, text: str, number: int) -> Exit:
        target = self.at_or_after(number)
        if target is None:
            return Exit(text, Way.DONE)
        return Exit(text, Way.STEP, step=target, is_back=target.number <= step.number)

    def reachable(self) -> set[str]:
        found: set[str] = set()
        waiting = [self.first] if self.first else []
        while waiting:
            step = waiting.pop()
            if step.key not in found:
                found.add(step.key)
                waiting += [way.step for way in self.exits(step) if way.step]
        return found

    def steps_to_end(self) -> dict[str, int]:
        """For each step that can end, how few steps it takes at least, itself included."""
        before: dict[str, list[str]] = {}
        done: dict[str, int] = {}
        for step, exits in self:
            for way in exits:
                if way.step:
                    before.setdefault(way.step.key, []).append(step.key)
                else:
                    done[step.key] = 1
        waiting = list(done)
        for key in waiting:  # Grows meanwhile: breadth first, so the first count is the least.
            for earlier in before.get(key, ()):
                if earlier not in done:
                    done[earlier] = done[key] + 1
                    waiting.append(earlier)
        return done


def level_for(target: str, levels: Iterable[Any]) -> Any:
    """The escalation level an answer leads to: that with this key, else the first with this contact."""
    found = None
    for level in levels:
        if level.key and level.key == target:
            return level
        if found is None and level.contact == target:
            found = level
    return found


# What an editor is told ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """Why a procedure cannot be published: what, and at which step and answer (both from 0)."""

    message: str
    step: int
    answer: int | None = None
    field: str = "to"


def problems(
    whole: Sequence[Step], levels: Sequence[Any], published: Collection[int]
) -> Iterator[Problem]:
    """Answers that lead nowhere, or that nobody could tell apart.

    `levels` are the page's escalation levels, `published` the ids of the procedures one may lead to.
    """
    keys = {step.key for step in whole}
    for place, step in enumerate(whole):
        if len(step.answers) > 1 and not step.question:
            yield Problem(
                _("Ask the question that these answers belong to."), place, None, "question"
            )
        if step.question and not step.answers:
            yield Problem(
                _("Give the answers to this question, or take it out."), place, None, "question"
            )
        seen: set[str] = set()
        for at, answer in enumerate(step.answers):
            text = answer.text.strip().casefold()
            if (step.question or len(step.answers) > 1) and not text:
                yield Problem(_("Write the answer."), place, at, "answer")
            elif text in seen:
                yield Problem(_("This answer is there already."), place, at, "answer")
            seen.add(text)
            if answer.way is Way.MISSING:
                yield Problem(_("Choose where this answer leads."), place, at)
            elif answer.way is Way.STEP and answer.target not in keys:
                yield Problem(
                    _("The step this leads to is not on this page any more. Choose another one."),
                    place,
                    at,
                )
            elif answer.way is Way.LEVEL and level_for(answer.target, levels) is None:
                yield Problem(
                    _(
                        "The escalation level this leads to is not on this page. Choose another one."
                    ),
                    place,
                    at,
                )
            elif answer.way is Way.PROCEDURE and answer.procedure_id is None:
                yield Problem(_("Choose the procedure it leads to."), place, at, "procedure")
            elif answer.way is Way.PROCEDURE and answer.procedure_id not in published:
                yield Problem(
                    _("That procedure is not published. Publish it first, or choose another one."),
                    place,
                    at,
                    "procedure",
                )


def remarks(
    whole: Sequence[Step], levels: Sequence[Any], channels: Collection[Channel]
) -> Iterator[str]:
    """What an editor should know and may want: steps nobody comes to, loops, loops without an end."""
    # Which other procedure it is makes no difference here: it ends this one.
    elsewhere = {answer.procedure_id: True for step in whole for answer in step.answers}
    known = {pk: name for pk, name in elsewhere.items() if pk is not None}
    wanted: Iterable[Channel | None] = channels or [None]
    flows = [Flow(whole, levels, known, channel) for channel in wanted]
    reached = {key for flow in flows for key in flow.reachable()}
    lost = [step.number for step in whole if step.key not in reached]
    if lost:
        yield ngettext(
            "Step %(numbers)s is never reached: no answer leads there.",
            "Steps %(numbers)s are never reached: no answer leads there.",
            len(lost),
        ) % {"numbers": _enumeration(lost)}
    flow = Flow(whole, levels, known)
    for step, exits in flow:
        for way in exits:
            if way.is_back and way.step:
                yield _("From step %(here)s it can go back to step %(there)s: a loop.") % {
                    "here": step.number,
                    "there": way.step.number,
                }
    ending = flow.steps_to_end()
    endless = [step.number for step in flow.steps if step.key not in ending]
    if endless:
        yield ngettext(
            "From step %(numbers)s there is no way to an end.",
            "From steps %(numbers)s there is no way to an end.",
            len(endless),
        ) % {"numbers": _enumeration(endless)}


def _enumeration(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def resolve(typed: str, whole: Sequence[Step], levels: Iterable[Any] = ()) -> str:
    """A target as it is stored. Where no script offers a list, a step's number or title will do, and a
    level's contact."""
    way, colon, target = typed.strip().partition(":")
    target = target.strip()
    if way == Way.LEVEL and colon:
        level = level_for(target, levels)
        return f"{Way.LEVEL}:{level.key or level.contact}" if level else typed.strip()
    if way != Way.STEP or not colon:
        return typed.strip()
    for step in whole:
        if target == step.key:
            return typed.strip()
    for step in whole:
        if target == str(step.number) or target.casefold() == step.title.strip().casefold():
            return f"{Way.STEP}:{step.key}"
    return typed.strip()
