"""The rows that an import rejected, as a file that can be mended and imported again."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from interactions.importing.sources import REASON_COLUMN
from interactions.models import ImportRun
from ui.exports import FORMULA


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """`lines` are streamed; `suffix` names the format."""

    suffix: str
    content_type: str
    lines: Iterator[str]


def rejected_file(run: ImportRun) -> RejectedFile:
    """A table gives a CSV file with its own columns, all else JSON Lines; the reason is one more
    column or
    name, `import_reason`, which an import passes over. Rows that were too long to keep are left out."""
    layout = run.plan.get("layout", {})
    if layout.get("kind") in {"table", "workbook"}:
        return RejectedFile("csv", "text/csv; charset=utf-8", _csv_lines(run, layout["columns"]))
    return RejectedFile("jsonl", "application/x-ndjson", _json_lines(run))


def _rows(run: ImportRun) -> Iterator[tuple[str, Any]]:
    kept = run.rejections.exclude(content="").order_by("line")
    for reason, content in kept.values_list("reason", "content").iterator(chunk_size=200):
        data = json.loads(content)
        yield from ((reason, row) for row in data.get("rows", [data.get("raw")]))


def _csv_lines(run: ImportRun, columns: list[str]) -> Iterator[str]:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([*map(_guarded, columns), REASON_COLUMN])
    for reason, row in _rows(run):
        cells = [row.get(column) for column in columns] if isinstance(row, dict) else [row]
        cells += [""] * (len(columns) - len(cells))
        writer.writerow([*map(_guarded, cells), _guarded(reason)])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def _guarded(value: Any) -> Any:
    """Text that a spreadsheet would compute gets a mark, which the import takes away again."""
    if isinstance(value, str):
        value = _as_text(value)
    if isinstance(value, str) and value.startswith((*FORMULA, "''")):
        return f"'{value}"
    if isinstance(value, str) and value.startswith("'") and value[1:2] in {*FORMULA, "'"}:
        return f"'{value}"
    return "" if value is None else value


def _as_text(value: str) -> str:
    """Bytes that were no text come here as halves of a character, which no file can hold."""
    return re.sub("[\ud800-\udfff]", "\ufffd", value)


def _json_lines(run: ImportRun) -> Iterator[str]:
    for reason, row in _rows(run):
        if isinstance(row, dict):
            yield json.dumps({**row, REASON_COLUMN: reason}, ensure_ascii=True) + "\n"
        else:
            yield json.dumps({REASON_COLUMN: reason, "line": row}, ensure_ascii=True) + "\n"
