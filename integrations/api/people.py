"""People and teams on their way in, by the engine of the directory sync."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.api.ingest import batch_answer
from integrations.api.once import Answer
from integrations.directory.records import read_person
from integrations.directory.syncing import DEACTIVATE, REFUSED, apply, plan
from integrations.permissions import can_write_people
from integrations.problems import Problem
from people.audit import record
from people.channels import Channel
from people.models import Team, User

STATUS = {"create": "created", "update": "updated", REFUSED: "rejected", DEACTIVATE: "deactivated"}


def take_people(by: User, rows: Sequence[Any]) -> Answer:
    """Add or change each, or name it as rejected."""
    _require_writer(by)
    at = timezone.now()
    records = [read_person(raw, number=index) for index, raw in enumerate(rows)]
    changes = plan(records, by=by, on=timezone.localdate(at))
    results = []
    for change in changes:
        apply(change, by=by, at=at)
        said = change.as_json()
        results.append(
            {
                "index": change.number,
                "id": change.email,
                "status": STATUS.get(change.kind, change.kind),
                "reason": change.reason,
                "changes": said["changes"],
            }
        )
    return batch_answer(results)


def take_teams(by: User, rows: Sequence[Any]) -> Answer:
    """The same for teams, found by name."""
    _require_writer(by)
    names = [raw.get("name") if isinstance(raw, dict) else None for raw in rows]
    known = {
        team.name: team
        for team in Team.objects.filter(name__in=[name for name in names if _is_name(name)])
    }
    results = []
    with transaction.atomic():
        for index, (raw, name) in enumerate(zip(rows, names, strict=True)):
            if fault := _fault(raw, name):
                results.append({"index": index, "id": "", "status": "rejected", "reason": fault})
                continue
            team = known.get(str(name))
            status = "unchanged"
            channels = raw.get("channels")
            if team is None:
                team = known[str(name)] = Team.objects.create(name=name, channels=channels or [])
                record("add_team", by=by, of=team, after={"name": name, "channels": team.channels})
                status = "created"
            elif channels is not None and sorted(channels) != sorted(team.channels):
                before = {"name": name, "channels": team.channels}
                team.channels = channels
                team.save(update_fields=["channels"])
                after = {"name": name, "channels": channels}
                record("change_team", by=by, of=team, before=before, after=after)
                status = "updated"
            results.append({"index": index, "id": str(name), "status": status})
    return batch_answer(results)


def _require_writer(by: User) -> None:
    if not can_write_people(by):
        raise Problem(403, _("The token's owner may not change people and teams."))


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) <= 120 and "\x00" not in name


def _fault(raw: Any, name: Any) -> str:
    if not _is_name(name):
        return _("name is missing or too long; expected text of at most 120 characters")
    channels = raw.get("channels")
    is_known = isinstance(channels, list) and all(
        isinstance(each, str) and each in Channel.values for each in channels
    )
    if channels is not None and not is_known:
        return _("channels has what is none; expected a list of %(names)s") % {
            "names": ", ".join(Channel.values)
        }
    return ""
