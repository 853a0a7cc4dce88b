"""Drawing with known probabilities, and sharing the work out: pure, from a seed, without the ORM.

**The design** is randomised systematic sampling (Hartley and Rao 1962). Each item has its inclusion
probability π. The items are put in random order, or in groups with a random order inside of each; then
their probabilities are laid end to end as lengths on a line, and a comb with teeth one unit apart and
a random start is laid on it. An item is picked when a tooth falls on its length, which happens with
probability exactly π whatever the order. The number of picks is Σπ rounded up or down, so that the
work of a week can be planned (independent draws, "Poisson", would scatter by √Σπ); and each group gets
its own Σπ, give or take less than one, which is what makes the sample stratified. With equal
probabilities and one group it is a simple random sample.

**Reproducible** for as long as Python is Python: of `random.Random` only `random()` is used, the one
method whose sequence for a seed is promised not to change. Items come in ascending order of their ids.
"""

import datetime as dt
import enum
import random
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Person = TypeVar("Person", bound=Hashable)

LEAST_FLOOR = 0.05


class Quantity(enum.Enum):
    PER_AGENT_WEEK = "per_agent_week"
    SHARE = "share"


class Method(enum.Enum):
    SIMPLE = "simple"
    STRATIFIED = "stratified"
    RISK = "risk"


class StratifyBy(enum.Enum):
    AGENT = "agent"
    CHANNEL = "channel"


class Sign(enum.Enum):
    """What may raise an interaction's chance in a risk-based draw."""

    LONG_HANDLING = "long_handling"
    COMPLAINT_WORDS = "complaint_words"
    NEW_AGENT = "new_agent"
    LOW_RATING = "low_rating"
    CHANGED_PROCEDURE = "changed_procedure"


