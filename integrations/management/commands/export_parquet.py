"""`manage.py export_parquet FOLDER --by E-MAIL`: scorecards and criterion scores for a warehouse."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.parquet import TABLES, NotInstalled, write
from people.audit import record
from people.models import User


class Command(BaseCommand):
    help = "Writes scorecards.parquet and criterion_scores.parquet, as one person sees them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--by", required=True, help="e-mail address of who may see them")

    def handle(self, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"Nobody here has the address {options['by']}.")
        folder: Path = options["folder"]
        counts = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for table in TABLES:
                # What is half written has another name.
                half = folder / f"{table}.parquet.part"
                with half.open("wb") as file:
                    counts[table] = write(file, table, user=by)
                half.replace(folder / f"{table}.parquet")
        except (NotInstalled, OSError) as problem:
            raise CommandError(str(problem)) from None
        record("export_parquet", by=by, of=by, after=counts)
        self.stdout.write(", ".join(f"{count} {table}" for table, count in counts.items()))
