import datetime as dt
from collections.abc import Sequence

from people.channels import Channel
from people.models import User
from scorecards.models import Rollup, RubricVersion
from tests.factories.people import UserFactory


def graded(
    agent: User,
    month: dt.date,
    percents: Sequence[float],
    *,
    version: RubricVersion,
    skill: int = 0,
    reviewer: User | None = None,
    channel: Channel = Channel.CHAT,
    probability: float = 0.25,
    is_held: bool = False,
) -> Rollup:
    """The rollup row of scorecards with these percents: of one skill, or of the whole."""
    w = 1 / probability
    n, sum_y, sum_yy = len(percents), sum(percents), sum(y * y for y in percents)
    return Rollup.objects.create(
        agent=agent,
        reviewer=reviewer or UserFactory(),
        version=version,
        channel=channel,
        month=month,
        subject=Rollup.Subject.SKILL if skill else Rollup.Subject.TOTAL,
        subject_id=skill,
        is_held=is_held,
        n=n,
        sum_y=sum_y,
        sum_yy=sum_yy,
        sum_w=w * n,
        sum_wy=w * sum_y,
        sum_wyy=w * sum_yy,
        sum_ww=w * w * n,
        sum_wwy=w * w * sum_y,
        sum_wwyy=w * w * sum_yy,
    )
