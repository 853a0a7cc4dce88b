"""The severity model at one million criterion scores: how long it takes, how much memory, and how much of
it is reading the database."""

import datetime as dt
import time
import tracemalloc

import numpy as np

SCORES = 1_000_000
AGENTS = 5_000
REVIEWERS = 200
GROUPS = 40
CROSS = 0.2
MONTHS = 12
TIMES = 3
BATCH = 5_000
SUMS = ("n", "sum_y", "sum_yy", "sum_w", "sum_wy", "sum_wyy", "sum_ww", "sum_wwy", "sum_wwyy")


def run() -> None:
    """In an empty or filled database; leaves its rows there."""
    started = time.perf_counter()
    rows, version = _build()
    print(  # noqa: T201
        f"\nSeverity model: {SCORES:,} scores of one criterion, {AGENTS:,} agents, {REVIEWERS} "
        f"reviewers, {rows:,} rollups, built in {time.perf_counter() - started:.0f} s\n"
    )
    from measurement.ranking import rank
    from measurement.severity import fit

    fit(_read(version))  # imports
    reading, fitting, ranking = [], [], []
    for _time in range(TIMES):
        begun = time.perf_counter()
        cells = _read(version)
        reading.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        model = fit(cells)
        fitting.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rank(model)
        ranking.append(time.perf_counter() - begun)
    tracemalloc.start()
    fit(cells)
    _now, fit_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    tracemalloc.start()
    _read(version)
    _now, read_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    read, fitted, ranked = min(reading), min(fitting), min(ranking)
    # The bench prints what it found; nothing else reads it.
    for what, seconds, peak in (
        (f"Read {len(cells.n):,} cells from the database", read, read_peak),
        ("Fit, with fair scores and their intervals", fitted, fit_peak),
        ("Rank intervals, 2,000 draws", ranked, None),
    ):
        memory = f"{peak / 2**20:>10.0f} MiB at most" if peak else ""
        print(f"{what:<58}{seconds:>8.2f} s{memory}")  # noqa: T201
    print(f"Of reading and fitting {read / (read + fitted):.0%} is reading.")  # noqa: T201


def _read(version: int):
    """One criterion as the pages read it: added up over months and channels by the database."""
    from django.db.models import Sum

    from measurement.sampling import WeightedSums
    from measurement.severity import gather
    from scorecards.models import Rollup

    found = (
        Rollup.objects.filter(version=version, subject=Rollup.Subject.CRITERION, subject_id=1)
        .order_by()
        .values_list("agent_id", "reviewer_id")
        .annotate(*(Sum(name) for name in SUMS))
    )
    table = np.fromiter(found.iterator(chunk_size=BATCH), dtype=(np.float64, 2 + len(SUMS)))
    agent, reviewer, *sums = table.T
    return gather(agent, reviewer, *sums[:3], weights=WeightedSums(sums[0], *sums[3:]))


def _build() -> tuple[int, int]:
    """Rollups of a year: most of the reviews inside of one's group, a fifth by anybody."""
    from people.channels import Channel
    from people.models import User
    from scorecards.models import Rollup, RubricVersion
    from tests.factories.scorecards import RubricFactory

    version = RubricVersion.objects.create(rubric=RubricFactory(), number=1)
    people = User.objects.bulk_create(
        (
            User(email=f"severity-{number}@bench.example", password="!")
            for number in range(AGENTS + REVIEWERS)
        ),
        batch_size=BATCH,
    )
    keys = np.array([person.pk for person in people])
    chance = np.random.default_rng(1)
    agent = chance.integers(0, AGENTS, SCORES)
    own = agent % GROUPS + GROUPS * chance.integers(0, REVIEWERS // GROUPS, SCORES)
    anybody = chance.integers(0, REVIEWERS, SCORES)
    reviewer = np.where(chance.random(SCORES) < CROSS, anybody, own)
    y = 70 + 9 * chance.normal(size=AGENTS)[agent] + 6 * chance.normal(size=REVIEWERS)[reviewer]
    y += 4 * chance.normal(size=(AGENTS, REVIEWERS))[agent, reviewer]
    y += 15 * chance.normal(size=SCORES)
    w = 1 / chance.choice([0.1, 0.2, 0.4], SCORES)
    code = (agent * REVIEWERS + reviewer) * MONTHS + chance.integers(0, MONTHS, SCORES)
    cell, place = np.unique(code, return_inverse=True)
    values = (np.ones(SCORES), y, y**2, w, w * y, w * y**2, w**2, w**2 * y, w**2 * y**2)
    sums = [np.bincount(place, weights=each) for each in values]
    who, by = cell // MONTHS // REVIEWERS, cell // MONTHS % REVIEWERS
    rows = zip(
        keys[who].tolist(), keys[AGENTS + by].tolist(), (cell % MONTHS).tolist(), strict=True
    )
    Rollup.objects.bulk_create(
        (
            Rollup(
                agent_id=one,
                reviewer_id=other,
                version=version,
                channel=Channel.CHAT,
                month=dt.date(2025, 1 + month, 1),
                subject=Rollup.Subject.CRITERION,
                subject_id=1,
                **dict(zip(SUMS, figures, strict=True)),
            )
            for (one, other, month), figures in zip(
                rows, zip(*(each.tolist() for each in sums), strict=True), strict=True
            )
        ),
        batch_size=BATCH,
    )
    return len(cell), version.pk
