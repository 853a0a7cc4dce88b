"""Reading what was written for the demo: TOML files beside this module."""

import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def read_all(folder: str) -> list[dict[str, Any]]:
    """Every file of a folder, in the order of their names."""
    return [
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((DATA / folder).glob("*.toml"))
    ]
