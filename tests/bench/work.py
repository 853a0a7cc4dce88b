"""What is done rather than looked at: submitting, drawing, searching, exporting, importing, making sums
anew, fitting. Each function is run in a process of its own, so that its memory can be told."""

import datetime as dt
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.demo.logins import ADMINISTRATOR, REVIEWER
from interactions.models import Interaction, Transcript
from people.models import User
from scorecards.models import SamplingPlan, Scorecard
from tests.bench.data import main_version, ready_drafts
from tests.bench.load import Table, stamp
from tests.bench.pages import INSERT, Yardstick, browser, figure
from tests.bench.words import MESSAGES, RARE_WORD, Conversations

SUBMITS = 24
SAMPLE = 500
EXPORTED = 10_000
IMPORTED = 5_000
Answer = dict[str, Any]


@contextmanager
def _clock(into: Answer) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into["seconds"] = time.perf_counter() - wall
    into["cpu_seconds"] = time.process_time() - cpu


def submit() -> Answer:
    """A scorecard of all its criteria, and the page that follows is not counted."""
    drafts = ready_drafts(User.objects.get(email=REVIEWER), SUBMITS + 2)
    client = browser(REVIEWER)

    def request(number: int) -> Any:
        address = f"/scorecards/queue/scorecards/{drafts[number].pk}/submit/"
        return client.post(address, {"summary": "Good."})

    insert = Yardstick(lambda: client.post(INSERT))
    row = asdict(
        figure(
            "Submit of a scorecard",
            "reviewer",
            "submit",
            request,
            times=SUBMITS,
            yardstick=insert,
        )
    )
    done = Scorecard.objects.filter(pk__in=[one.pk for one in drafts]).submitted().count()
    if done < row["times"]:
        raise RuntimeError("The scorecards were not submitted.")
    return row


def _plan(name: str, **values: Any) -> SamplingPlan:
    from scorecards.actions.sample import save_plan

    return save_plan(
        SamplingPlan(name=f"{name} {time.time_ns()}", rubric=main_version().rubric, **values),
        teams=[],
        agents=[],
        reviewers=list(User.objects.filter(email__startswith="reviewer", is_active=True)[:40]),
        by=User.objects.get(email=ADMINISTRATOR),
    )


def sample() -> Answer:
    """A week with two for each agent, and 500 of everything there is."""
    from scorecards.actions.sample import draw_sample, select
    from scorecards.population import Scope, load_frame

    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday() + 7)
    weekly = _plan("Bench week", quantity="per_agent_week", per_agent_week=2, method="stratified")
    found: Answer = {"week": {}, "all": {}}
    with _clock(found["week"]), CaptureQueriesContext(connection) as captured:
        made = draw_sample(
            weekly, starts_on=monday, ends_on=monday + dt.timedelta(days=6), by=None, seed=1
        )
    found["week"] |= {
        "queries": len(captured),
        "population": made.population_size,
        "picked": made.picked_count,
    }
    everything = Scope(dt.date(2000, 1, 1), today - dt.timedelta(days=1))
    total = everything.interactions().count()
    share = min(100, 100 * SAMPLE / max(1, total))
    plan = _plan("Bench all", quantity="share", share_percent=100, method="simple")
    from dataclasses import replace

    design = replace(plan.design, share=share / 100)
    with _clock(found["all"]):
        frame = load_frame(everything, design)
        _chances, places = select(frame, design, random.Random(1))
    found["all"] |= {"population": len(frame), "picked": len(places)}
    return found


def search() -> Answer:
    """Words that many said, words that hardly anybody said, and two together; the whole page."""
    client = browser(ADMINISTRATOR)
    rows = []
    for words in ("refund", RARE_WORD, "broken parcel", '"late delivery"'):
        row = figure(
            f"Search of transcripts: {words}",
            "administrator",
            "search",
            lambda _n, words=words: client.get("/interactions/", {"q": words}),  # type: ignore[misc]
        )
        rows.append(asdict(row))
    return {"rows": rows}


def export() -> Answer:
    """The list of scorecards as CSV, the first 10,000 rows of it."""
    client = browser(ADMINISTRATOR)
    there = Scorecard.objects.submitted().count()
    found: Answer = {"rows": 0, "bytes": 0}
    with _clock(found):
        response = client.post("/scorecards/", {"format": "csv"})
        lines = 0
        for part in response.streaming_content:
            found["bytes"] += len(part)
            lines += part.count(b"\n")
            if lines > EXPORTED:
                break
    found["rows"], found["there"] = min(lines, EXPORTED), there
    return found


