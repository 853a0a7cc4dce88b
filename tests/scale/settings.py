"""For processes of these tests that work off a queue: the tests' settings, with the
real queue."""

import json
import os

from config.settings.shared import bucket_storages, shared_cache
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

if bucket := os.environ.get("TEST_BUCKET"):
    # Each process has a folder of its own otherwise, as machines have.
    STORAGES = {**STORAGES, **bucket_storages(json.loads(bucket))}  # noqa: F405
