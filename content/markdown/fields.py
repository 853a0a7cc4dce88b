"""What the front matter says of a page beside its title, in the names that trees of documents use.

    purpose | description | summary | subtitle   words
    owner | owner_email                          the e-mail address or the name of somebody here
    reviewed_on | last_reviewed_on               a date
    review_by                                    a date
    review_in                                    "6 months", "1 year", "90 days"
    skills, reply_templates                      lists of keys
    topics                                       a list of names
    channels                                     names, or mappings with the standard of each
    escalation, steps                            as the export writes them

A key that is absent leaves the page as it is. One that cannot be understood is left away and named.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from content.markdown.reading import as_date
from content.minutes import LONGEST
from content.models import (
    EscalationLevel,
    ManualSectionPage,
    ProcedureChannel,
    ProcedurePage,
    ReplyTemplate,
    Skill,
)
from people.channels import Channel
from people.models import User

STANDARD = ("first_response_minutes", "resolution_minutes", "tone")
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
MOST_MONTHS = 1200
_PERIOD = re.compile(r"^\s*(\d{1,4})\s*(day|week|month|year)s?\s*$", re.IGNORECASE)


@dataclass
class Fields:
    """None means: the front matter does not say."""

    purpose: str | None = None
    owner: str | None = None
    reviewed_on: dt.date | None = None
    review_by: dt.date | None = None
    review_in: tuple[int, str] | None = None
    skills: list[str] | None = None
    reply_templates: list[str] | None = None
    topics: list[str] | None = None
    channels: list[dict[str, Any]] | None = None
    escalation: list[dict[str, Any]] | None = None
    steps: list[dict[str, Any]] | None = None
    remarks: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What counts for whether a page differs; the remarks do not."""
        return {name: value for name, value in vars(self).items() if name != "remarks"}

    def governance(self) -> dict[str, Any]:
        """What `content.governance.set_governance` is to set; empty where the file is silent. A query
        for the owner."""
        values: dict[str, Any] = {}
        if self.owner and (owner := owner_called(self.owner)):
            values["owner"] = owner
        if self.reviewed_on:
            values["reviewed_on"] = self.reviewed_on
        review_by = self.review_by
        if self.review_in:
            number, unit = self.review_in
            if unit in _MONTHS:
                values["review_every_months"] = number * _MONTHS[unit]
            elif self.reviewed_on and not review_by:
                review_by = self.reviewed_on + dt.timedelta(days=number * _DAYS[unit])
        if review_by:
            values["review_by_hand"] = review_by
        return values

    def put_on(self, page: ManualSectionPage | ProcedurePage) -> None:
        """Write into the page in memory; it is saved by who called."""
        if isinstance(page, ManualSectionPage):
            if self.purpose is not None:
                page.introduction = self.purpose
            return
        if self.purpose is not None:
            page.purpose = self.purpose
        if self.topics is not None:
            page.topics = "\n".join(self.topics)
        if self.skills is not None:
            page.skills = list(Skill.objects.filter(key__in=self.skills))
        if self.reply_templates is not None:
            page.reply_templates = list(ReplyTemplate.objects.filter(key__in=self.reply_templates))
        if self.channels is not None:
            page.channel_standards = [
                ProcedureChannel(sort_order=order, **standard)
                for order, standard in enumerate(self.channels)
            ]
        if self.escalation is not None:
            page.escalation_levels = [
                EscalationLevel(sort_order=order, **level)
                for order, level in enumerate(self.escalation)
            ]
        if self.steps is not None:
            stream = ProcedurePage._meta.get_field("steps").stream_block
            page.steps = stream.to_python(self.steps)


def read_fields(front: Mapping[str, Any]) -> Fields:
    """Understand the front matter. Two queries, for keys that name something here."""
    fields = Fields()
    reader = _Reader(front, fields.remarks)
    fields.purpose = reader.words("purpose", "description", "summary", "subtitle", "introduction")
    fields.owner = reader.words("owner", "owner_email")
    fields.reviewed_on = reader.date("reviewed_on", "last_reviewed_on", "last_reviewed")
    fields.review_by = reader.date("review_by")
    fields.review_in = reader.parsed(_period, _("a period such as “6 months”"), "review_in")
    fields.skills = reader.keys(Skill, "skills")
    fields.reply_templates = reader.keys(ReplyTemplate, "reply_templates")
    fields.topics = reader.parsed(_list_of_words, _("a list of names"), "topics")
    fields.channels = reader.parsed(_channels, _("a list of channels"), "channels")
    fields.escalation = reader.parsed(_escalation, _("a list of levels"), "escalation")
    fields.steps = reader.parsed(_steps, _("a list of steps"), "steps")
    if fields.owner and owner_called(fields.owner) is None:
        fields.remarks.append(
            _("“owner”: nobody here is called %(owner)s.") % {"owner": fields.owner[:80]}
        )
    if front.get("outdated") is True:
        fields.remarks.append(_("The file calls itself outdated. Look it through."))
    return fields


