"""How often one network address may knock, so that nobody tries links out or floods us."""

import hashlib
import time
from typing import Final

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW: Final = 600  # seconds


def count_knock(request: HttpRequest) -> int:
    """Count one request; 0 while there are not too many, else for how many seconds to wait.

    Counted in the cache that all processes share; a window is ten minutes of the clock. The address is
    the one that signing in is throttled by (`TRUSTED_PROXIES`), and is not kept.
    """
    now = int(time.time())
    who = hashlib.sha256(get_ip(request).encode()).hexdigest()[:32]
    key = f"interactions.survey.{who}.{now // WINDOW}"
    cache.add(key, 0, WINDOW * 2)
    try:
        count = cache.incr(key)
    except ValueError:  # It fell out of the cache between the two lines.
        count = 1
    return WINDOW - now % WINDOW if count > settings.SURVEY_RATE_LIMIT else 0
