"""What the demo masks, and how long it keeps words."""

import datetime as dt

from django.utils import timezone

from config.demo.people import Staff
from interactions.models import RedactionRule, RetentionRule, RetentionRun
from interactions.privacy.actions import save_rule
from people.channels import Channel

MORE_THAN_EVER = 730


def build(staff: Staff, *, today: dt.date) -> None:
    """Made after everything was imported: the contacts of the demo are fictional and stay readable."""
    at = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=20), dt.time(9)))
    by = staff.administrator
    kinds = list(RedactionRule.Kind.values)
    save_rule(
        RedactionRule(name="Numbers and addresses", kinds=kinds, words="HP-MEMBER-####"),
        by=by,
        at=at,
    )
    save_rule(
        RedactionRule(
            name="Names on social media", channel=Channel.SOCIAL, kinds=["email"], masks_names=True
        ),
        by=by,
        at=at,
    )
    Part = RetentionRule.Part
    save_rule(
        RetentionRule(
            name="Calls", channel=Channel.PHONE, days=MORE_THAN_EVER, parts=[Part.RECORDING.value]
        ),
        by=by,
        at=at,
    )
    everything = [part.value for part in (Part.WORDS, Part.CUSTOMER)]
    save_rule(RetentionRule(name="All else", days=3 * 365, parts=everything), by=by, at=at)
    save_rule(RetentionRule(name="Complaints stay", label="tags", value="complaint"), by=by, at=at)
    first = timezone.make_aware(dt.datetime.combine(today, dt.time(2)))
    for nights in (3, 2, 1):
        night = first - dt.timedelta(days=nights)
        RetentionRun.objects.create(started_at=night, finished_at=night + dt.timedelta(seconds=2))
