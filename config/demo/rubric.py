"""The demo's rubric, published."""

import datetime as dt

from config.demo.data_files import read
from people.models import User
from scorecards.actions import draft_rubric_version, publish_rubric_version
from scorecards.models import Rubric, RubricVersion


def build(*, by: User, at: dt.datetime) -> RubricVersion:
    data = read("rubric.toml")
    rubric = Rubric.objects.create(
        key=data["key"], name=data["name"], description=data["description"]
    )
    draft = draft_rubric_version(rubric, data, by=by, at=at)
    return publish_rubric_version(draft, by=by, at=at)
