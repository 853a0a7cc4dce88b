"""What a conversation shows only beside a rubric: answers that came later than the standard allows."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.models import ProcedureChannel
from interactions.models import Message
from people.channels import Channel
from scorecards.models import RubricVersion

WRITTEN = frozenset({Channel.EMAIL, Channel.CHAT, Channel.SOCIAL})


@dataclass(frozen=True, slots=True)
class Standard:
    """Within how many minutes a customer must be answered, and which procedure says so."""

    minutes: int
    procedure: str


def service_standard(version: RubricVersion, channel: str) -> Standard | None:
    """The strictest first response of the procedures that this version's criteria rest on, for this
    channel; None on the phone and where they name none. One query.

    Which of them the conversation was about is not known, and whoever meets the strictest meets all.
    """
    if channel not in WRITTEN:
        return None
    row = (
        ProcedureChannel.objects.filter(
            page__criteria__section__version=version,
            channel=channel,
            first_response_minutes__isnull=False,
        )
        .order_by("first_response_minutes", "page__title")
        .values_list("first_response_minutes", "page__title")
        .first()
    )
    return Standard(*row) if row else None


def gaps(turns: Sequence[Message], limit_seconds: float) -> dict[str, float]:
    """The agent's messages that came later than `limit_seconds` after the customer's, as seconds by
    message id.

    The wait begins with the first message of the customer that nobody answered yet, so writing again
    does not make it shorter, and ends with the agent's next words. What the agent did in their tools is
    no answer. Turns without times are passed over. The standard for a first response is asked of every
    response: to the customer each silence is as long as the first.
    """
    late: dict[str, float] = {}
    since: float | None = None
    for turn in turns:
        if turn.is_system or turn.offset is None:
            continue
        if turn.speaker == "customer":
            since = turn.offset if since is None else since
        elif since is not None:
            if turn.offset - since > limit_seconds:
                late[turn.id] = turn.offset - since
            since = None
    return late
