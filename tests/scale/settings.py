"""For processes of these tests that work off a queue: the tests' settings, with the
real queue."""

import os

from config.settings.shared import shared_cache
from config.settings.test import *  # noqa: F403

TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
    "bulk": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
}
TASK_LEASE = float(os.environ.get("TASK_LEASE", "60"))

if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 4, "timeout": 20}  # noqa: F405
    CACHES = {
        "default": shared_cache(
            {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}
        )
    }
