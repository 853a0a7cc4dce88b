"""What to do with a file: the plan that it suggests by itself, or by a mapping that was kept.
Writes nothing.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.utils.translation import gettext as _

from interactions.importing.chats import usual_side
from interactions.importing.mapping import Rules, fingerprint, guessed
from interactions.importing.plans import (
    Plan,
    chat_names,
    is_native,
    layout_json,
    records,
    table_preset,
)
from interactions.importing.presets import PRESETS, preset_for
from interactions.importing.privacy import prepared
from interactions.importing.rows import Row, RowRejected, parse_record
from interactions.importing.sources import Layout, inspect
from interactions.importing.spool import SeenIds

PREVIEW_ROWS = 20
READ_AHEAD = 2_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file looked at: `plan` as far as it can be told, `faults` what somebody has to say first."""

    layout: Layout
    plan: Plan
    fingerprint: str
    faults: tuple[str, ...] = ()

    @property
    def is_native(self) -> bool:
        return self.plan["kind"] == "native"


@dataclass(frozen=True, slots=True)
class Previewed:
    """One interaction as it would be imported, or what is wrong with it."""

    number: int
    row: Row | None
    fault: str
    external_id: str = ""


def propose(
    stream: IO[bytes],
    file_name: str,
    *,
    kept: Plan | None = None,
    delimiter: str = "",
    encoding: str = "",
    sheet: str = "",
) -> Proposal:
    """Look at a file and say how it would be read; `kept` are the rules of a mapping. Raises
    `UnreadableFile`.
    """
    tables = table_preset(stream)
    if tables:
        plan = {
            "kind": "preset",
            "preset": tables,
            "tables": True,
            "source": (kept or {}).get("source") or tables,
        }
        layout = Layout(
            "tables", notes=(_("Tables of %(name)s.") % {"name": PRESETS[tables].label},)
        )
        return Proposal(layout, plan, fingerprint([f"tables:{tables}"]))
    layout = inspect(stream, delimiter=delimiter, encoding=encoding, sheet=sheet)
    plan = _plan(stream, layout, file_name, kept)
    columns = layout.columns if layout.columns else (f"kind:{layout.kind}",)
    return Proposal(layout, plan, fingerprint(columns), tuple(faults_of(plan, layout)))


def faults_of(plan: Plan, layout: Layout) -> list[str]:
    """What a plan lacks before anything may be imported by it."""
    kind = plan["kind"]
    faults = []
    if kind != "native" and kind != "table" and not plan.get("source"):
        faults.append(_("Say what the source is called, for example “helpdesk”."))
    if kind == "table":
        faults += Rules.from_json(plan["mapping"]).faults(layout)
    elif kind == "mail" and not plan.get("agents"):
        faults.append(
            _(
                "Say which addresses or domains are your own: what comes from them was "
                "said by an agent."
            )
        )
    elif kind == "chat":
        if not plan.get("external_id"):
            faults.append(_("Say which id this conversation has."))
        sides = plan.get("sides", {})
        if open_names := [name for name, side in sides.items() if not side]:
            names = ", ".join(f"“{name}”" for name in open_names)
            faults.append(_("Say who %(names)s is: agent or customer.") % {"names": names})
    return faults


