"""How many messages a second are masked: `python -m tests.bench.privacy`."""

import random
import time
from collections import Counter

from interactions.privacy.patterns import DETECTED, Masker

TEXTS = (
    "Hello, I would like to know where my order 4711-22 is, it should have come on 12/10/2026.",
    "Could you confirm your e-mail address?",
    "Yes, it is joe.smith@example.org and my phone is (333) 676-1234",
    "Thanks.",
    "That is all I needed today, have a nice day and thank you for your patience!",
    "One moment, I am looking that up for you in our system.",
    "The account id is 10482233 and I have paid 79.99 for it.",
    "I have been waiting for two weeks now and nobody tells me anything at all.",
)


def main(count: int = 100_000) -> None:
    draw = random.Random(1)
    texts = [draw.choice(TEXTS) for _number in range(count)]
    for words in ((), [f"secret project {number}" for number in range(1_000)]):
        masker = Masker(DETECTED, words)
        found: Counter[str] = Counter()
        wall, cpu = time.perf_counter(), time.process_time()
        for text in texts:
            masker.mask(text, found)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(  # noqa: T201
            f"{len(words)} words of one's own: {count / wall:,.0f} messages/s "
            f"({count / cpu:,.0f} per CPU second), {dict(found)}"
        )


if __name__ == "__main__":
    main()