def owner_called(name: str) -> User | None:
    """The one active person with this e-mail address or full name. One query."""
    people = User.objects.filter(is_active=True)
    if "@" in name:
        return people.filter(email__iexact=name.strip()).first()
    first, _space, last = name.strip().partition(" ")
    found = list(people.filter(first_name__iexact=first, last_name__iexact=last.strip())[:2])
    return found[0] if len(found) == 1 else None


class _Reader:
    def __init__(self, front: Mapping[str, Any], remarks: list[str]) -> None:
        self.front, self.remarks = front, remarks

    def _first(self, names: tuple[str, ...]) -> tuple[str, Any]:
        for name in names:
            if self.front.get(name) not in (None, ""):
                return name, self.front[name]
        return "", None

    def parsed(self, parse: Callable[[Any], Any], expected: str, *names: str) -> Any:
        name, value = self._first(names)
        if not name:
            return None
        try:
            return parse(value)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.remarks.append(
                _("“%(name)s” was left away: %(expected)s was expected.")
                % {"name": name, "expected": expected}
            )
            return None

    def words(self, *names: str) -> str | None:
        return self.parsed(_words, _("text"), *names)

    def date(self, *names: str) -> dt.date | None:
        return self.parsed(_date, _("a date such as 2026-03-01"), *names)

    def keys(self, model: type[Skill] | type[ReplyTemplate], name: str) -> list[str] | None:
        wanted: list[str] | None = self.parsed(_list_of_words, _("a list of keys"), name)
        if wanted is None:
            return None
        here = set(model.objects.filter(key__in=wanted).values_list("key", flat=True))
        if unknown := [key for key in wanted if key not in here]:
            self.remarks.append(
                _("“%(name)s”: there is no %(keys)s here.")
                % {"name": name, "keys": ", ".join(unknown)}
            )
        return [key for key in wanted if key in here]


def _words(value: Any) -> str:
    if isinstance(value, dict | list):
        raise ValueError(value)
    return str(value).strip()


def _list_of_words(value: Any) -> list[str]:
    values = value if isinstance(value, list) else str(value).split(",")
    return [_words(item) for item in values if _words(item)]


def _period(value: Any) -> tuple[int, str]:
    found = _PERIOD.match(str(value))
    if not found or not int(found[1]):
        raise ValueError(value)
    number, unit = int(found[1]), found[2].lower()
    if number * (_MONTHS.get(unit, 0) or _DAYS.get(unit, 0) / 30) > MOST_MONTHS:
        raise ValueError(value)
    return number, unit


def _date(value: Any) -> dt.date | None:
    day = as_date(value)
    if day is not None and not 1900 <= day.year < 2200:
        raise ValueError(value)
    return day


def _is_minutes(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LONGEST


def _channels(value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else str(value).split(",")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        said = row if isinstance(row, dict) else {"channel": row}
        channel = Channel(str(said["channel"]).strip().lower()).value
        standard: dict[str, Any] = {
            name: said[name] for name in STANDARD if said.get(name) is not None
        }
        for name in STANDARD[:2]:
            if name in standard and not _is_minutes(standard[name]):
                raise ValueError(standard[name])
        if "tone" in standard:
            standard["tone"] = _words(standard["tone"])
        found.setdefault(channel, {"channel": channel, **standard})
    return list(found.values())


def _escalation(value: Any) -> list[dict[str, Any]]:
    levels = []
    for row in value:
        within = row.get("within_minutes")
        if within is not None and not _is_minutes(within):
            raise ValueError(within)
        levels.append(
            {
                "when": _words(row["when"])[:300],
                "contact": _words(row["contact"])[:160],
                "key": _words(row.get("key") or "")[:36],
                "within_minutes": within,
            }
        )
    return levels


def _steps(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(step, dict) for step in value):
        raise ValueError(value)
    stream = ProcedurePage._meta.get_field("steps").stream_block
    steps = [step if "type" in step else {"type": "step", "value": step} for step in value]
    for step in steps:
        if step["type"] not in stream.child_blocks or not isinstance(step.get("value"), dict):
            raise ValueError(step)
    # Read as the page will read it: parts of another shape show only then.
    for block in stream.to_python(steps):
        block.get_prep_value()
    return steps
