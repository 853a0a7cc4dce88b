"""The figures as tables, and each target with its figure. Ratios are to the plain view of the same
run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Result = dict[str, Any]

WITHIN = {"manual": 10, "own": 20, "team": 40}
KINDS = {"manual": "manual and lessons", "own": "our own screens", "team": "team pages"}
QUERIES, SUBMIT_QUERIES, SUBMIT_WITHIN = 12, 15, 10
COLD_KB, MEMORY_MB = 150, 400
SEARCH_MS, EXPORT_CPU, SAMPLE_SECONDS = 100, 5, 1
GROWTH = 4 / 3
# Of what is below this a third more is the clock's own noise.
GROWTH_FROM_MS = 5
IMPORT = {"SQLite": 1 / 20, "PostgreSQL": 1 / 6}
BEGIN, END = "<!-- figures: written by the tool, down to the end -->", "<!-- end of figures -->"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Target:
    """`is_met` is None where the run cannot tell."""

    what: str
    figure: str
    is_met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**missed**", None: "not told by this run"}[self.is_met]


def name_of(result: Result) -> str:
    build = result["steps"]["build"]
    return f"{build['interactions']:,} on {build['database'].split()[0]}"


def targets(result: Result) -> list[Target]:
    return list(_targets(result["steps"]))


def _targets(steps: Result) -> Iterator[Target]:
    if rows := _of(steps, "pages", "rows"):
        for kind, limit in WITHIN.items():
            own = [row for row in rows if row["kind"] == kind]
            over = sorted({row["label"] for row in own if _ratio(row) > limit})
            worst = max(own, key=_ratio, default=None)
            if worst is None:
                continue
            people = f" ({steps['build']['agents']:,} people)" if kind == "team" else ""
            yield Target(
                f"CPU time of {KINDS[kind]}{people} within {limit} times the plain view",
                f"{_share(own, over)} within; most {_ratio(worst):.0f} times "
                f"({worst['label']}, {worst['role']})",
                not over,
            )
        over = sorted({row["label"] for row in rows if row["queries"] >= QUERIES})
        worst = max(rows, key=lambda row: row["queries"])
        yield Target(
            f"Queries of each page under {QUERIES}",
            f"{_share(rows, over)} under; most {worst['queries']} ({worst['label']}, {worst['role']})",
            not over,
        )
    if rows := _of(steps, "crowd", "weights"):
        worst = max(rows, key=lambda row: row["total"])
        yield Target(
            f"A cold page under {COLD_KB} KB",
            f"at most {worst['total'] / 1000:.0f} KB ({worst['label']})",
            worst["total"] < COLD_KB * 1000,
        )
    if step := _step(steps, "submit"):
        ratio = _ratio(step)
        yield Target(
            f"Submit of a scorecard under {SUBMIT_QUERIES} queries",
            f"{step['queries']}",
            step["queries"] < SUBMIT_QUERIES,
        )
        yield Target(
            f"Submit within {SUBMIT_WITHIN} times a one-row insert view (CPU)",
            f"{ratio:.1f} times",
            ratio <= SUBMIT_WITHIN,
        )
    if step := _step(steps, "import"):
        engine = steps["build"]["database"].split()[0]
        least = IMPORT[engine]
        ratio = step["per_second"] / step["raw_per_second"]
        bare = step["per_second"] / step["raw_bare_per_second"]
        yield Target(
            f"Import at least 1/{round(1 / least)} of the raw insert of the same interactions",
            f"1/{1 / ratio:.1f} of a raw insert into the tables as they are, "
            f"1/{1 / bare:.1f} of one without indexes",
            ratio >= least,
        )
    if rows := _of(steps, "search", "rows"):
        worst = max(rows, key=lambda row: row["median"])
        count, is_met = steps["build"]["interactions"], worst["median"] < SEARCH_MS
        yield Target(
            f"Search of transcripts under {SEARCH_MS} ms at 100,000",
            f"at most {worst['median']:.0f} ms, whole page, at {count:,} ({worst['label'][23:]})",
            # Fewer prove nothing when it is met, more nothing when it is missed.
            is_met if count == 100_000 or is_met == (count > 100_000) else None,
        )
    if step := _step(steps, "export"):
        is_whole = step["rows"] >= 10_000
        yield Target(
            f"Export of 10,000 scorecards under {EXPORT_CPU} CPU seconds",
            f"{step['cpu_seconds']:.1f} s for {step['rows']:,}",
            step["cpu_seconds"] < EXPORT_CPU if is_whole else None,
        )
    if step := _of(steps, "sample", "all"):
        is_whole = step["population"] >= 900_000
        yield Target(
            f"A sample of 500 out of 1,000,000 under {SAMPLE_SECONDS} s",
            f"{step['seconds']:.2f} s ({step['cpu_seconds']:.2f} s CPU) out of "
            f"{step['population']:,}",
            step["seconds"] < SAMPLE_SECONDS if is_whole else None,
        )
    peaks = dict(_peaks(steps))
    if peaks:
        worst_name = max(peaks, key=lambda name: peaks[name])
        yield Target(
            f"No process over {MEMORY_MB} MB",
            f"at most {peaks[worst_name]:.0f} MB ({worst_name})",
            peaks[worst_name] <= MEMORY_MB,
        )


def _peaks(steps: Result) -> Iterator[tuple[str, float]]:
    for name, step in steps.items():
        if "peak_mb" in step and name not in ("build", "crowd"):
            yield name, step["peak_mb"]
    yield from (_of(steps, "crowd", "memory_mb") or {}).items()


def _share(rows: Sequence[Result], over: Sequence[str]) -> str:
    labels = {row["label"] for row in rows}
    return f"{len(labels) - len(over)} of {len(labels)}"


def _step(steps: Result, name: str) -> Result:
    found = steps.get(name, {})
    return {} if found.get("failed") else found


def _of(steps: Result, name: str, key: str) -> Any:
    return _step(steps, name).get(key)


def _ratio(row: Result) -> float:
    """Of the CPU time to that of the yardstick asked in between."""
    return float(row["cpu"] / row["yardstick"])


def markdown(results: Sequence[Result]) -> str:
    parts = [_runs(results)]
    if len(results) > 1:
        parts.append(_growth(results))
    for result in results:
        parts += [f"## {name_of(result)}\n", _target_table(result), _work(result), _pages(result)]
    return "\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Numbers stand to the right."""
    lines = [list(map(str, row)) for row in rows]
    marks = ["---" if place == 0 else "---:" for place in range(len(head))]
    body = [f"| {' | '.join(row)} |" for row in [list(head), marks, *lines]]
    return "\n".join(body) + "\n"


