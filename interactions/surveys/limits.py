"""How often one network address may knock, so that nobody tries links out or floods us."""

import hashlib
import time
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW: Final = 600  # seconds


def count_knock(request: HttpRequest) -> int:
    """Count one request; 0 while there are not too many, else for how many seconds to wait.

    Counted in the cache that all processes share; a window is ten minutes of the clock. The address
    itself is not kept.
    """
    now = int(time.time())
    who = hashlib.sha256(_address(request).encode()).hexdigest()[:32]
    key = f"interactions.survey.{who}.{now // WINDOW}"
    cache.add(key, 0, WINDOW * 2)
    try:
        count = cache.incr(key)
    except ValueError:  # It fell out of the cache between the two lines.
        count = 1
    return WINDOW - now % WINDOW if count > settings.SURVEY_RATE_LIMIT else 0


def _address(request: HttpRequest) -> str:
    """Behind our own proxy the last address of the list is the one that it saw; what stands before,
    anybody can write there."""
    if settings.SECURE_PROXY_SSL_HEADER:
        seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if seen:
            return seen
    return str(request.META.get("REMOTE_ADDR", ""))
