"""Refresher cards follow the manual: a material change retires those that rest on what it changed."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import Edition, RefresherCard
from people import audit
from people.models import User


class NotAllowed(Exception):
    """The message is shown to the person."""


def changed_parts(edition: Edition) -> set[str]:
    """The keys of the parts whose words differ from the edition before, or that are gone; the steps
    that only moved are the same. None of them for a first edition. One query."""
    before = Edition.objects.filter(page_id=edition.page_id, number__lt=edition.number)
    last = before.order_by("-number").first()
    if last is None:
        return set()
    old = {part["key"]: part["text"] for part in last.text}
    new = {part["key"]: part["text"] for part in edition.text}
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def retire_for_edition(edition: Edition, *, at: dt.datetime | None = None) -> int:
    """Take the cards that rest on what a material edition changed away from everybody; how many."""
    at = at or timezone.now()
    if not edition.is_material:
        return 0
    with transaction.atomic():
        cards = RefresherCard.objects.select_for_update().filter(
            procedure_id=edition.page_id, retired_at__isnull=True
        )
        changed = changed_parts(edition) if cards else set()
        hit = [card for card in cards if card.part in changed or (not card.part and changed)]
        for card in hit:
            card.retired_at, card.retired_by = at, edition
            audit.record(
                "retire_refresher", by=None, of=card, after={"edition": edition.number}, at=at
            )
        RefresherCard.objects.bulk_update(hit, ["retired_at", "retired_by"])
    return len(hit)


def reinstate(card_id: int, *, by: User, at: dt.datetime | None = None) -> RefresherCard:
    """The card is still right: everybody has it again, with what they had learned of it."""
    with transaction.atomic():
        card = _waiting(card_id)
        card.retired_at = card.retired_by = None
        card.save(update_fields=["retired_at", "retired_by"])
        audit.record("reinstate_refresher", by=by, of=card, at=at)
    return card


def replace(
    card_id: int, *, question: str, answer: str, by: User, at: dt.datetime | None = None
) -> RefresherCard:
    """A new card takes its place, which everybody learns anew; return that one."""
    at = at or timezone.now()
    with transaction.atomic():
        card = _waiting(card_id)
        fresh = RefresherCard.objects.create(
            question=question,
            answer=answer,
            procedure_id=card.procedure_id,
            part=card.part if card.part in _parts_now(card) else "",
            skill_id=card.skill_id,
            created_at=at,
        )
        _settle(card, by=by, at=at, replaced_by=fresh)
        audit.record("replace_refresher", by=by, of=card, after={"card": fresh.pk}, at=at)
    return fresh


def leave_retired(card_id: int, *, by: User, at: dt.datetime | None = None) -> RefresherCard:
    at = at or timezone.now()
    with transaction.atomic():
        card = _waiting(card_id)
        _settle(card, by=by, at=at)
        audit.record("leave_refresher_retired", by=by, of=card, at=at)
    return card


def _waiting(card_id: int) -> RefresherCard:
    """The card, locked; refused when somebody has looked it through meanwhile."""
    card = RefresherCard.objects.to_look_through().select_for_update().filter(pk=card_id).first()
    if card is None:
        raise NotAllowed(_("Somebody has looked through this card already. Nothing was changed."))
    return card


def _settle(
    card: RefresherCard, *, by: User, at: dt.datetime, replaced_by: RefresherCard | None = None
) -> None:
    card.settled_at, card.settled_by, card.replaced_by = at, by, replaced_by
    card.save(update_fields=["settled_at", "settled_by", "replaced_by"])


def _parts_now(card: RefresherCard) -> set[str]:
    newest = Edition.objects.filter(page_id=card.procedure_id).order_by("-number").first()
    return {part["key"] for part in newest.text} if newest else set()