def _plan(stream: IO[bytes], layout: Layout, file_name: str, kept: Plan | None) -> Plan:
    known = layout_json(layout)
    kept = kept or {}
    if layout.kind == "mail":
        return {"kind": "mail", "source": "mail", "agents": [], "quotes": "remove"} | _of_kind(
            kept, "mail"
        )
    if layout.kind in {"chat", "cues"}:
        stem = PurePath(file_name).name.split(".")[0]
        plan: Plan = {
            "kind": "chat",
            "source": "chats" if layout.kind == "chat" else "calls",
            "channel": "chat" if layout.kind == "chat" else "phone",
            "external_id": stem[:200],
            "sides": {},
            "order": "",
            "zone": "",
            "started_at": "",
        } | _of_kind(kept, "chat")
        names = chat_names(stream, zone=plan["zone"])
        plan["sides"] = {name: plan["sides"].get(name) or usual_side(name) for name in names}
        return plan
    if kept.get("kind") == "table" or (layout.is_table and not kept.get("preset")):
        mapping = kept.get("mapping") or guessed(layout).as_json()
        return {"kind": "table", "mapping": mapping, "layout": known}
    if kept.get("kind") == "preset":
        return {
            "kind": "preset",
            "preset": kept["preset"],
            "source": kept.get("source", ""),
            "layout": known,
        }
    if is_native(layout):
        return {"kind": "native", "layout": known}
    found = preset_for(next(iter(layout.sample), None))
    if found:
        return {"kind": "preset", "preset": found.key, "source": found.key, "layout": known}
    return {"kind": "table", "mapping": guessed(layout).as_json(), "layout": known}


def _of_kind(kept: Plan, kind: str) -> Plan:
    return dict(kept) if kept.get("kind") == kind else {}


def to_keep(plan: Plan) -> Plan:
    """What of a plan is of use for the next file: not what belongs to this one alone."""
    left_out = {"layout", "external_id", "started_at"}
    return {key: value for key, value in plan.items() if key not in left_out}


def preview(stream: IO[bytes], plan: Plan, *, limit: int = PREVIEW_ROWS) -> list[Previewed]:
    """The first interactions exactly as they would be imported. Where rows of one stand apart, only
    the first `READ_AHEAD` rows are looked at; a source that nobody named yet is “…”. Raises
    `UnreadableFile` if there is nothing to show."""
    found: list[Previewed] = []
    plan = _with_any_source(plan)
    with closing(SeenIds()) as seen:
        for entry in islice(records(stream, plan, first=READ_AHEAD), limit):
            found.append(judged(entry, seen))
    return found


def _with_any_source(plan: Plan) -> Plan:
    """The plan of a table whose source is still asked for: that alone should not hide its rows."""
    if plan["kind"] != "table":
        return plan
    rules = plan["mapping"]
    if rules.get("constants", {}).get("source") or "source" in rules["columns"].values():
        return plan
    constants = {**rules.get("constants", {}), "source": "…"}
    return {**plan, "mapping": {**rules, "constants": constants}}


def judged(entry: Any, seen: SeenIds) -> Previewed:
    """What an import would make of one entry, also that its id was there before."""
    if entry.fault:
        known = entry.record if isinstance(entry.record, dict) else {}
        return Previewed(entry.number, None, entry.fault, str(known.get("external_id") or ""))
    try:
        row = parse_record(entry.record)
    except RowRejected as rejected:
        return Previewed(entry.number, None, rejected.reason, rejected.external_id)
    repeated = seen.first_of([(row.key, entry.number, row.content_hash)]).get(entry.number)
    if repeated and repeated[1] != row.content_hash:
        fault = _("The id “%(id)s” was on line %(line)s already, with other content.") % {
            "id": row.external_id,
            "line": repeated[0],
        }
        return Previewed(entry.number, None, fault, row.external_id)
    return Previewed(entry.number, prepared(row), "")


def described(plan: Plan) -> str:
    """A plan in a few words, for a list of mappings."""
    kind = plan.get("kind")
    if kind == "preset":
        preset = PRESETS.get(plan.get("preset", ""))
        return preset.label if preset else ""
    if kind == "mail":
        return _("E-mail of %(agents)s") % {"agents": ", ".join(plan.get("agents", ()))}
    if kind == "chat":
        return _("Chat or call transcript")
    rules = Rules.from_json(plan.get("mapping", {}))
    used = sum(bool(target) for target in rules.columns.values())
    words = (
        _("%(count)s columns, a row for each message")
        if rules.by_message
        else _("%(count)s columns, a row for each interaction")
    )
    return words % {"count": used}


def sheet_choices(layout: Layout) -> Sequence[str]:
    return layout.sheets
