"""The 40 written conversations, and the many that the seed varies from them."""

import datetime as dt
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from config.demo.data_files import read_all
from config.demo.people import SOURCE
from people.models import User

SKILLS = ("respect", "empathy", "protocol", "accuracy")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ANSWER_SHARE = 0.4
HOURS = {"phone": (8, 17), "email": (7, 19), "chat": (8, 19), "social": (8, 20)}
FIRST_NAMES = (
    "Alina Bertil Cosima Darko Elif Fabio Greta Henning Ilse Jarek Karoline Lorenz Maite "
    "Niklas Odile Pascal Quirin Rosalie Stellan Tilda Umberto Verena Willem Xenia Yorick Zelda"
).split()
LAST_NAMES = (
    "Abendrot Birnbaum Castellow Dornfeld Eversole Fischbank Grünhag Hasseldine Isenbrook Jorvik "
    "Kestrelby Lindqvister Moorland Nachtweide Oakhurst Pinnock Quellmann Rosenau Steinfurth Thornwell"
).split()


@dataclass(frozen=True, eq=False)
class Conversation:
    """One written conversation: its words with placeholders, and what an expert would grade."""

    data: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.data["key"]

    @property
    def channel(self) -> str:
        return self.data["channel"]

    @property
    def grades(self) -> Mapping[str, Mapping[str, Any]]:
        return self.data["grades"]

    @cached_property
    def quality(self) -> dict[str, float]:
        """Per skill, how good it is: 0 (every level the lowest) to 1."""
        result = {}
        for skill in SKILLS:
            shares = [
                grade["level"] / (1 if key in TWO_LEVELS else 3)
                for key, grade in self.grades.items()
                if key.startswith(skill) and not grade.get("na")
            ]
            result[skill] = sum(shares) / len(shares)
        return result

    def filled(self, text: str, words: Mapping[str, str]) -> str:
        for name, word in words.items():
            text = text.replace("{" + name + "}", word)
        return text


TWO_LEVELS = {"protocol-identify", "protocol-record"}


def read_conversations() -> list[Conversation]:
    return [Conversation(data) for data in read_all("interactions")]


def read_showpieces() -> dict[str, Conversation]:
    """Those that stand once in the history, by key: each shows what the others cannot."""
    return {data["key"]: Conversation(data) for data in read_all("showpieces")}


class Chooser:
    """Chooses conversations of about the quality that somebody's skills would have, and seldom one that
    came up lately."""

    def __init__(self, conversations: list[Conversation], draw: random.Random) -> None:
        self.conversations = conversations
        self.draw = draw
        self.lately: deque[Conversation] = deque(maxlen=100)

    def next(self, aim: Mapping[str, float]) -> Conversation:
        weights = [
            0.35 ** self.lately.count(item)
            * 2.718 ** -sum(18 * (item.quality[skill] - aim[skill]) ** 2 for skill in SKILLS)
            for item in self.conversations
        ]
        chosen = self.draw.choices(self.conversations, weights)[0]
        self.lately.append(chosen)
        return chosen


def vary(
    conversation: Conversation,
    *,
    number: int,
    agent: User,
    agent_id: str,
    day: dt.date,
    draw: random.Random,
    again: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """One interaction in the importer's own format, and the words that were filled in.

    It happens on `day`, at a time its words agree with. `again` is an earlier one, whose customer it is.
    """
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    if again:
        first, last = again["customer"]["name"].split(" ", 1)
    words = {
        "agent": agent.first_name,
        "customer": f"{first} {last}",
        "customer_first": first,
        "order": f"HP-{draw.randint(200_000, 899_999)}",
        "postcode": str(draw.randint(1000, 9899)),
        "email": f"{first}.{last}@mail.example".lower().replace("ü", "ue"),
        "day": date_format(day, "j F Y"),
    }
    pace = draw.uniform(0.85, 1.2)
    started_at = _start(conversation, day, draw)
    messages = []
    for position, message in enumerate(conversation.data["messages"], start=1):
        messages.append(
            {
                "id": f"m{position}",
                "speaker": message["speaker"],
                "text": conversation.filled(message.get("text", ""), words) or None,
                "offset_seconds": round(message["offset_seconds"] * pace),
                **({"action": message["action"]} if message.get("action") else {}),
            }
        )
    ended_at = started_at + dt.timedelta(seconds=messages[-1]["offset_seconds"] + 20)
    row = {
        "source": SOURCE,
        "external_id": f"C{number:05}",
        "channel": conversation.channel,
        "subject": conversation.filled(conversation.data["subject"], words),
        "language": conversation.data.get("language", "en"),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        **_service(number, conversation.channel, started_at, ended_at),
        "customer": again["customer"]
        if again
        else {
            "id": f"K{number:05}",
            "name": words["customer"],
            "tier": conversation.data["customer_tier"],
            **_dates(number, day),
        },
        "agent": {"id": agent_id, "name": str(agent)},
        "flow": conversation.data["procedure"],
        "messages": messages,
        "labels": {},
        "answers": _answers(conversation, ended_at, draw),
    }
    return row, words


def _service(
    number: int, channel: str, started_at: dt.datetime, ended_at: dt.datetime
) -> dict[str, Any]:
    """What the desk noted of the service: counted off, so that the draws stay as they are."""
    work = int((ended_at - started_at).total_seconds())
    # Most of what is talked over is settled with it; what is written about takes its time.
    is_settled = channel in ("phone", "chat") and number % 5
    after = number % 3 if is_settled else 7 * (number % 17)
    facts: dict[str, Any] = {
        "transfers": 2 if number % 29 == 0 else int(number % 9 == 0),
        "reopened": int(number % 13 == 0),
        "handling_seconds": min(work, 1500) + 30 + number % 90,
    }
    if number % 11:
        facts["resolved_at"] = (ended_at + dt.timedelta(minutes=after)).isoformat()
    return facts


def _dates(number: int, day: dt.date) -> dict[str, str]:
    """Two in three customers are known by the day of their first order; some of them left since."""
    if number % 3 == 0:
        return {}
    dates = {"since": str(day - dt.timedelta(days=100 + 7 * (number % 50)))}
    if number % 19 == 1:
        dates["left_on"] = str(day + dt.timedelta(days=3 + number % 20))
    return dates


def day_in(week: dt.date, conversation: Conversation, draw: random.Random) -> dt.date:
    """A working day of the week that starts on `week`, the one its words speak of if they do."""
    chosen = draw.randint(0, 4)
    day = conversation.data.get("weekday")
    return week + dt.timedelta(days=WEEKDAYS.index(day) if day else chosen)


def _answers(
    conversation: Conversation, ended_at: dt.datetime, draw: random.Random
) -> list[dict[str, Any]]:
    """What the customer answered afterwards: two in five do, and what they say follows the service more
    than the person who gave it."""
    mean = sum(conversation.quality.values()) / len(SKILLS)
    value = min(5, max(1, round(1 + 4 * mean + draw.gauss(0, 0.8))))
    hours = draw.randint(1, 40)
    if draw.random() > ANSWER_SHARE:
        return []
    at = (ended_at + dt.timedelta(hours=hours)).isoformat()
    return [{"kind": "csat", "value": value, "answered_at": at}]


def _start(conversation: Conversation, date: dt.date, draw: random.Random) -> dt.datetime:
    first_hour, last_hour = HOURS[conversation.channel]
    time = dt.time(
        draw.randint(first_hour, last_hour - 1), draw.randint(0, 59), draw.randint(0, 59)
    )
    if hint := conversation.data.get("time"):
        time = dt.time.fromisoformat(hint)
    return timezone.make_aware(dt.datetime.combine(date, time))
