"""The demo's settings, and the addresses that the measurements are compared with."""

from config.settings.base import *  # noqa: F403

ROOT_URLCONF = "tests.bench.yardsticks"
# What a worker does is no part of a request, although the demo does some of it at once.
for backend in TASKS.values():  # noqa: F405
    backend["BACKEND"] = "django_tasks_db.DatabaseBackend"
