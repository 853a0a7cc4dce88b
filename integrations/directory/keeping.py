"""How long the log of a directory's requests is kept."""

import datetime as dt

from django.utils import timezone

from integrations.models import DirectoryRun


def forget_requests(*, at: dt.datetime | None = None) -> int:
    """Delete what SCIM sent long ago, done or only worked out; files stay until somebody decides."""
    before = (at or timezone.now()) - DirectoryRun.KEPT
    old = DirectoryRun.objects.filter(source=DirectoryRun.Source.SCIM, created_at__lt=before)
    deleted, _by_model = old.delete()
    return deleted
