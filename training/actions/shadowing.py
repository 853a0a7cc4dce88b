"""An observer is chosen, and signs what they saw."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ShadowingPage
from people import audit
from people.models import User
from training.actions.completion import complete, finish_module_when_done
from training.actions.locks import refuse_locked
from training.actions.refusals import AlreadyDone, NotAllowed, NotPublished
from training.actions.turns import wait_for_ones_turn
from training.days import day_of
from training.models import Completion, Shadowing, ShadowingSignature
from training.permissions import can_choose_observers


def choose_observer(
    user: User, page: ShadowingPage, observer: User, *, by: User, at: dt.datetime | None = None
) -> Shadowing:
    """Let `observer` watch `user` and sign the checklist. Of one that is open only the observer changes,
    and what is signed stays signed."""
    at = at or timezone.now()
    _check(user, page, observer, by)
    refuse_locked(user, page, at=at)
    with transaction.atomic():
        wait_for_ones_turn(user)
        opened = Shadowing.objects.open().filter(user=user, page=page).first()
        if opened is not None:
            return _change_observer(opened, observer, by=by, at=at)
        current = Completion.objects.current(on=day_of(user, at))
        if current.filter(user=user, page=page).exists():
            raise AlreadyDone(
                _("%(person)s has done “%(title)s” already.")
                % {"person": user, "title": page.title}
            )
        texts = list(page.checklist.order_by("sort_order").values_list("text", flat=True))
        if not texts:
            raise NotAllowed(_("This checklist is empty. An editor has to write it first."))
        shadowing = Shadowing.objects.create(
            user=user, page=page, observer=observer, chosen_by=by, chosen_at=at
        )
        ShadowingSignature.objects.bulk_create(
            ShadowingSignature(shadowing=shadowing, position=place, text=text)
            for place, text in enumerate(texts)
        )
        audit.record(
            "choose_observer",
            by=by,
            of=shadowing,
            after={"user": user.pk, "page": page.pk, "observer": observer.pk},
            at=at,
        )
    return shadowing


def sign_item(
    item: ShadowingSignature, *, by: User, note: str = "", at: dt.datetime | None = None
) -> ShadowingSignature:
    """Sign one item; with the last one the step is done. A signature is for good."""
    at = at or timezone.now()
    with transaction.atomic():
        shadowing = Shadowing.objects.select_related("user", "page").get(pk=item.shadowing_id)
        if shadowing.observer_id != by.pk:
            raise NotAllowed(_("Only the observer signs this checklist."))
        if shadowing.user_id == by.pk:
            raise NotAllowed(_("Nobody signs their own checklist."))
        wait_for_ones_turn(shadowing.user)
        locked = ShadowingSignature.objects.select_for_update().get(pk=item.pk)
        if locked.signed_at is not None:
            raise NotAllowed(_("This item is signed already. Nothing about it was changed."))
        locked.signed_at, locked.signed_by, locked.note = at, by, note.strip()
        locked.save(update_fields=["signed_at", "signed_by", "note"])
        audit.record(
            "sign_shadowing",
            by=by,
            of=locked,
            after={"user": shadowing.user_id, "text": locked.text, "note": locked.note},
            at=at,
        )
        if not shadowing.items.filter(signed_at__isnull=True).exists():
            Shadowing.objects.filter(pk=shadowing.pk).update(completed_at=at)
            complete(shadowing.user, shadowing.page, at=at)
            finish_module_when_done(shadowing.user, shadowing.page.get_parent(), at=at)
    return locked


def _change_observer(
    shadowing: Shadowing, observer: User, *, by: User, at: dt.datetime
) -> Shadowing:
    if shadowing.observer_id == observer.pk:
        return shadowing
    before, shadowing.observer = shadowing.observer_id, observer
    shadowing.chosen_by, shadowing.chosen_at = by, at
    shadowing.save(update_fields=["observer", "chosen_by", "chosen_at"])
    audit.record(
        "change_observer",
        by=by,
        of=shadowing,
        before={"observer": before},
        after={"observer": observer.pk},
        at=at,
    )
    return shadowing


def _check(user: User, page: ShadowingPage, observer: User, by: User) -> None:
    is_visible = User.objects.visible_to(by).filter(pk=user.pk).exists()
    if not can_choose_observers(by) or by.pk == user.pk or not is_visible:
        raise NotAllowed(_("You may not choose an observer for %(person)s.") % {"person": user})
    if observer.pk == user.pk:
        raise NotAllowed(_("Nobody observes themself. Choose somebody else."))
    if not observer.is_active:
        raise NotAllowed(_("%(person)s cannot sign in.") % {"person": observer})
    if not page.live:
        raise NotPublished(_("This checklist is not published at the moment."))
