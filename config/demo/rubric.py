"""The demo's rubrics: one with two published editions and a draft of the third, and a short one."""

import datetime as dt
from typing import Any

from config.demo.data_files import read
from people.models import User
from scorecards.actions import create_rubric, draft_rubric_version, publish_rubric_version
from scorecards.loading import load_version
from scorecards.models import RubricVersion
from scorecards.rubric_format import Structure, structure_of


def build(name: str, *, by: User, at: dt.datetime) -> RubricVersion:
    """The first edition of the rubric in the data file `name`, published."""
    data = read(name)
    rubric = create_rubric(
        name=data["name"], description=data["description"], key=data["key"], by=by, at=at
    )
    draft = draft_rubric_version(rubric, data, by=by, at=at)
    return publish_rubric_version(draft, by=by, at=at)


def draft_next(version: RubricVersion, edition: str, *, by: User, at: dt.datetime) -> RubricVersion:
    """A draft with everything in `version` and what `editions.toml` changes under `edition`."""
    structure = structure_of(load_version(version.pk))
    _change(structure, read("editions.toml")[edition])
    return draft_rubric_version(version.rubric, structure, by=by, at=at)


def _change(structure: Structure, changes: dict[str, Any]) -> None:
    structure["change_note"] = changes["change_note"]
    for section in structure["sections"]:
        for row in section["criteria"]:
            words = dict(changes["criteria"].get(row["key"], {}))
            if words.pop("lowest_needs_comment", False):
                row["levels"][0]["requires_comment"] = True
            row.update(words)
        for new in changes.get("new", []):
            if new["section"] == section["key"]:
                fields = {name: value for name, value in new.items() if name != "section"}
                section["criteria"].append(fields)
