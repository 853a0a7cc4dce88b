"""`manage.py redact_interactions`: what is stored already, by the rules of today."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from interactions.models import Interaction, RedactionRule
from interactions.privacy.redacting import redact_stored


class Command(BaseCommand):
    help = (
        "Masks personal data in the interactions that are here, by the redaction rules in use. Can be "
        "broken off and run again: what is masked stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", default="", help="only interactions of this source")

    def handle(self, *args: Any, source: str, **options: Any) -> None:
        if not RedactionRule.objects.filter(is_on=True).exists():
            raise CommandError(
                _("No redaction rule is in use. Make one under Interactions, Privacy.")
            )
        rows = Interaction.objects.filter(words_removed_at__isnull=True)
        total = (rows.filter(source=source) if source else rows).count()
        is_seen = options["verbosity"] > 1 or self.stdout.isatty()

        def say(done: int, changed: int) -> None:
            if is_seen:
                self.stdout.write(
                    _("%(done)s of %(total)s looked at, %(changed)s masked")
                    % {"done": done, "total": total, "changed": changed}
                )

        done, changed = redact_stored(source=source, after_batch=say)
        self.stdout.write(
            _("%(done)s interactions looked at, %(changed)s masked.")
            % {"done": done, "changed": changed}
        )
