"""`make bench`: builds a company of any size and measures what the product costs in it.

`python -m tests.bench --interactions 100000` on SQLite; with TEST_DATABASE_URL, for example from
`.ci/with-postgres`, on PostgreSQL. `--keep DIR` keeps what was built and uses it again. Every step runs
in a process of its own. `docs/performance.md` is written anew from the results of several runs by
`python -m tests.bench --write RESULT.json …`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# The import, which adds rows, and the crowd, which writes sessions, come after what reads.
STEPS = (
    *("pages", "search", "export", "severity", "sample", "submit", "rollups"),
    *("import", "crowd"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Build and measure.")
    parser.add_argument("--interactions", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--reviewers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="a folder that keeps what was built")
    parser.add_argument("--steps", default="", help="only these, with commas between")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--markdown", type=Path, help="where the table is written")
    parser.add_argument("--write", type=Path, nargs="+", metavar="JSON", help=argparse.SUPPRESS)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        from tests.bench.table import write_document

        write_document([json.loads(path.read_text()) for path in options.write])
    elif options.step:
        _step(options)
    elif options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        _run(options, options.keep.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
            _run(options, Path(folder))


def _run(options: argparse.Namespace, home: Path) -> None:
    from tests.bench.table import markdown

    wanted = options.steps.split(",") if options.steps else STEPS
    names = ["build", *(name for name in STEPS if name in wanted)]
    result: dict[str, Any] = {"load": os.getloadavg()[0], "steps": {}}
    for name in names:
        print(f"{name} …", flush=True)  # noqa: T201
        out = home / f"{name}.json"
        out.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.bench", "--step", name]
        command += ["--home", str(home), "--json", str(out)]
        for key in ("interactions", "agents", "reviewers", "seed"):
            command += [f"--{key}", str(getattr(options, key))]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            print(f"{name} failed; the table says so.", file=sys.stderr)  # noqa: T201
            result["steps"][name] = {"failed": True}
            if name == "build":
                sys.exit(1)
            continue
        result["steps"][name] = json.loads(out.read_text())
    text = markdown([result])
    print(f"\n{text}")  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(text)


def _step(options: argparse.Namespace) -> None:
    """One step in this process; its figures go to a file."""
    _environment(options.home)
    if options.step == "build":
        answer = _build(options)
    else:
        import django

        django.setup()
        answer = _measure(options.step)
    answer["step_seconds"] = time.perf_counter() - _BEGUN
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    options.json.write_text(json.dumps(answer, default=str))


def _measure(name: str) -> dict[str, Any]:
    import logging

    # What is logged of each request belongs on a server's screen, not on this one.
    logging.disable(logging.CRITICAL)
    if name == "pages":
        from tests.bench.pages import measured_pages, yardsticks

        alone = yardsticks()
        rows = list(measured_pages(lambda text: print(text, flush=True)))  # noqa: T201
        return {"yardsticks": alone, "rows": rows}
    if name == "crowd":
        from tests.bench.crowd import crowd

        return crowd()
    from tests.bench.work import STEPS

    return STEPS[name]()


def _environment(home: Path) -> None:
    from config.demo.__main__ import set_environment

    set_environment(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = url


def _build(options: argparse.Namespace) -> dict[str, Any]:
    """The demo organisation for its pages, then the data set; or what was built before."""
    import platform

    from config.demo.__main__ import prepare

    prepare()
    import django
    from django.db import connection

    from interactions.models import Interaction
    from scorecards.models import CriterionScore, Rollup, Scorecard
    from tests.bench.data import SOURCE, Size, build

    there = Interaction.objects.filter(source=SOURCE).count()
    begun = time.perf_counter()
    if there not in (0, options.interactions):
        sys.exit(f"There are {there:,} interactions already: name another folder, or as many.")
    if not there:
        build(
            Size(options.interactions, options.agents, options.reviewers, seed=options.seed),
            say=lambda text: print(text, flush=True),  # noqa: T201
        )
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
        else:
            size = Path(connection.settings_dict["NAME"]).stat().st_size
    version = ".".join(str(part) for part in connection.get_database_version())
    return {
        "interactions": options.interactions,
        "agents": options.agents,
        "reviewers": options.reviewers,
        "seed": options.seed,
        "built_in": None if there else seconds,
        "database": f"{connection.display_name} {version}",
        "database_mb": size / 2**20,
        "scorecards": Scorecard.objects.count(),
        "criterion_scores": CriterionScore.objects.count(),
        "rollups": Rollup.objects.count(),
        "versions": {"Python": platform.python_version(), "Django": django.__version__},
        "machine": _machine(),
        "on": time.strftime("%Y-%m-%d"),
    }


def _machine() -> str:
    import platform

    info = Path("/proc/cpuinfo")
    model = ""
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores {model}, {memory:.0f} GB, {platform.system()}"


_BEGUN = time.perf_counter()

if __name__ == "__main__":
    main()
