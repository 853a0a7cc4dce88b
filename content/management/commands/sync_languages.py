"""Make the languages of the manual those of the setting CONTENT_LANGUAGES."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content import languages


class Command(BaseCommand):
    help = (
        "Adds a locale for each language in CONTENT_LANGUAGES and removes those no longer in it. "
        "A language in which pages are written is not removed. Safe to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            came, went = languages.sync_locales()
        except languages.LanguageInUse as refusal:
            raise CommandError(str(refusal)) from refusal
        for code in came:
            self.stdout.write(f"Added {code} ({languages.name_of(code)}).")
        for code in went:
            self.stdout.write(f"Removed {code}.")
        if not came and not went:
            self.stdout.write("Nothing to change: " + ", ".join(languages.names()) + ".")
