"""The demo organisation, from its data files and through the product's own actions."""

import datetime as dt
import random
from collections.abc import Callable

from django.db import connection, transaction

from config.demo import history, manual, modules, people, rubric, training
from people.models import Team

SEED = 20_26


def is_seeded() -> bool:
    return Team.objects.exists()


def seed(*, today: dt.date, say: Callable[[str], object] = lambda text: None) -> None:
    """Build everything, all or nothing, as if six months had passed until `today`.

    The same day gives the same organisation: every choice comes from one seeded generator.
    """
    draw = random.Random(SEED)
    with transaction.atomic():
        staff = people.build(today=today)
        say("  people and teams")
        pages = manual.build(editor=staff.editor)
        say(f"  manual: {len(pages)} procedures")
        paths = modules.build(procedures=pages, editor=staff.editor)
        say("  training modules")
        training.build(staff, paths, today=today, draw=draw)
        edition = rubric.build(by=staff.administrator, at=history.first_day(today))
        count = history.build(staff, edition, today=today, draw=draw)
        say(f"  {count} scorecards of the last six months")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize")
