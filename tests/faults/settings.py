"""For processes of these tests: those of tests/scale, with folders and a mail server that the test
names."""

import os
from pathlib import Path

from tests.scale.settings import *  # noqa: F403

if home := os.environ.get("FAULTS_HOME"):
    MEDIA_ROOT, PRIVATE_ROOT = Path(home) / "media", Path(home) / "private"
    STORAGES = {
        **STORAGES,  # noqa: F405
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
        },
    }
if port := os.environ.get("FAULTS_SMTP_PORT"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = "127.0.0.1", int(port), 60
WEBHOOK_ALLOW_PRIVATE = True
