"""Everything that is stored here as one zip: JSON Lines for each table of ours, and a manifest.

Rows are read by their primary key, 500 at a time, so memory does not grow with a table and no reader
holds a long transaction. The dump is therefore no snapshot: a row that changes meanwhile is in it as it
was when its turn came.
"""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.encoding import is_protected_type

from integrations.models import DataDump, StoredAnswer

FORMAT = 1
PORTION = 500
# From the lowest room up, so that what is referred to mostly comes before what refers to it.
ROOMS = (
    "people",
    "interactions",
    "content",
    "scorecards",
    "training",
    "coaching",
    "integrations",
)
# A column that is called so opens something, whatever table it is in.
SECRET = re.compile(
    r"(^|_)(password|secret|nonce|salt|cipher|ciphertext|encrypted|token_hash|token_digest)(_|$)"
)
SECRETS = {("integrations.apitoken", "digest")}
LEFT_OUT_TABLES: dict[type[models.Model], str] = {
    StoredAnswer: "answers kept for repeated requests for three days; their data is in its own tables",
    DataDump: "the list of dumps itself",
}
LEFT_OUT = [
    "password hashes",
    "digests of API tokens",
    "what webhook secrets are derived from",
    "encrypted columns",
    "sign-in sessions",
    "second factors and recovery codes",
    "e-mail confirmation keys",
    "the search index, which is made from the other tables",
    "page history and workflow records of Wagtail; editions are in content.edition",
    "the files of media.jsonl themselves",
]

# Called after each portion with the table and the rows in it so far; it may raise `Stopped`.
Tell = Callable[[str, int], None]


class Stopped(Exception):
    """Somebody asked to stop."""


def tables() -> list[type[models.Model]]:
    """Our own models with a table, links of many to many among them."""
    return [
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        if model not in LEFT_OUT_TABLES and model._meta.managed and not model._meta.proxy
    ]


def fields_of(model: type[models.Model]) -> tuple[list[models.Field[Any, Any]], list[str]]:
    """(what is written of a row, the names of what is not)."""
    written, left_out = [], []
    for field in model._meta.concrete_fields:
        is_secret = (
            SECRET.search(field.name)
            or isinstance(field, models.BinaryField)
            or (model._meta.label_lower, field.name) in SECRETS
        )
        if is_secret:
            left_out.append(field.name)
        else:
            written.append(field)
    return written, left_out


def write_dump(file: IO[bytes], *, tell: Tell | None = None) -> dict[str, int]:
    """Write the zip into `file` and return the rows of each table. Two passes of queries: the tables, and
    the names of files that they refer to."""
    begun, counts = timezone.now(), {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for model in tables():
            label = model._meta.label_lower
            with package.open(f"tables/{label}.jsonl", "w", force_zip64=True) as part:
                counts[label] = _write_table(part, model, tell)
        with package.open("media.jsonl", "w", force_zip64=True) as part:
            media = 0
            for entry in media_names():
                part.write(_line(entry))
                media += 1
        manifest = _manifest(counts, media, begun)
        package.writestr("manifest.json", json.dumps(manifest, cls=DjangoJSONEncoder, indent=2))
    return counts


def rows_of(model: type[models.Model]) -> Iterator[list[models.Model]]:
    """All rows in portions, by primary key."""
    written, _left_out = fields_of(model)
    rows = model._base_manager.order_by("pk").only(*[field.name for field in written])
    last: Any = None
    while True:
        portion = list((rows if last is None else rows.filter(pk__gt=last))[:PORTION])
        if not portion:
            return
        yield portion
        last = portion[-1].pk


def as_record(row: models.Model, fields: list[models.Field[Any, Any]]) -> dict[str, Any]:
    return {field.attname: _value(row, field) for field in fields}


def media_names() -> Iterator[dict[str, Any]]:
    """Each file that a row refers to: table, row, column and name within the storage."""
    others = [apps.get_model("wagtailimages.Image"), apps.get_model("wagtaildocs.Document")]
    for model in [*tables(), *others]:
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.FileField):
                continue
            named = model._base_manager.exclude(**{field.name: ""}).order_by("pk")
            for pk, name in named.values_list("pk", field.name).iterator(chunk_size=PORTION):
                if name:
                    table = model._meta.label_lower
                    yield {"table": table, "id": pk, "field": field.name, "name": str(name)}


def _write_table(part: IO[bytes], model: type[models.Model], tell: Tell | None) -> int:
    written, _left_out = fields_of(model)
    count = 0
    if tell:
        tell(model._meta.label_lower, 0)
    for portion in rows_of(model):
        part.write(b"".join(_line(as_record(row, written)) for row in portion))
        count += len(portion)
        if tell:
            tell(model._meta.label_lower, count)
    return count


def _value(row: models.Model, field: models.Field[Any, Any]) -> Any:
    value = field.value_from_object(row)
    if is_protected_type(value) or isinstance(field, models.JSONField):
        return value
    return field.value_to_string(row)


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"


def _manifest(counts: dict[str, int], media: int, begun: dt.datetime) -> dict[str, Any]:
    applied = MigrationRecorder.Migration.objects.filter(app__in=ROOMS)
    newest: dict[str, str] = {}
    for app, name in applied.order_by("app", "name").values_list("app", "name"):
        newest[app] = name
    return {
        "format": FORMAT,
        "begun": begun,
        "finished": timezone.now(),
        "is_snapshot": False,
        "schema": newest,
        "tables": [
            {
                "name": model._meta.label_lower,
                "file": f"tables/{model._meta.label_lower}.jsonl",
                "rows": counts[model._meta.label_lower],
                "columns": [field.attname for field in fields_of(model)[0]],
                "left_out": fields_of(model)[1],
            }
            for model in tables()
        ],
        "media": {"file": "media.jsonl", "files": media},
        "left_out": {
            "everywhere": LEFT_OUT,
            "tables": {model._meta.label_lower: why for model, why in LEFT_OUT_TABLES.items()},
        },
    }