def _runs(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        build = result["steps"]["build"]
        built = f"{build['built_in']:.0f} s" if build["built_in"] else "before"
        rows.append(
            (
                *(name_of(result), build["database"], f"{build['agents']:,}"),
                *(f"{build['scorecards']:,}", f"{build['criterion_scores']:,}"),
                *(f"{build['rollups']:,}", f"{build['database_mb']:,.0f}", built),
                f"{result['load']:.1f}",
            )
        )
    head = (
        *("Run", "Database", "Agents", "Scorecards", "Criterion scores", "Rollups", "MB"),
        *("Built in", "Load"),
    )
    first = results[0]["steps"]["build"]
    versions = ", ".join(f"{name} {version}" for name, version in first["versions"].items())
    machine = f"{first['machine']}; {versions}; seed {first['seed']}; {first['on']}."
    return (
        f"{machine} “Load” is what the machine was busy with when the run began: above its number of "
        "cores, waiting times say little, and CPU times more.\n\n"
        f"{_table(head, rows)}"
    )


def _growth(results: Sequence[Result]) -> str:
    """From the smallest to the largest run of each database, page by page."""
    by_database: dict[str, list[Result]] = {}
    for result in results:
        build = result["steps"]["build"]
        if _step(result["steps"], "pages") and build["agents"] == 500:
            by_database.setdefault(build["database"].split()[0], []).append(result)
    parts = []
    for name, runs in by_database.items():
        runs.sort(key=lambda run: run["steps"]["build"]["interactions"])
        small, large = runs[0], runs[-1]
        if small is large:
            continue
        before = {(row["label"], row["role"]): row for row in small["steps"]["pages"]["rows"]}
        grown = []
        for row in large["steps"]["pages"]["rows"]:
            old = before.get((row["label"], row["role"]))
            if old and row["cpu"] > GROWTH_FROM_MS:
                grown.append((_ratio(row) / _ratio(old), row, old))
        over = [each for each in grown if each[0] > GROWTH]
        over.sort(key=lambda each: -each[0])
        sizes = [f"{run['steps']['build']['interactions']:,}" for run in (small, large)]
        parts.append(
            f"**Growth on {name}** from {sizes[0]} to {sizes[1]}, target: no page by more than a third "
            f"(CPU time, in plain views): {len(grown) - len(over)} of {len(grown)} pages keep it: "
            f"{'met' if not over else '**missed**'}.\n"
        )
        if over:
            parts.append(
                _table(
                    ("Page", "Role", f"ms CPU, {sizes[0]}", f"ms CPU, {sizes[1]}", "Grown"),
                    (
                        (
                            row["label"],
                            row["role"],
                            f"{old['cpu']:.0f}",
                            f"{row['cpu']:.0f}",
                            f"{by:.1f} ×",
                        )
                        for by, row, old in over
                    ),
                )
            )
    return "\n".join(parts)


def _target_table(result: Result) -> str:
    failed = [name for name, step in result["steps"].items() if step.get("failed")]
    note = f"\nNot measured, because the step failed: {', '.join(failed)}.\n" if failed else ""
    rows = ((one.what, one.figure, one.verdict) for one in targets(result))
    return _table(("Target", "Figure", ""), rows) + note


def _work(result: Result) -> str:
    rows = [*_done(result["steps"]), *_crowd(result["steps"])]
    return _table(("Work", "Figure"), rows) if rows else ""


def _seconds(step: Result) -> str:
    return f"{step['seconds']:.2f} s, {step['cpu_seconds']:.2f} s CPU"


def _request(row: Result) -> str:
    return (
        f"{row['median']:.0f} ms, p95 {row['p95']:.0f}, {row['cpu']:.0f} ms CPU, "
        f"{row['queries']} queries"
    )


def _rate(step: Result, name: str = "") -> str:
    return (
        f"{step[f'{name}per_second']:,.0f} a second "
        f"({step[f'{name}per_cpu_second']:,.0f} a CPU second of our process)"
    )


def _done(steps: Result) -> Iterator[tuple[str, str]]:
    if step := _step(steps, "submit"):
        yield "Submit of a scorecard", _request(step)
    if step := _of(steps, "sample", "week"):
        yield (
            f"Draw of a week: {step['picked']:,} of {step['population']:,}",
            f"{_seconds(step)}, {step['queries']} queries",
        )
    for row in _of(steps, "search", "rows") or ():
        yield row["label"], _request(row)
    if step := _step(steps, "export"):
        yield (
            f"Export of {step['rows']:,} scorecards",
            f"{_seconds(step)}, {step['bytes'] / 1e6:.1f} MB, process {step['peak_mb']:.0f} MB",
        )
    if step := _step(steps, "import"):
        yield f"Import of {step['rows']:,}", _rate(step)
        yield "Raw insert of the same, tables as they are", _rate(step, "raw_")
        yield "Raw insert of the same, tables without indexes", _rate(step, "raw_bare_")
    if step := _step(steps, "rollups"):
        yield (
            f"Rollups of {step['scorecards']:,} scorecards anew",
            f"{_seconds(step)}, process {step['peak_mb']:.0f} MB",
        )
    if step := _step(steps, "severity"):
        yield (
            f"Severity model, {step['scorecards']:,} scorecards in {step['cells']:,} cells",
            " · ".join(f"{what} {step[what]['seconds']:.2f} s" for what in ("read", "fit", "rank")),
        )


def _crowd(steps: Result) -> Iterator[tuple[str, str]]:
    for row in _of(steps, "crowd", "crowds") or ():
        yield (
            f"{row['people']} people at once, {row['script']}",
            f"{row['per_second']:.0f} requests a second, median {row['median']:.0f} ms, "
            f"p95 {row['p95']:.0f} ms, {row['errors']} errors",
        )
    for name, megabytes in (_of(steps, "crowd", "memory_mb") or {}).items():
        yield f"Memory: {name}", f"{megabytes:.0f} MB at most"
    for row in _of(steps, "crowd", "weights") or ():
        parts = ", ".join(
            f"{name} {row[key] / 1000:.0f}"
            for key, name in (("html", "HTML"), ("css", "CSS"), ("js", "JS"), ("other", "other"))
        )
        yield (
            f"Cold page: {row['label']}",
            f"{row['total'] / 1000:.0f} KB ({parts}; {row['files']} files)",
        )


def _pages(result: Result) -> str:
    steps = result["steps"]
    if not _step(steps, "pages"):
        return ""
    rows = []
    alone = [row | {"yardstick": 0} for row in steps["pages"]["yardsticks"]]
    for row in (*alone, *steps["pages"]["rows"]):
        limit = WITHIN.get(row["kind"])
        is_over = limit is not None and _ratio(row) > limit
        ratio = f"{_ratio(row):.1f}" if row["yardstick"] else ""
        queries = str(row["queries"])
        rows.append(
            (
                *(row["label"], row["role"], row["kind"]),
                *(f"{row['median']:.0f}", f"{row['p95']:.0f}", f"{row['cpu']:.1f}"),
                f"**{ratio}**" if is_over else ratio,
                f"**{queries}**" if limit and row["queries"] >= QUERIES else queries,
                *(f"{row['bytes'] / 1000:.0f}", f"{row['compressed'] / 1000:.1f}"),
            )
        )
    head = (
        *("Page", "Role", "Kind", "Median ms", "p95 ms", "CPU ms", "Ratio", "Queries"),
        *("KB", "KB compressed"),
    )
    return f"Bold: over the target.\n\n{_table(head, rows)}"


def write_document(results: Sequence[Result]) -> None:
    """`docs/performance.md`: the words stay, what is between the markers is written anew."""
    text = DOCUMENT.read_text()
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}")
