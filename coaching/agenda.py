"""An agenda as one reader may see it: each item with the quotations it rests on, looked up now."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from coaching.models import AgendaEvidence, AgendaItem, CoachingSession
from people.models import User
from scorecards.models import CriterionScore, Scorecard


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a conversation; `is_removed` where they do not stand in it any more."""

    text: str
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """One grade that an item rests on."""

    scorecard: Scorecard
    score: CriterionScore
    quotes: list[Quote]

    @property
    def is_replaced(self) -> bool:
        """Whether the grade was changed since."""
        return not self.scorecard.is_current


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """`hidden` grades are not for this reader (any more): taken back, or out of their sight."""

    item: AgendaItem
    grounds: list[Ground] = field(default_factory=list)
    hidden: int = 0


def agenda_of(session: CoachingSession, reader: User) -> list[AgendaRow]:
    """The agenda in its order; a grade shows only where `reader` and the agent both may see it. Four
    queries, whatever its length."""
    items = list(session.agenda.select_related("added_by", "criterion"))
    links = list(
        AgendaEvidence.objects.filter(item__in=items)
        .select_related("score__level", "score__scorecard__interaction__transcript")
        .prefetch_related("score__evidence")
        .order_by("-score__scorecard__submitted_at", "pk")
    )
    seen = seen_by_both(
        {link.score.scorecard_id for link in links}, agent_id=session.agent_id, reader=reader
    )
    found: dict[int, list[Ground]] = {item.pk: [] for item in items}
    hidden = dict.fromkeys(found, 0)
    for link in links:
        scorecard = link.score.scorecard
        if scorecard.pk in seen:
            found[link.item_id].append(Ground(scorecard, link.score, quotes_of(link.score)))
        else:
            hidden[link.item_id] += 1
    return [AgendaRow(item, found[item.pk], hidden[item.pk]) for item in items]


def seen_by_both(ids: Iterable[int], *, agent_id: int, reader: User) -> set[int]:
    """Those of the scorecards `ids` about the agent that `reader` may see and that are not held back
    from the agent, earlier revisions included. One query."""
    rows = Scorecard.objects.visible_to(reader).filter(
        pk__in=list(ids), agent=agent_id, state=Scorecard.State.SUBMITTED, is_held=False
    )
    return set(rows.values_list("pk", flat=True))


def quotes_of(score: CriterionScore) -> list[Quote]:
    """Needs `evidence` and `scorecard__interaction__transcript`; then no query."""
    evidence = list(score.evidence.all())
    if not evidence:
        return []
    texts = {turn.id: turn.text for turn in score.scorecard.interaction.turns}
    return [
        Quote(
            item.quote,
            is_removed=texts.get(item.message_id, "")[item.start : item.end] != item.quote,
        )
        for item in evidence
    ]
