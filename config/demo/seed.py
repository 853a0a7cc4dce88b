"""The demo organisation, from its data files and through the product's own actions."""

import datetime as dt
import random
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from wagtail.signal_handlers import disable_reference_index_auto_update

from config.demo import (
    calibration,
    coaching,
    coaching_rules,
    customers,
    exchange,
    feedback,
    finding,
    history,
    hours,
    live_training,
    manual,
    modules,
    packages,
    people,
    practice,
    privacy,
    quick_check,
    quizzes,
    refreshers,
    rubric,
    saved_filters,
    training,
    translations,
    trust,
    verdicts,
)
from config.demo.grading import House
from people.models import Team
from scorecards.models import Scorecard

SEED = 20_26


def is_seeded() -> bool:
    return Team.objects.exists()


def seed(*, today: dt.date, say: Callable[[str], object] = lambda text: None) -> None:
    """Build everything, all or nothing, as if six months had passed until `today`.

    The same day gives the same organisation: every choice comes from one seeded generator.
    """
    draw = random.Random(SEED)
    # What refers to what is worked out once at the end: pages are saved three or four times on the way.
    with transaction.atomic(), disable_reference_index_auto_update():
        staff = people.build(today=today)
        say("  people and teams")
        pages = manual.build(editor=staff.editor)
        say(f"  manual: {len(pages)} procedures")
        trust.build(staff, pages, today=today)
        paths = modules.build(procedures=pages, editor=staff.editor)
        say("  training modules")
        training.build(staff, paths, today=today, draw=draw)
        quizzes.build(staff, today=today)
        packages.build(editor=staff.editor)
        live_training.build(staff, paths, today=today)
        refreshers.build(staff, pages, today=today)
        finding.build(staff, pages, today=today)
        translations.build(staff, pages, today=today)
        house = House(staff=staff, today=today, draw=draw)
        first = rubric.build("rubric.toml", by=staff.editor, at=history.first_day(today))
        new_hires = history.contacts(house)
        edition = history.build(house, first)
        quick_check.build(house)
        count = Scorecard.objects.submitted().count()
        say(f"  {count} scorecards of the last six months")
        saved_filters.build(staff, today=today)
        feedback.build(house, edition, first_contact=new_hires)
        calibration.build(house, edition)
        coaching.build(house)
        coaching_rules.build(house)
        practice.build(staff, edition, today=today)
        day = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(10)))
        rubric.draft_next(edition, "third", by=staff.editor, at=day)
        exchange.build(staff, today=today)
        verdicts.build(staff, today=today)
        customers.build(staff, today=today)
        hours.build(staff, today=today)
        privacy.build(staff, today=today)
        say("  replies, disputes and calibration")
    call_command("rebuild_references_index", verbosity=0)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize")