@dataclass(frozen=True, slots=True)
class Change:
    """A procedure that was published anew at a moment, and the channels it holds for."""

    procedure: int
    channels: tuple[str, ...]
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Design:
    """The rules of a draw. `share` and `floor` are 0-1; `weights` say how much each sign counts.

    The last three are what was known at the draw, kept so that a repetition sees the same signs:
    the rubric version whose procedures count, when they were published anew, and until when
    customers' answers had come in (None: until now).
    """

    quantity: Quantity
    method: Method
    per_agent_week: int = 1
    share: float = 1.0
    stratify_by: StratifyBy = StratifyBy.AGENT
    floor: float = 0.5
    weights: Mapping[Sign, int] = field(default_factory=dict)
    complaint_words: tuple[str, ...] = ()
    new_agent_days: int = 60
    changed_procedure_days: int = 14
    rubric_version: int | None = None
    changes: tuple[Change, ...] = ()
    known_until: dt.datetime | None = None

    def counts(self, sign: Sign) -> bool:
        return self.method is Method.RISK and self.weights.get(sign, 0) > 0

    def changes_before(self, moment: dt.datetime, *, channel: str) -> list[Change]:
        """The changes that were still new when something happened then on `channel`: of less than
        `changed_procedure_days` times 24 hours before."""
        still_new = dt.timedelta(days=self.changed_procedure_days)
        return [
            change
            for change in self.changes
            if channel in change.channels and change.at <= moment < change.at + still_new
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "quantity": self.quantity.value,
            "method": self.method.value,
            "per_agent_week": self.per_agent_week,
            "share": self.share,
            "stratify_by": self.stratify_by.value,
            "floor": self.floor,
            "weights": {sign.value: weight for sign, weight in self.weights.items()},
            "complaint_words": list(self.complaint_words),
            "new_agent_days": self.new_agent_days,
            "changed_procedure_days": self.changed_procedure_days,
            "rubric_version": self.rubric_version,
            "changes": [
                {
                    "procedure": change.procedure,
                    "channels": list(change.channels),
                    "at": change.at.isoformat(),
                }
                for change in self.changes
            ],
            "known_until": self.known_until.isoformat() if self.known_until else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Design":
        """What an older draw kept has no rules for the signs that came later, and none is needed."""
        known_until = data.get("known_until")
        return cls(
            quantity=Quantity(data["quantity"]),
            method=Method(data["method"]),
            per_agent_week=data["per_agent_week"],
            share=data["share"],
            stratify_by=StratifyBy(data["stratify_by"]),
            floor=data["floor"],
            weights={Sign(sign): weight for sign, weight in data["weights"].items()},
            complaint_words=tuple(data["complaint_words"]),
            new_agent_days=data["new_agent_days"],
            changed_procedure_days=data.get("changed_procedure_days", 14),
            rubric_version=data.get("rubric_version"),
            changes=tuple(
                Change(
                    procedure=change["procedure"],
                    channels=tuple(change["channels"]),
                    at=dt.datetime.fromisoformat(change["at"]),
                )
                for change in data.get("changes", ())
            ),
            known_until=dt.datetime.fromisoformat(known_until) if known_until else None,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What a draw picks from: one entry per interaction, in ascending order of `ids`.

    `agents`, `weeks` and `channels` are any integers that tell them apart; `signs` holds one array of
    booleans for each sign that counts.
    """

    ids: IntArray
    agents: IntArray
    weeks: IntArray
    channels: IntArray
    signs: Mapping[Sign, NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


def probabilities(frame: Frame, design: Design) -> FloatArray:
    """The inclusion probability of each item of the frame, in (0, 1]."""
    if not len(frame):
        return np.empty(0)
    sizes: FloatArray
    if design.quantity is Quantity.SHARE:
        blocks = np.zeros(len(frame), dtype=np.int64)
        sizes = np.array([design.share * len(frame)])
    else:
        blocks, counts = _blocks(frame)
        sizes = np.minimum(design.per_agent_week, counts).astype(np.float64)
    if design.method is not Method.RISK:
        return sizes[blocks] / np.bincount(blocks)[blocks]
    risk = sum(
        (design.weights.get(sign, 0) * present for sign, present in frame.signs.items()),
        np.zeros(len(frame)),
    )
    result = np.empty(len(frame))
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(len(sizes) + 1))
    for block, size in enumerate(sizes):
        members = order[starts[block] : starts[block + 1]]
        result[members] = by_risk(risk[members], size=float(size), floor=design.floor)
    return result


def by_risk(risk: ArrayLike, *, size: float, floor: float) -> FloatArray:
    """Probabilities that add up to `size`: the share `floor` of it evenly, the rest by `risk` (≥ 0).

    None falls under `floor · size / n` and none exceeds 1: what is cut off there goes to the others with
    risk, in proportion, and when all of them are certain, evenly to those without. No risk at all
    means the same chance for everybody.
    """
    s = np.asarray(risk, dtype=np.float64)
    n = len(s)
    if not 0 < size <= n:
        raise ValueError("A sample has more than nothing and at most all.")
    floor = max(floor, LEAST_FLOOR)
    rate = size / n
    at_risk = s > 0
    if not at_risk.any():
        return np.full(n, rate)
    base = floor * rate
    count_at_risk = int(at_risk.sum())
    if count_at_risk + base * (n - count_at_risk) <= size:
        rest = (size - count_at_risk) / (n - count_at_risk) if count_at_risk < n else 1.0
        return np.where(at_risk, 1.0, rest)
    certain = np.zeros(n, dtype=bool)
    while True:
        free = at_risk & ~certain
        left = size - certain.sum() - base * (n - certain.sum())
        pi = np.where(certain, 1.0, base + s * (left / s[free].sum()) * free)
        over = free & (pi > 1)
        if not over.any():
            return np.clip(pi, base, 1.0)
        certain |= over


def draw(frame: Frame, pi: FloatArray, design: Design, rng: random.Random) -> IntArray:
    """The positions in the frame that are picked, ascending: each with its probability `pi`."""
    if not len(frame):
        return np.empty(0, dtype=np.int64)
    start = rng.random()
    keys = np.fromiter(iter(rng.random, None), np.float64, len(frame))
    # The last sorts first; what all have in common is left out.
    sort_by: list[NDArray[Any]] = [keys]
    if design.method is Method.STRATIFIED:
        is_agent = design.stratify_by is StratifyBy.AGENT
        sort_by.append(frame.agents if is_agent else frame.channels)
    if design.quantity is not Quantity.SHARE:
        sort_by.append(_blocks(frame)[0])
    order = np.lexsort(sort_by)
    return np.sort(order[comb(pi[order], start)])


def comb(pi: FloatArray, start: float) -> IntArray:
    """Positions on which a tooth falls: lengths `pi` end to end, teeth at start + 0, 1, 2, ..."""
    ends = np.cumsum(pi) - start
    teeth = np.floor(ends).astype(np.int64)
    before = np.concatenate(([np.floor(-start).astype(np.int64)], teeth[:-1]))
    return np.flatnonzero(teeth > before)


def share_out(
    items: Sequence[tuple[int, Collection[Person]]],
    people: Sequence[Person],
    rng: random.Random,
    *,
    load: Mapping[Person, int] | None = None,
) -> list[list[Person]]:
    """Who takes each item: (how many different people it needs, who must not be among them).

    Each item goes to those who have least so far; a random order of the people decides between
    equals, so the remainder falls on nobody in particular. An item that too few may take gets fewer.
    `load` is what people have beforehand.
    """
    order = shuffled(people, rng)
    have = {person: (load or {}).get(person, 0) for person in order}
    result = []
    for needed, barred in items:
        able = [person for person in order if person not in barred]
        takers = sorted(able, key=lambda person: have[person])[:needed]
        for person in takers:
            have[person] += 1
        result.append(takers)
    return result


def shuffled(items: Sequence[Person], rng: random.Random) -> list[Person]:
    """In random order; unlike `random.shuffle` the same for a seed in every version of Python."""
    keys = [rng.random() for _item in items]
    return [items[place] for place in sorted(range(len(items)), key=keys.__getitem__)]


def _blocks(frame: Frame) -> tuple[IntArray, IntArray]:
    """For agent and week: the number of each item's block, and each block's size."""
    pairs = np.stack((frame.agents, frame.weeks))
    _values, blocks, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    return blocks.reshape(-1), counts
