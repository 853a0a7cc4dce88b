"""What is different between two editions of a rubric, in sentences, and whether scores stay comparable.

A pure comparison of two structures (`scorecards.rubric_format`). Whatever can move a score makes the two
not comparable: weights, points, gates, policies, who is shown which criterion, what a reviewer may see.
Wording, examples, the order and the procedure do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from people.channels import Channel
from scorecards.models import Criterion, RubricVersion
from scorecards.rubric_format import Structure


@dataclass(frozen=True, slots=True)
class Change:
    text: str
    is_comparable: bool = False


def changes(before: Structure, after: Structure) -> list[Change]:
    """Every difference, those that break comparability first; empty for two equal editions."""
    found = [
        *_version_changes(before, after),
        *_section_changes(before, after),
        *_criterion_changes(before, after),
    ]
    return sorted(found, key=lambda change: change.is_comparable)


def are_comparable(found: list[Change]) -> bool:
    return all(change.is_comparable for change in found)


# What a field of the version is called, and whether scores survive its change.
_VERSION_NAMES: dict[str, tuple[str | Promise, bool]] = {
    "pass_mark": (gettext_lazy("The pass mark"), False),
    "places": (gettext_lazy("The number of decimal places"), False),
    "not_applicable_policy": (gettext_lazy("What “not applicable” does"), False),
    "critical_failure_policy": (gettext_lazy("What a critical failure does"), False),
    "aggregation": (gettext_lazy("How criteria become one percent"), False),
    "completeness": (gettext_lazy("The share that must be answered"), False),
    "hides_agent": (gettext_lazy("Hiding the agent"), False),
    "hides_scores": (gettext_lazy("Hiding earlier scorecards"), False),
    "hides_customer_rating": (gettext_lazy("Hiding the customer’s rating"), False),
    "holds_feedback": (gettext_lazy("Holding feedback back"), True),
    "undo_minutes": (gettext_lazy("The minutes to take a submission back"), True),
    "dispute_days": (gettext_lazy("The days to dispute a grade"), True),
}
_CHOICES = {
    "not_applicable_policy": RubricVersion.NotApplicablePolicy,
    "critical_failure_policy": RubricVersion.CriticalFailurePolicy,
    "aggregation": RubricVersion.Aggregation,
    "scale": Criterion.Scale,
}
_CRITERION_NAMES: dict[str, str | Promise] = {
    "weight": gettext_lazy("the weight"),
    "skill": gettext_lazy("the skill it measures"),
    "scale": gettext_lazy("the scale"),
    "not_applicable": gettext_lazy("whether it may be not applicable"),
    "bonus": gettext_lazy("whether it is a bonus"),
    "critical": gettext_lazy("whether it is critical"),
    "critical_below": gettext_lazy("the threshold under which it fails (percent)"),
    "channels": gettext_lazy("the channels it is for"),
    "flows": gettext_lazy("the kinds of interaction it is for"),
}
_LEVEL_NAMES: dict[str, str | Promise] = {
    "points": gettext_lazy("the points"),
    "critical_failure": gettext_lazy("whether it is a critical failure"),
    "count_from": gettext_lazy("the count it starts at"),
}
_WORDING: dict[str, str | Promise] = {
    "guidance": gettext_lazy("guidance"),
    "good_example": gettext_lazy("good example"),
    "bad_example": gettext_lazy("bad example"),
    "procedure": gettext_lazy("procedure"),
    "procedure_anchor": gettext_lazy("section of the procedure"),
}


def _version_changes(before: Structure, after: Structure) -> Iterator[Change]:
    for name, (label, is_comparable) in _VERSION_NAMES.items():
        if before[name] != after[name]:
            yield Change(
                _("%(what)s: %(old)s is now %(new)s.")
                % {
                    "what": label,
                    "old": _said(name, before[name]),
                    "new": _said(name, after[name]),
                },
                is_comparable,
            )


def _section_changes(before: Structure, after: Structure) -> Iterator[Change]:
    old = {section["key"]: section for section in before["sections"]}
    new = {section["key"]: section for section in after["sections"]}
    for key in old.keys() - new.keys():
        yield Change(_("The section “%s” was removed.") % old[key]["title"])
    for key, section in new.items():
        if key not in old:
            yield Change(_("The section “%s” is new.") % section["title"])
            continue
        if old[key]["weight"] != section["weight"]:
            yield Change(
                _("Section “%(title)s”: the weight %(old)s is now %(new)s.")
                % {
                    "title": section["title"],
                    "old": _said("weight", old[key]["weight"]),
                    "new": _said("weight", section["weight"]),
                }
            )
        if old[key]["title"] != section["title"]:
            yield Change(
                _("The section “%(old)s” is now called “%(new)s”.")
                % {"old": old[key]["title"], "new": section["title"]},
                is_comparable=True,
            )
    if _common(old, new) != _common(new, old):
        yield Change(_("The sections are in another order."), is_comparable=True)


def _criterion_changes(before: Structure, after: Structure) -> Iterator[Change]:
    old, new = _criteria(before), _criteria(after)
    for key in sorted(old.keys() - new.keys()):
        yield Change(_("The criterion “%s” was removed.") % old[key][1]["title"])
    for key, (section, row) in new.items():
        if key not in old:
            yield Change(_("The criterion “%s” is new.") % row["title"])
            continue
        old_section, old_row = old[key]
        if old_section["key"] != section["key"]:
            yield Change(
                _("“%(title)s” moved to the section “%(section)s”.")
                % {"title": row["title"], "section": section["title"]}
            )
        yield from _one_criterion(old_row, row)
    kept = {section["key"] for section in before["sections"]}
    for section in after["sections"]:
        if section["key"] in kept:
            mine = [key for key, (part, _row) in new.items() if part is section and key in old]
            then = [
                key
                for key, (part, _r) in old.items()
                if part["key"] == section["key"] and key in mine
            ]
            if [key for key in mine if key in then] != then:
                yield Change(
                    _("The criteria of “%s” are in another order.") % section["title"],
                    is_comparable=True,
                )


def _one_criterion(old: Structure, new: Structure) -> Iterator[Change]:
    title = new["title"]
    if old["title"] != title:
        yield Change(
            _("The criterion “%(old)s” is now called “%(new)s”.")
            % {"old": old["title"], "new": title},
            is_comparable=True,
        )
    for name, label in _CRITERION_NAMES.items():
        if _plain(old[name]) != _plain(new[name]):
            yield Change(
                _("“%(title)s”: %(what)s: %(old)s is now %(new)s.")
                % {
                    "title": title,
                    "what": label,
                    "old": _said(name, old[name]),
                    "new": _said(name, new[name]),
                }
            )
    if old["depends_on"] != new["depends_on"]:
        yield Change(_("“%s” depends on another earlier answer than before.") % title)
    yield from _level_changes(title, old["levels"], new["levels"])
    worded = [str(label) for name, label in _WORDING.items() if old[name] != new[name]]
    if worded:
        yield Change(
            _("“%(title)s”: changed in wording: %(what)s.")
            % {"title": title, "what": ", ".join(worded)},
            is_comparable=True,
        )


def _level_changes(title: str, old: list[Structure], new: list[Structure]) -> Iterator[Change]:
    if len(old) != len(new):
        text = ngettext(
            "“%(title)s” has %(new)d level now, instead of %(old)d.",
            "“%(title)s” has %(new)d levels now, instead of %(old)d.",
            len(new),
        )
        yield Change(text % {"title": title, "old": len(old), "new": len(new)})
        return
    for before, after in zip(old, new, strict=True):
        words = {"title": title, "level": after["label"]}
        for name, label in _LEVEL_NAMES.items():
            if before[name] != after[name]:
                values = {"old": _said(name, before[name]), "new": _said(name, after[name])}
                yield Change(
                    _("“%(title)s”, level “%(level)s”: %(what)s: %(old)s is now %(new)s.")
                    % {**words, "what": label, **values}
                )
        if before["requires_comment"] != after["requires_comment"]:
            text = (
                _("“%(title)s”, level “%(level)s” needs a comment now.")
                if after["requires_comment"]
                else _("“%(title)s”, level “%(level)s” needs no comment any more.")
            )
            yield Change(text % words, is_comparable=True)
        if any(before[name] != after[name] for name in ("label", "descriptor")):
            yield Change(
                _("“%(title)s”, level “%(level)s”: changed in wording.") % words,
                is_comparable=True,
            )


def _criteria(structure: Structure) -> dict[str, tuple[Structure, Structure]]:
    return {
        row["key"]: (section, row)
        for section in structure["sections"]
        for row in section["criteria"]
    }


def _common(mine: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [key for key in mine if key in other]


def _plain(value: Any) -> Any:
    """Which channels or flows matters, not their order."""
    return sorted(value) if isinstance(value, list) else value


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, Decimal | int):
        return str(number_format(Decimal(value).normalize() + 0, use_l10n=True))
    if name in _CHOICES:
        return f"“{_CHOICES[name](value).label}”"
    if isinstance(value, list):
        if not value:
            return str(_("all"))
        labels = dict(Channel.choices) if name == "channels" else {}
        return ", ".join(str(labels.get(item, item)) for item in value)
    return f"“{value}”"
