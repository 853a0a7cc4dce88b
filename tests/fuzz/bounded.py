"""Random examples for a bounded time, and everything that went wrong told once, where it arose."""

import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
# Few enough that the time is looked at often, enough that Hypothesis varies what it made.
AT_A_TIME = 10


class Found:
    """One example of each error, the shortest seen, by where in the house it arose."""

    def __init__(self) -> None:
        self.tried = 0
        self.errors: dict[str, tuple[str, str]] = {}

    def note(self, error: BaseException, example: str) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if _is_ours(frame.filename)] or frames
        told = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else str(error)[:200]
        where = f"{type(error).__name__} at {told}"
        known = self.errors.get(where)
        if known is None or len(example) < len(known[0]):
            short = "".join(traceback.format_exception_only(error)).strip()[:400]
            self.errors[where] = (example, short)

    def told(self) -> str:
        return "\n\n".join(
            f"{where}\n  {short}\n  from {example[:1500]}"
            for where, (example, short) in sorted(self.errors.items())
        )


def _is_ours(name: str) -> bool:
    path = Path(name)
    if not path.is_relative_to(ROOT):
        return False
    return path.relative_to(ROOT).parts[0] not in (".venv", "tests")


def fuzz(strategy: SearchStrategy[Any], attempt: Callable[[Any, Found], None]) -> None:
    """Try examples until the time is over; fails with each error once, and the seed to have it again."""
    found, ends_at, round_number = Found(), time.monotonic() + SECONDS, 0
    while time.monotonic() < ends_at:

        @seed(SEED + round_number)
        @settings(
            max_examples=AT_A_TIME,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def examples(example: Any) -> None:
            found.tried += 1
            attempt(example, found)

        examples()
        round_number += 1
    sys.stdout.write(f"\n{found.tried} examples in {SECONDS:.0f} s, FUZZ_SEED={SEED}\n")
    if found.errors:
        pytest.fail(f"FUZZ_SEED={SEED}, {found.tried} examples\n\n{found.told()}", pytrace=False)
