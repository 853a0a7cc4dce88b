"""What the rules say about one interaction, and masking by them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from interactions.models import RedactionRule
from interactions.privacy.patterns import DETECTED, Masker


@dataclass(frozen=True)
class Masking:
    """All that holds for one channel of one source."""

    rules: tuple[RedactionRule, ...]

    @cached_property
    def masker(self) -> Masker:
        kinds = {kind for rule in self.rules for kind in rule.kinds} & DETECTED
        return Masker(kinds, {line for rule in self.rules for line in rule.word_lines})

    @property
    def masks_names(self) -> bool:
        return any(rule.masks_names for rule in self.rules)

    @property
    def keeps_original(self) -> bool:
        return any(rule.keeps_original for rule in self.rules)


class Maskings:
    """The rules in use, asked for one interaction after another. One query, when it is made."""

    def __init__(self, rules: Iterable[RedactionRule] | None = None) -> None:
        self.rules = tuple(RedactionRule.objects.filter(is_on=True) if rules is None else rules)
        self._known: dict[tuple[str, str], Masking] = {}

    def of(self, channel: str, source: str) -> Masking:
        key = (channel, source)
        if key not in self._known:
            self._known[key] = Masking(
                tuple(
                    rule
                    for rule in self.rules
                    if rule.channel in {"", channel} and rule.source in {"", source}
                )
            )
        return self._known[key]


def masked_messages(
    messages: list[dict[str, Any]], masking: Masking, found: Counter[str], names: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """The messages of a transcript, each text as long as before. Those without a finding are the same
    objects."""
    masker, hidden = masking.masker, tuple(names)
    result = []
    for message in messages:
        changed: dict[str, Any] = {}
        if (text := masker.mask(message["text"], found, names=hidden)) != message["text"]:
            changed["text"] = text
        action = message.get("action", "")
        if action and (text := masker.mask(action, found, names=hidden)) != action:
            changed["action"] = text
        details = message.get("details")
        if details:
            clean = [
                [name, masker.mask(value, found, about=name, names=hidden)]
                for name, value in details
            ]
            if clean != details:
                changed["details"] = clean
        result.append({**message, **changed} if changed else message)
    return result


def masked_value(
    value: Any, masking: Masking, found: Counter[str], names: Iterable[str] = (), about: str = ""
) -> Any:
    """Any value of JSON with its texts masked; a number that is personal becomes a text of blocks."""
    if isinstance(value, str):
        return masking.masker.mask(value, found, about=about, names=tuple(names))
    if isinstance(value, dict):
        return {key: masked_value(v, masking, found, names, str(key)) for key, v in value.items()}
    if isinstance(value, list):
        return [masked_value(v, masking, found, names, about) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1_000_000:
        masked = masking.masker.mask(str(value), found, about=about)
        return value if masked == str(value) else masked
    return value
