"""`manage.py import_recording INTERACTION --audio FILE`: what a call sounded like, and its words."""

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from interactions.actions import NotAllowed, attach_recording, import_transcript
from interactions.models import Interaction
from interactions.subtitles import UnreadableTranscript, read_cues
from people.models import User

KNOWN_SPEAKERS = {
    "agent": "agent",
    "representative": "agent",
    "advisor": "agent",
    "operator": "agent",
    "customer": "customer",
    "caller": "customer",
    "client": "customer",
}


class Command(BaseCommand):
    help = (
        "Adds the recording of a call to an interaction, and optionally a timed transcript (WebVTT "
        "or SRT) that replaces what was said there. Repeating it replaces both."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "interaction", metavar="INTERACTION", help="its number here, or SOURCE:ID as imported"
        )
        parser.add_argument("--audio", type=Path, metavar="FILE", help="WAV, MP3, Ogg, M4A …")
        parser.add_argument(
            "--audio2",
            type=Path,
            metavar="FILE",
            help="the customer's side, if it has its own file",
        )
        parser.add_argument(
            "--customer-first",
            action="store_true",
            help="the customer is in the left channel, or in the first of two files",
        )
        parser.add_argument("--transcript", type=Path, metavar="FILE", help="WebVTT or SRT")
        parser.add_argument(
            "--speaker",
            action="append",
            default=[],
            metavar="NAME=SIDE",
            help="who a name in the transcript is, agent or customer; “=agent” for lines without one",
        )
        parser.add_argument("--by", metavar="EMAIL", help="who imports, for the record")

    def handle(self, *, interaction: str, **options: Any) -> None:
        if options["audio2"] and not options["audio"]:
            raise CommandError("--audio2 is the other side of --audio; give that as well.")
        if not options["audio"] and not options["transcript"]:
            raise CommandError("Give a recording (--audio), a transcript (--transcript), or both.")
        contact = self.find(interaction)
        by = self.person(options["by"])
        try:
            # The words first: when they are refused, nothing has been done yet.
            if options["transcript"]:
                self.add_words(contact, options["transcript"], options["speaker"], by=by)
            if options["audio"]:
                files = [path for path in (options["audio"], options["audio2"]) if path]
                self.add_sound(contact, files, options["customer_first"], by=by)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except (NotAllowed, UnreadableTranscript) as refusal:
            raise CommandError(str(refusal)) from refusal

    def find(self, name: str) -> Interaction:
        source, colon, external_id = name.partition(":")
        rows = Interaction.objects.select_related("agent")
        if colon:
            found = rows.filter(source=source, external_id=external_id).first()
        else:
            found = rows.filter(pk=name).first() if name.isdecimal() else None
        if found is None:
            raise CommandError(f"There is no interaction {name}.")
        return found

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.")
        return person

    def add_sound(
        self,
        contact: Interaction,
        paths: list[Path],
        customer_first: bool,
        *,
        by: User | None,
    ) -> None:
        with ExitStack() as open_files:
            files = [
                File(open_files.enter_context(path.open("rb")), name=path.name) for path in paths
            ]
            recording = attach_recording(contact, *files, customer_first=customer_first, by=by)
        length = recording.duration_seconds
        known = f"{length:.0f} s" if length is not None else "length unknown, no waveform"
        self.stdout.write(f"Recording added: {known}, {recording.get_layout_display().lower()}.")

    def add_words(
        self, contact: Interaction, path: Path, given: list[str], *, by: User | None
    ) -> None:
        try:
            cues = read_cues(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise UnreadableTranscript(f"{path} is not UTF-8.") from error
        speakers = self.speakers(contact, given, {cue.speaker for cue in cues})
        import_transcript(contact, cues, speakers=speakers, by=by)
        self.stdout.write(f"Transcript imported: {len(cues)} lines.")

    def speakers(self, contact: Interaction, given: list[str], names: set[str]) -> dict[str, str]:
        """What is said on the command line, then usual words, then the agent's own name."""
        sides = {}
        for pair in given:
            name, equals, side = pair.rpartition("=")
            if not equals or side not in {"agent", "customer"}:
                raise CommandError(f"--speaker {pair}: expected NAME=agent or NAME=customer.")
            sides[name.strip().casefold()] = side
        agent = {contact.agent_name.casefold(), str(contact.agent or "").casefold()} - {""}
        known = {**KNOWN_SPEAKERS, **dict.fromkeys(agent, "agent"), **sides}
        found = {name: known[name.casefold()] for name in names if name.casefold() in known}
        if unknown := sorted(names - found.keys()):
            shown = ", ".join(f"“{name}”" for name in unknown)
            example = f'--speaker "{unknown[0]}=agent"'
            raise CommandError(f"Who is {shown}? Say it like this: {example}")
        return found
