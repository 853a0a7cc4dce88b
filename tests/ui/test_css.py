"""The style sheets are one cascade: a class that two components lay out is laid out wrongly in one."""

import re
from collections import defaultdict
from pathlib import Path

from django.conf import settings

COMPONENTS = Path(settings.BASE_DIR) / "static/css/components"
RULE = re.compile(r"([^{}]+)\{[^{}]*\}")


def on_screen(css: str) -> str:
    """Without comments and without what holds for printing only."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"@media print \{(?:[^{}]*\{[^{}]*\})*\s*\}", "", css)


def test_a_class_is_laid_out_by_one_component():
    homes = defaultdict(set)
    for sheet in COMPONENTS.glob("*.css"):
        for selectors in RULE.findall(on_screen(sheet.read_text())):
            for selector in selectors.split(","):
                if re.fullmatch(r"\.[a-z0-9_-]+", selector.strip()):
                    homes[selector.strip()].add(sheet.name)

    assert homes
    assert {name: sheets for name, sheets in homes.items() if len(sheets) > 1} == {}
