"""Conversations that we and the customer judged differently, as the editor worked through some."""

import datetime as dt
from itertools import zip_longest

from django.utils import timezone

from config.demo.people import Staff
from content.models import ProcedurePage
from scorecards.actions import settle_verdict, take_verdict
from scorecards.models import Scorecard
from scorecards.models.verdicts import Corner, judged_twice

# Finding and note; an unclear page is the first of the manual's procedures.
SETTLED = {
    Corner.US: (
        (
            "rubric",
            "Everything that we ask for is there. What the customer minded is how often they had to "
            "write, and no criterion asks about that.",
        ),
        ("beyond", "Content with the help; what they minded is what sending it back costs."),
        ("nothing", "No reason given, and nothing that we would have done otherwise."),
    ),
    Corner.CUSTOMER: (
        ("nothing", "The customer was glad to be treated warmly. What we missed stays missed."),
        ("grade", "Graded as if nobody had asked who was calling. It was asked, later than usual."),
        ("page", "The page lists the steps in another order than the tools ask for them."),
        (
            "rubric",
            "The answer was short and it was all the customer wanted. The rubric asks for words that "
            "would only have made it longer.",
        ),
        ("nothing", "They got what they asked for, and we should still have checked first."),
    ),
}
LEFT_OPEN = 1


def build(staff: Staff, *, today: dt.date) -> None:
    """A few of each side, the last of them taken up and not settled yet."""
    editor = staff.editor
    page = ProcedurePage.objects.live().originals().order_by("path").first()
    for corner, findings in SETTLED.items():
        rows = judged_twice(editor, "csat").filter(corner.condition("csat"))
        rows = rows.select_related("assignment").order_by("submitted_at", "pk")
        cards: list[Scorecard] = list(rows)
        for card, found in zip_longest(cards[: len(cards) - LEFT_OPEN], findings):
            if card is None or found is None:
                break
            finding, note = found
            at = min(_after(card), _noon(today))
            review = take_verdict(card, side=corner.value, by=editor, at=at)
            settle_verdict(
                review,
                finding=finding,
                note=note,
                procedure=page if finding == "page" else None,
                by=editor,
                at=at + dt.timedelta(minutes=20),
            )
        if len(cards) > LEFT_OPEN + len(findings):
            take_verdict(cards[-1], side=corner.value, by=editor, at=_noon(today))


def _after(card: Scorecard) -> dt.datetime:
    assert card.submitted_at is not None  # noqa: S101 (for the type checker)
    return card.submitted_at + dt.timedelta(days=3)


def _noon(today: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(12)))