def import_() -> Answer:
    """The real importer with a file of its own format, then the same rows by the driver alone: into the
    tables with their indexes and triggers, and into tables that have none."""
    from interactions.actions import start_import
    from interactions.importing.run import run_import

    label = f"import-{time.time_ns()}"
    found: Answer = {"rows": IMPORTED}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.jsonl"
        _write_file(path, label)
        found["bytes"] = path.stat().st_size
        with path.open("rb") as stream, _clock(found):
            run = start_import(None, file_name=path.name, size=found["bytes"], by=None)
            run = run_import(run, stream=stream)
    if run.created_count != IMPORTED:
        raise RuntimeError(f"Only {run.created_count} of {IMPORTED} were imported.")
    found["per_second"] = IMPORTED / found["seconds"]
    found["per_cpu_second"] = IMPORTED / found["cpu_seconds"]
    rows = (
        _rows_of(Interaction, label, "source", "id"),
        _rows_of(Transcript, label, "interaction__source", "interaction_id"),
    )
    for name, is_bare in (("raw", False), ("raw_bare", True)):
        seconds: Answer = {}
        with transaction.atomic():
            tables = [_target(Interaction, is_bare=is_bare), _target(Transcript, is_bare=is_bare)]
            with _clock(seconds):
                for table, part in zip(tables, rows, strict=True):
                    table.add(part)
            transaction.set_rollback(True)
        found[f"{name}_per_second"] = IMPORTED / seconds["seconds"]
        found[f"{name}_per_cpu_second"] = IMPORTED / seconds["cpu_seconds"]
    return found


def _write_file(path: Path, label: str) -> None:
    talk, chance = Conversations(3), random.Random(3)
    agents = list(User.objects.filter(email__endswith="@bench.example")[:200])
    begin = timezone.now() - dt.timedelta(days=400)
    with path.open("w") as out:
        for number in range(IMPORTED):
            rhythm = chance.randrange(len(talk.rhythms))
            said = [chance.randrange(len(talk.sentences)) for _ in range(MESSAGES)]
            at = begin + dt.timedelta(minutes=number)
            messages = [
                {
                    "speaker": one["speaker"],
                    "text": one["text"],
                    "offset_seconds": one["offset"],
                }
                for one in json.loads(talk.messages(rhythm, said))
            ]
            row = {
                "source": label,
                "external_id": str(number),
                "channel": "chat",
                "started_at": at.isoformat(),
                "ended_at": (at + dt.timedelta(minutes=20)).isoformat(),
                "customer": {"id": f"x{number // 3}"},
                "agent": {"id": agents[number % len(agents)].email},
                "flow": ["late-delivery"],
                "messages": messages,
            }
            out.write(json.dumps(row) + "\n")


def _rows_of(model: Any, label: str, source: str, key: str) -> list[tuple[Any, ...]]:
    """As the database holds them, with other keys, so that they can be written once more."""
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    ids = list(model.objects.filter(**{source: label}).order_by("pk").values_list("pk", flat=True))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {table} WHERE {key} BETWEEN %s AND %s ORDER BY {key}",  # noqa: S608
            [ids[0], ids[-1]],
        )
        rows = cursor.fetchall()
    further = 10**9

    def again(field: Any, value: Any) -> Any:
        if field.attname == key:
            return value + further
        if field.attname == "source":
            return f"{value}-again"
        return stamp(value) if isinstance(value, dt.datetime) else value

    return [
        tuple(again(field, value) for field, value in zip(fields, row, strict=True)) for row in rows
    ]


class _Bare(Table):
    """A copy of a table without an index, a trigger or a constraint."""

    def __init__(self, model: Any, columns: list[str]) -> None:
        super().__init__(model, columns)
        self.quoted = connection.ops.quote_name(f"bench_{model._meta.db_table}")
        names = ", ".join(connection.ops.quote_name(name) for name in self._names)
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.quoted}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {self.quoted} AS SELECT {names} FROM {table} WHERE 1 = 0"  # noqa: S608
            )


def _target(model: Any, *, is_bare: bool) -> Table:
    columns = [field.attname for field in model._meta.concrete_fields]
    return (_Bare if is_bare else Table)(model, columns)


def rollups() -> Answer:
    from scorecards.rollups import rebuild_rollups

    found: Answer = {"scorecards": Scorecard.objects.submitted().count()}
    with _clock(found):
        found["rows"] = rebuild_rollups()
    return found


def severity() -> Answer:
    """Of all people by all reviewers over two years, as the pages read it: without what a cache keeps."""
    import numpy as np
    from django.core.cache import cache
    from django.db.models import Sum

    from measurement.ranking import rank
    from measurement.sampling import WeightedSums
    from measurement.severity import fit, gather
    from scorecards.models import Rollup

    names = ("n", "sum_y", "sum_yy", "sum_w", "sum_wy", "sum_wyy", "sum_ww", "sum_wwy", "sum_wwyy")
    cache.clear()
    rows = (
        Rollup.objects.filter(version=main_version().pk, subject=Rollup.Subject.TOTAL)
        .order_by()
        .values_list("agent_id", "reviewer_id")
        .annotate(*(Sum(name) for name in names))
    )
    found: Answer = {"read": {}, "fit": {}, "rank": {}}
    list(rows[:10])
    with _clock(found["read"]):
        table = np.array(list(rows.iterator(chunk_size=5_000)), np.float64)
    agent, reviewer, *sums = table.T
    cells = gather(agent, reviewer, *sums[:3], weights=WeightedSums(sums[0], *sums[3:]))
    fit(cells)
    with _clock(found["fit"]):
        model = fit(cells)
    with _clock(found["rank"]):
        rank(model)
    return found | {"cells": len(table), "scorecards": int(sums[0].sum())}


STEPS: dict[str, Callable[[], Answer]] = {
    "submit": submit,
    "sample": sample,
    "search": search,
    "export": export,
    "import": import_,
    "severity": severity,
    "rollups": rollups,
}
