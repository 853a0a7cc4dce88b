"""Agents whom a source names and nobody here is yet: who they might be, and saying so.

People are proposed, never created. A match is an identity elsewhere (`people.ExternalIdentity`),
which later imports go by, and the agent of the interactions that had none.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks

from interactions.models import Interaction
from interactions.signals import interactions_written
from people.audit import record
from people.models import ExternalIdentity, User

AT_ONCE = 500
SURE = 0.9
LIKELY = 0.55
SUGGESTIONS = 3


class CannotMatch(Exception):
    """The match is not possible as things stand; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person, how alike name or address are (0 to 1), and whether that is as good as certain."""

    person: User
    score: float

    @property
    def is_sure(self) -> bool:
        return self.score >= SURE


def unknown_agents() -> QuerySet[Interaction, Any]:
    """(source, agent_reference, name, count, latest) of agents nobody was matched to, the most
    frequent first.
    One query."""
    return (
        Interaction.objects.filter(agent=None)
        .exclude(agent_reference="")
        .order_by()
        .values("source", "agent_reference")
        .annotate(name=Max("agent_name"), count=Count("pk"), latest=Max("occurred_at"))
        .order_by("-count", "source", "agent_reference")
    )


def suggested(agents: Sequence[dict[str, Any]]) -> list[list[Suggestion]]:
    """For each agent the people who might be meant, the likeliest first. One query."""
    people = list(User.objects.filter(is_active=True).order_by("pk"))
    by_beginning: dict[str, set[int]] = defaultdict(set)
    words = [_words(f"{person} {person.email.partition('@')[0]}") for person in people]
    for index, tokens in enumerate(words):
        for token in tokens:
            by_beginning[token[:3]].add(index)
    by_address = {person.email.lower(): person for person in people}
    found = []
    for agent in agents:
        reference = str(agent["agent_reference"]).strip().lower()
        if person := by_address.get(reference):
            found.append([Suggestion(person, 1.0)])
            continue
        name = _words(agent["name"] or "") or _words(reference.partition("@")[0])
        near = {index for token in name for index in by_beginning.get(token[:3], ())}
        scored = [Suggestion(people[index], _alike(name, people[index])) for index in near]
        likely = [each for each in scored if each.score >= LIKELY]
        found.append(sorted(likely, key=lambda each: (-each.score, str(each.person)))[:SUGGESTIONS])
    return found


def _words(text: str) -> frozenset[str]:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return frozenset(word for word in re.findall(r"[^\W\d_]+", plain.casefold()) if len(word) > 1)


def _alike(name: Iterable[str], person: User) -> float:
    """How alike: the same words in any order are certain, an initial for a first name nearly."""
    mine, theirs = sorted(name), sorted(_words(str(person)))
    address = sorted(_words(person.email.partition("@")[0]))
    best = 0.0
    for words in (theirs, address):
        if not words or not mine:
            continue
        if mine == words:
            return 1.0 if len(mine) > 1 else 0.8
        both = len(set(mine) & set(words)) / max(len(mine), len(words))
        spelled = SequenceMatcher(None, " ".join(mine), " ".join(words), autojunk=False).ratio()
        best = max(best, 0.85 * spelled, 0.8 * both + 0.15 * spelled)
    return min(best, 0.89)


@transaction.atomic
def match_agent(
    source: str, reference: str, person: User, *, by: User | None, at: dt.datetime | None = None
) -> int:
    """Say that the agent whom `source` calls `reference` is `person`; return of how many
    interactions they are the agent now.

    The rooms above hear of these under the hook "agents_matched": a submitted grade that had no
    agent is given
    one there, with its own line in the audit log. Raises `CannotMatch` where the id is somebody else's.
    """
    at = at or timezone.now()
    if not reference:
        raise CannotMatch(_("This agent has no id in the source, so nobody can be matched to it."))
    identity, is_new = ExternalIdentity.objects.select_for_update().get_or_create(
        source=source, external_id=reference, defaults={"user": person}
    )
    if identity.user_id != person.pk:
        raise CannotMatch(
            _("“%(reference)s” of %(source)s is %(person)s already. Undo that first.")
            % {"reference": reference, "source": source, "person": identity.user}
        )
    waiting = Interaction.objects.filter(source=source, agent_reference=reference, agent=None)
    count = 0
    while ids := list(waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        Interaction.objects.filter(pk__in=ids).update(agent=person)
        for tell in hooks.get_hooks("agents_matched"):
            tell(ids, at=at)
        count += len(ids)
    after = {"source": source, "agent": reference, "person": person.pk, "interactions": count}
    record("match_agent", by=by, of=identity, after={**after, "new": is_new}, at=at)
    interactions_written.send(sender=Interaction)
    return count


@transaction.atomic
def unmatch_agent(
    identity: ExternalIdentity, *, by: User | None, at: dt.datetime | None = None
) -> tuple[int, int]:
    """Take a match back; return (interactions without an agent again, those that keep theirs).

    An interaction keeps its agent where a room above rests on it, which it says under the hook
    "agent_is_fixed": `fn(ids) -> ids`. A submitted grade never changes its agent by this.
    """
    at = at or timezone.now()
    source, reference, person = identity.source, identity.external_id, identity.user_id
    matched = Interaction.objects.filter(source=source, agent_reference=reference, agent=person)
    freed = kept = last = 0
    while ids := list(
        matched.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    ):
        last = ids[-1]
        fixed = {pk for ask in hooks.get_hooks("agent_is_fixed") for pk in ask(ids)}
        freed += Interaction.objects.filter(pk__in=set(ids) - fixed).update(agent=None)
        kept += len(fixed)
    before = {"source": source, "agent": reference, "person": person, "interactions": freed}
    record("unmatch_agent", by=by, of=identity, before=before, after={"kept": kept}, at=at)
    interactions_written.send(sender=Interaction)
    identity.delete()
    return freed, kept
