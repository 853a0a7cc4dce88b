"""What the customer answered when asked about the interaction, as a row brings it. Pure.

`answers` is a list of objects with `kind`, `value`, `text` and `answered_at`, each kind once. The
list is the whole of what this source knows: an answer that a later row leaves out is withdrawn.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from interactions.importing.fields import FieldReader, shown
from interactions.models import SurveyAnswer

Kind = SurveyAnswer.Kind


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer, ready for the columns. `value` is None for a comment."""

    kind: str
    value: int | None
    text: str
    answered_at: dt.datetime | None


def read_answers(reader: FieldReader, raw: Any) -> tuple[GivenAnswer, ...]:
    """The answers in the order of their kinds, whatever theirs is in the file. Faults go to
    `reader`."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        reader.fault(_("answers is %(value)s; expected a list of answers or null"), shown(raw))
        return ()
    if len(raw) > len(Kind):
        reader.fault(_("answers has %(value)s entries; expected each kind at most once"), len(raw))
        return ()
    answers: dict[str, GivenAnswer] = {}
    for index, entry in enumerate(raw):
        where = f"answers[{index}]"
        if not isinstance(entry, dict):
            reader.fault(_("%(field)s is %(value)s; expected an object"), shown(entry), field=where)
            continue
        kind = reader.choice(f"{where}.kind", entry.get("kind"), Kind.values)
        if not kind:
            continue
        if kind in answers:
            reader.fault(
                _("%(field)s.kind is %(value)s again; expected each kind at most once"),
                shown(kind),
                field=where,
            )
        answers[kind] = _answer(reader, where, kind, entry)
    return tuple(answers[kind] for kind in Kind.values if kind in answers)


def _answer(reader: FieldReader, where: str, kind: str, entry: dict[str, Any]) -> GivenAnswer:
    faults_before = len(reader.faults)
    text = reader.text(f"{where}.text", entry.get("text"), limit=None)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if kind == Kind.COMMENT and not text and len(reader.faults) == faults_before:
        reader.fault(
            _("%(field)s.text is %(value)s; expected the customer's words"),
            shown(entry.get("text")),
            field=where,
        )
    return GivenAnswer(
        kind=kind,
        value=_value(reader, f"{where}.value", kind, entry.get("value")),
        text=text,
        answered_at=reader.moment(f"{where}.answered_at", entry.get("answered_at")),
    )


def _value(reader: FieldReader, field: str, kind: str, value: Any) -> int | None:
    """A whole number on the scale of `kind`. 4.0 counts as one, for spreadsheets write it so, and
    for a yes or no also true and false."""
    if kind == Kind.COMMENT:
        if value is not None:
            reader.fault(
                _("%(field)s is %(value)s; expected null, for a comment is text only"),
                shown(value),
                field=field,
            )
        return None
    lowest, highest = SurveyAnswer.SCALES[Kind(kind)]
    is_number = isinstance(value, int | float) and (
        kind == Kind.RESOLVED or not isinstance(value, bool)
    )
    if is_number and lowest <= value <= highest and value == int(value):
        return int(value)
    reader.fault(
        _("%(field)s is %(value)s; expected a whole number from %(lowest)s to %(highest)s"),
        shown(value),
        field=field,
        lowest=lowest,
        highest=highest,
    )
    return None
