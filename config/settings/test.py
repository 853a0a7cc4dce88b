"""Settings of the test suite: the real ones, with what would slow tests down or leave the machine off."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-the-test-suite-and-never-anywhere-else-0123456789")
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite:///:memory:")
os.environ["DEMO"] = "0"
# What a developer's own .env says must not decide a test; and http, for there is no certificate.
os.environ["ENV_FILE"] = os.devnull
os.environ["INSECURE_COOKIES"] = "1"

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, STORAGES

_scratch = Path(tempfile.mkdtemp(prefix="evenhand-test-"))

DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost"]
BASE_URL = WAGTAILADMIN_BASE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "config.sharing.LocalCache"}}
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "bulk": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
}
MEDIA_ROOT = _scratch / "media"
PRIVATE_ROOT = _scratch / "private"
STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "config.files.WholeFiles"},
    "private": {
        "BACKEND": "config.files.WholeFiles",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Each xdist worker is a process of its own; a pool would only multiply connections.
    DATABASES["default"]["OPTIONS"].pop("pool")
elif path := os.environ.get("TEST_SQLITE_FILE"):
    DATABASES["default"]["TEST"] = {"NAME": path}
