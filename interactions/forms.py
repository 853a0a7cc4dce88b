"""The upload, and what has to be said about a file before it is imported."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interactions.importing.mapping import LABEL, SIDES, TARGETS, Rules, distinct_values
from interactions.importing.planning import Proposal, faults_of, propose
from interactions.importing.plans import Plan
from interactions.importing.presets import PRESETS
from interactions.importing.reading import UnreadableFile
from interactions.importing.sources import DELIMITERS, Layout, delimiter_name
from interactions.models import ImportMapping
from people.channels import Channel
from ui.uploads import MB, UploadField

UPLOAD_LIMIT_MB = 200
ACCEPTED = ".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson,.eml,.mbox,.vtt,.srt,.gz,.bz2,.xz,.zip"
ORDER_CHOICES = (
    ("", gettext_lazy("not known yet")),
    ("dmy", gettext_lazy("day first: 31/03/2026")),
    ("mdy", gettext_lazy("month first: 03/31/2026")),
    ("ymd", gettext_lazy("year first: 26/03/31")),
)
SIDE_CHOICES = (
    ("", gettext_lazy("not said yet")),
    ("agent", gettext_lazy("agent")),
    ("customer", gettext_lazy("customer")),
    ("system", gettext_lazy("tool or note")),
)


class ImportForm(forms.Form):
    """A file that can be read at least at its beginning; the rest is the import's business.

    `proposal` says afterwards how it would be read.
    """

    proposal: Proposal

    file = UploadField(
        most=UPLOAD_LIMIT_MB * MB,
        error_messages={
            "too_large": gettext_lazy(
                "The file is larger than %(most)s. Import it with the command instead."
            )
        },
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        assert file.file is not None  # noqa: S101 - an upload has its bytes
        try:
            self.proposal = propose(file.file, file.name or "")
        except UnreadableFile as problem:
            raise forms.ValidationError(str(problem)) from problem
        file.seek(0)
        return file


class PlanForm(forms.Form):
    """How one file is read. `plan()` is what was said, whether or not it is enough yet."""

    def __init__(
        self,
        *args: Any,
        layout: Layout,
        start: Plan,
        mapping: ImportMapping | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.layout = layout
        self.start = start
        self.mapping = mapping
        self.add_fields()
        name = mapping.name if mapping else ""
        self.fields["name"] = forms.CharField(
            label=_("Keep as"),
            required=False,
            max_length=80,
            initial=name,
            help_text=_("A name, to read the next file of this kind in the same way."),
        )

    def add_fields(self) -> None:
        raise NotImplementedError

    def plan(self) -> Plan:
        raise NotImplementedError

    @property
    def open_faults(self) -> list[str]:
        return faults_of(self.plan(), self.layout)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        others = ImportMapping.objects.filter(name=name)
        if self.mapping is not None:
            others = others.exclude(pk=self.mapping.pk)
            if name and others.exists():
                raise forms.ValidationError(_("Another mapping has this name."))
        return name

    def said(self, name: str) -> Any:
        """A field's value: what was sent, or what it began with."""
        if self.is_bound:
            return self.cleaned_data.get(name, "") if hasattr(self, "cleaned_data") else ""
        return self.get_initial_for_field(self.fields[name], name)

    def _text(self, name: str, label: str, **options: Any) -> None:
        options = {
            "required": False,
            "max_length": 200,
            "initial": self.start.get(name, ""),
            **options,
        }
        self.fields[name] = forms.CharField(label=label, **options)

    def _choice(
        self, name: str, label: str, choices: Sequence[tuple[str, Any]], **options: Any
    ) -> None:
        options = {"required": False, "initial": self.start.get(name, ""), **options}
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, **options)

    def _dates(self, order: str, zone: str) -> None:
        self._choice(
            "order",
            _("Dates of numbers only"),
            ORDER_CHOICES,
            initial=order,
            help_text=_("03/04/2026 may be in March or in April. It is never guessed."),
        )
        self._choice(
            "zone",
            _("Time zone of times that name none"),
            [("", _("not known yet")), *((each, each) for each in zones())],
            initial=zone,
        )

    @property
    def values_by_kind(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        return []


class TableForm(PlanForm):
    """Columns to fields, words to channels and sides."""

    def add_fields(self) -> None:
        rules = Rules.from_json(self.start["mapping"])
        targets: list[tuple[str, Any]] = [("", _("leave out"))]
        targets += [(name, label) for name, (label, _names) in TARGETS.items()]
        targets.append((LABEL, _("keep as a label")))
        for number, column in enumerate(self.layout.columns):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=column,
                choices=targets,
                required=False,
                initial=rules.columns.get(column, ""),
            )
        self._text(
            "source",
            _("Source"),
            max_length=60,
            initial=rules.constants.get("source", ""),
            help_text=_(
                "What the system is called, for example “helpdesk”; the same for all rows."
            ),
        )
        self._choice(
            "channel",
            _("Channel"),
            [("", _("as a column says")), *Channel.choices],
            initial=rules.constants.get("channel", ""),
        )
        self._text(
            "language",
            _("Language"),
            max_length=12,
            initial=rules.constants.get("language", ""),
            help_text=_("For example “en”, where no column says it."),
        )
        self.fields["by_message"] = forms.BooleanField(
            label=_("Each row is one message; rows with the same id are one interaction"),
            required=False,
            initial=rules.by_message,
        )
        self._dates(rules.order, rules.zone)
        self.words: dict[str, list[str]] = {}
        chosen = self._rules_from_data() if self.is_bound else rules
        for kind, choices in (
            ("channel", [("", _("not said yet")), *Channel.choices]),
            ("speaker", SIDE_CHOICES),
        ):
            found = distinct_values(self.layout, chosen, kind)
            known = rules.values.get(kind, {})
            words = list(dict.fromkeys([*found, *(known if not self.layout.sample else ())]))
            self.words[kind] = words
            for number, word in enumerate(words):
                guess = known.get(word, "")
                if not guess and word.lower() in {*Channel.values, *SIDES}:
                    guess = word.lower()
                self.fields[f"{kind}_{number}"] = forms.ChoiceField(
                    label=word, choices=choices, required=False, initial=guess
                )
                self.fields[f"{kind}_word_{number}"] = forms.CharField(
                    required=False, initial=word, widget=forms.HiddenInput
                )

    def _rules_from_data(self) -> Rules:
        """The columns as sent: which words there are to be explained depends on them."""
        return Rules(
            columns={
                column: self.data.get(f"column_{number}", "")
                for number, column in enumerate(self.layout.columns)
            }
        )

    def plan(self) -> Plan:
        rules = Rules(
            columns={
                column: self.said(f"column_{number}")
                for number, column in enumerate(self.layout.columns)
            },
            constants={
                name: self.said(name).strip()
                for name in ("source", "channel", "language")
                if self.said(name).strip()
            },
            order=self.said("order"),
            zone=self.said("zone"),
            by_message=bool(self.said("by_message")),
        )
        rules.values = {kind: self._explained(kind) for kind in self.words}
        return {
            **{key: self.start[key] for key in ("layout",) if key in self.start},
            "kind": "table",
            "mapping": rules.as_json(),
        }

    def _explained(self, kind: str) -> dict[str, str]:
        """What each word means; words were sent along, so that an answer stays with its word when other
        columns bring other words."""
        sent = {}
        if self.is_bound:
            number = 0
            while (word := self.data.get(f"{kind}_word_{number}")) is not None:
                sent[word] = self.data.get(f"{kind}_{number}", "")
                number += 1
        allowed = {*Channel.values, *SIDES}
        return {
            word: value
            for number, word in enumerate(self.words[kind])
            if (
                value := sent.get(
                    word, self.fields[f"{kind}_{number}"].initial if word not in sent else ""
                )
            )
            in allowed
        }

    @property
    def column_rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        """Each column's field with up to three of its values."""
        rows = []
        for number, column in enumerate(self.layout.columns):
            values = dict.fromkeys(
                str(record[column])[:60]
                for record in self.layout.sample[:50]
                if record.get(column) not in (None, "")
            )
            rows.append((self[f"column_{number}"], list(values)[:3]))
        return rows

    @property
    def word_fields(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        headings = {"channel": _("What the words for channels mean"), "speaker": _("Who speaks")}
        return [
            (
                headings[kind],
                [(self[f"{kind}_{n}"], self[f"{kind}_word_{n}"]) for n in range(len(words))],
            )
            for kind, words in self.words.items()
            if words and not (kind == "channel" and self.said("channel"))
        ]


class PresetForm(PlanForm):
    def add_fields(self) -> None:
        self._choice("preset", _("Help desk"), [(p.key, p.label) for p in PRESETS.values()])
        self._text(
            "source", _("Source"), max_length=60, help_text=_("What the system is called here.")
        )

    def plan(self) -> Plan:
        preset = self.said("preset") or self.start["preset"]
        return {**self.start, "preset": preset, "source": self.said("source").strip()}


class MailForm(PlanForm):
    def add_fields(self) -> None:
        self._text("source", _("Source"), max_length=60)
        self.fields["agents"] = forms.CharField(
            label=_("Own addresses and domains"),
            required=False,
            max_length=2000,
            initial="\n".join(self.start.get("agents", ())),
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_(
                "One on a line, like help@example.org or example.org. What comes from "
                "them was said by an agent."
            ),
        )
        self._choice(
            "quotes",
            _("What a reply quotes"),
            [
                ("remove", _("remove it where the quoted mail is in the thread")),
                ("keep", _("keep it; it is shown folded")),
            ],
        )

    def plan(self) -> Plan:
        agents = [
            line.strip().lower() for line in self.said("agents").replace(",", "\n").split("\n")
        ]
        return {
            "kind": "mail",
            "source": self.said("source").strip(),
            "agents": [each for each in agents if each],
            "quotes": self.said("quotes") or "remove",
        }


class ChatForm(PlanForm):
    def add_fields(self) -> None:
        self._text("source", _("Source"), max_length=60)
        self._text(
            "external_id",
            _("Id of this conversation"),
            help_text=_("The same id comes in once only."),
        )
        self._choice("channel", _("Channel"), Channel.choices)
        self._text(
            "started_at",
            _("Start"),
            max_length=40,
            help_text=_("Like 2026-03-31 09:30, where the file has clock times only."),
        )
        self._dates(self.start.get("order", ""), self.start.get("zone", ""))
        self.names = list(self.start.get("sides", {}))
        for number, name in enumerate(self.names):
            self._choice(
                f"side_{number}", name, SIDE_CHOICES, initial=self.start["sides"].get(name, "")
            )

    def clean_started_at(self) -> str:
        from interactions.importing.dates import read_moment

        value: str = self.cleaned_data["started_at"].strip()
        if value:
            try:
                read_moment(value, order="")
                if not value[:4].isdecimal():
                    raise ValueError
            except ValueError as error:
                raise forms.ValidationError(_("Expected a time like 2026-03-31 09:30.")) from error
        return value

    def plan(self) -> Plan:
        return {
            "kind": "chat",
            **{
                name: self.said(name).strip()
                for name in ("source", "external_id", "channel", "started_at", "order", "zone")
            },
            "sides": {name: self.said(f"side_{number}") for number, name in enumerate(self.names)},
        }

    @property
    def side_fields(self) -> list[forms.BoundField]:
        return [self[f"side_{number}"] for number in range(len(self.names))]


FORMS: Mapping[str, type[PlanForm]] = {
    "table": TableForm,
    "preset": PresetForm,
    "mail": MailForm,
    "chat": ChatForm,
}


class LayoutForm(forms.Form):
    """How the bytes of a table are read: what was found out may be wrong."""

    def __init__(self, *args: Any, layout: Layout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if layout.kind == "workbook":
            self.fields["sheet"] = forms.ChoiceField(
                label=_("Sheet"),
                choices=[(name, name) for name in layout.sheets],
                initial=layout.sheet,
                required=False,
            )
        elif layout.kind == "table":
            self.fields["delimiter"] = forms.ChoiceField(
                label=_("Separator"),
                choices=[(each, delimiter_name(each)) for each in DELIMITERS],
                initial=layout.delimiter,
                required=False,
            )
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding"),
                choices=[("utf-8", "UTF-8"), ("cp1252", "Windows-1252")],
                initial=layout.encoding,
                required=False,
            )


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(each for each in available_timezones() if "/" in each or each == "UTC"))
