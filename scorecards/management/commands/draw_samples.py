"""`manage.py draw_samples`: draw by the active sampling plans, for a scheduler or by hand."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User
from scorecards.actions import Refused, draw_sample, preview_draw, repeat_draw
from scorecards.actions.sample import next_period
from scorecards.models import SamplingDraw, SamplingPlan


class Command(BaseCommand):
    help = (
        "Draws by every active sampling plan for the last whole week, unless it was drawn already. "
        "Ends with 1 when a plan was refused for another reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", metavar="NAME", help="only this plan")
        parser.add_argument("--from", dest="starts_on", type=dt.date.fromisoformat, metavar="DAY")
        parser.add_argument("--to", dest="ends_on", type=dt.date.fromisoformat, metavar="DAY")
        parser.add_argument("--seed", type=int, help="only with --plan; otherwise by chance")
        parser.add_argument("--by", metavar="EMAIL", help="who draws, for the record")
        parser.add_argument("--dry-run", action="store_true", help="say what would be picked")
        parser.add_argument(
            "--check", type=int, metavar="DRAW_ID", help="repeat a draw and compare; writes nothing"
        )

    def handle(self, **options: Any) -> None:
        if options["check"] is not None:
            self.check_draw(options["check"])
            return
        if (options["starts_on"] is None) != (options["ends_on"] is None):
            raise CommandError("--from and --to go together.")
        if options["seed"] is not None and not options["plan"]:
            raise CommandError("--seed needs --plan.")
        plans = SamplingPlan.objects.active().order_by("name")
        if options["plan"]:
            plans = SamplingPlan.objects.filter(name=options["plan"])
            if not plans:
                raise CommandError(f"There is no plan “{options['plan']}”.")
        by = self.person(options["by"])
        refused = 0
        for plan in plans:
            try:
                self.draw(
                    plan,
                    days=(options["starts_on"], options["ends_on"]),
                    seed=options["seed"],
                    by=by,
                    is_trial=options["dry_run"],
                )
            except Refused as refusal:
                refused += 1
                self.stderr.write(f"{plan}: {refusal}")
        if refused:
            raise CommandError(f"Refused: {refused}.")

    def draw(
        self,
        plan: SamplingPlan,
        *,
        days: tuple[dt.date | None, dt.date | None],
        seed: int | None,
        by: User | None,
        is_trial: bool,
    ) -> None:
        starts_on, ends_on = days
        is_scheduled = starts_on is None or ends_on is None
        if starts_on is None or ends_on is None:
            starts_on, ends_on = next_period(plan, on=timezone.localdate())
            if ends_on >= timezone.localdate():
                self.stdout.write(f"{plan}: " + _("drawn already."))
                return
        if is_trial:
            found = preview_draw(plan, starts_on=starts_on, ends_on=ends_on)
            self.stdout.write(
                f"{plan}: {starts_on} – {ends_on}: {found.expected:.1f} / {found.population}"
            )
            return
        try:
            made = draw_sample(plan, starts_on=starts_on, ends_on=ends_on, by=by, seed=seed)
        except Refused:
            # Another scheduler may have drawn at this moment: then there is nothing left to do.
            if is_scheduled and plan.draws.filter(starts_on=starts_on, ends_on=ends_on).exists():
                self.stdout.write(f"{plan}: " + _("drawn already."))
                return
            raise
        self.stdout.write(
            f"{plan}: {starts_on} – {ends_on}: {made.picked_count} / {made.population_size}, "
            f"seed {made.seed}"
        )

    def check_draw(self, pk: int) -> None:
        made = SamplingDraw.objects.filter(pk=pk).first()
        if made is None:
            raise CommandError(f"There is no draw {pk}.")
        is_same, again = repeat_draw(made)
        picked = set(made.picks.values_list("interaction", flat=True))
        if again == picked:
            self.stdout.write("The same picks.")
        elif not is_same:
            raise CommandError("Other picks: the population has changed since the draw.")
        else:
            raise CommandError("Other picks from the same population.")

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(f"There is nobody with the address {email}.")
        return person
