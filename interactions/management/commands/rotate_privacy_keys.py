"""`manage.py rotate_privacy_keys`: after a new key was put in front of `PRIVACY_KEYS`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from interactions.privacy.redacting import rotate_keys
from interactions.privacy.sealing import can_seal


class Command(BaseCommand):
    help = "Encrypts the originals of masked interactions anew, with the first of PRIVACY_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        if not can_seal():
            raise CommandError(
                _("PRIVACY_KEYS is empty: put the new key first, the old ones behind.")
            )
        done, lost = rotate_keys()
        self.stdout.write(_("%(count)s originals encrypted anew.") % {"count": done})
        if lost:
            raise CommandError(
                _("%(count)s originals are opened by none of the keys.") % {"count": lost}
            )
