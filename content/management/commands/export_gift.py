"""`manage.py export_gift`: the bank of questions as GIFT on the standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from content.models import Question
from content.question_exchange import export_gift


class Command(BaseCommand):
    help = "Writes the bank of questions as GIFT to the standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tag", action="append", default=[], help="only with one of these tags"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        questions = Question.objects.order_by("key")
        if options["tag"]:
            questions = questions.filter(tags__name__in=options["tag"]).distinct()
        for text in export_gift(questions):
            self.stdout.write(text, ending="")
