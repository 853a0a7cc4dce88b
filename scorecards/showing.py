"""Which criteria of a rubric version a scorecard shows. Pure; what is not shown is neither required nor
scored, and what was answered before it disappeared is kept but does not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """When criterion `id` is shown. Empty `channels` or `flows` mean all.

    With `depends_on` it is shown only after that criterion, itself shown, got one of the levels at
    `positions` (counted from 0).
    """

    id: int
    channels: frozenset[str] = frozenset()
    flows: frozenset[str] = frozenset()
    depends_on: int | None = None
    positions: frozenset[int] = frozenset()

    def fits(self, *, channel: str, flow: str) -> bool:
        """Whether it can be shown at all for such an interaction, whatever is answered."""
        return (not self.channels or channel in self.channels) and (
            not self.flows or flow.strip().casefold() in {name.casefold() for name in self.flows}
        )


def shown(
    conditions: Sequence[Condition],
    *,
    channel: str,
    flow: str = "",
    answers: Mapping[int, int | None],
) -> frozenset[int]:
    """The ids of the criteria shown. `conditions` come in the order of the rubric; `answers` are the
    positions of the levels chosen, None for not applicable, by criterion id.

    Only an earlier criterion can open a later one, so one pass is enough and nothing can go in circles.
    """
    found: set[int] = set()
    for condition in conditions:
        if not condition.fits(channel=channel, flow=flow):
            continue
        earlier = condition.depends_on
        if earlier is not None and (
            earlier not in found or answers.get(earlier) not in condition.positions
        ):
            continue
        found.add(condition.id)
    return frozenset(found)
