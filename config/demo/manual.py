"""The demo's manual, published page by page as an editor would."""

import html
import uuid
from typing import Any

from config.demo.data_files import read, read_all
from content.models import (
    EscalationLevel,
    ManualIndexPage,
    ManualSectionPage,
    ProcedureChannel,
    ProcedurePage,
    ReplyTemplate,
    Skill,
)
from people.models import User

SECTIONS = {
    "foundations": ("Foundations", "What holds for every contact, whatever the channel."),
    "channels": ("Channels", "How a call, an e-mail, a chat and a public post differ."),
    "situations": ("Situations", "What to do when something went wrong for a customer."),
}


def build(*, editor: User) -> dict[str, ProcedurePage]:
    """Sections, reply templates and procedures; returns the procedures by slug."""
    index = ManualIndexPage.objects.get()
    sections = {}
    for slug, (title, introduction) in SECTIONS.items():
        sections[slug] = index.add_child(
            instance=ManualSectionPage(title=title, slug=slug, introduction=introduction)
        )
        sections[slug].save_revision(user=editor).publish(user=editor)
    templates = {
        row["key"]: ReplyTemplate.objects.create(
            key=row["key"], title=row["title"], channels=row["channels"], body=row["body"].strip()
        )
        for row in read("reply_templates.toml")["templates"]
    }
    skills = {skill.key: skill for skill in Skill.objects.all()}
    pages = {}
    for data in sorted(read_all("manual"), key=lambda data: data.get("order", 0)):
        page = ProcedurePage(
            title=data["title"],
            slug=data["slug"],
            purpose=data["purpose"],
            steps=[
                {"type": "step", "id": _step_id(data, step), "value": _step(step)}
                for step in data["steps"]
            ],
            notes=notes_of(data),
        )
        page.channel_standards = [
            ProcedureChannel(sort_order=order, **row) for order, row in enumerate(data["channels"])
        ]
        page.escalation_levels = [
            EscalationLevel(
                sort_order=order,
                when=row["when"],
                contact=row["contact"],
                within_minutes=row.get("within_minutes"),
            )
            for order, row in enumerate(data.get("escalation", []))
        ]
        page.reply_templates = [templates[key] for key in data.get("templates", [])]
        page.skills = [skills[key] for key in data["skills"]]
        sections[data["section"]].add_child(instance=page)
        pages[page.slug] = page
    # Only now is there every procedure that another one leads to.
    for page in pages.values():
        _link(page, pages)
        page.save_revision(user=editor).publish(user=editor)
    return pages


def _link(page: ProcedurePage, pages: dict[str, ProcedurePage]) -> None:
    """Answers name their step by the `id` it has in the file, and another procedure by its slug."""
    for step in page.steps:
        for answer in step.value["answers"]:
            way, _colon, target = answer["to"].partition(":")
            if way == "step":
                answer["to"] = f"step:{_id(page.slug, target)}"
            elif way == "procedure":
                answer["to"], answer["procedure"] = "procedure", pages[target]


def _id(slug: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{slug}#{name}"))


def _step_id(data: dict[str, Any], step: dict[str, Any]) -> str:
    return _id(data["slug"], step.get("id", step["title"]))


def _step(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": data["title"],
        "who": data.get("who", "agent"),
        "instruction": as_html(data["instruction"]),
        "say": data.get("say", ""),
        "record": data.get("record", ""),
        "check": data.get("check", ""),
        "channels": data.get("channels", []),
        "variants": [
            {**row, "instruction": as_html(row.get("instruction", ""))}
            for row in data.get("variants", [])
        ],
        "question": data.get("question", ""),
        "answers": data.get("answers", []),
        "examples": data.get("examples", []),
    }


def notes_of(data: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        *(("example", {"do": row["do"], "dont": row["dont"]}) for row in data.get("examples", [])),
        *(
            ("callout", {"kind": row["kind"], "text": row["text"]})
            for row in data.get("callouts", [])
        ),
    ]


def as_html(text: str) -> str:
    """Plain paragraphs and "- " lists as rich text; a list may follow its lead-in line directly."""
    parts: list[str] = []
    items: list[str] = []

    def close_list() -> None:
        if items:
            parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
            items.clear()

    for line in text.strip().splitlines():
        words = html.escape(line.strip(), quote=False)
        if words.startswith("- "):
            items.append(words[2:])
        else:
            close_list()
            if words:
                parts.append(f"<p>{words}</p>")
    close_list()
    return "".join(parts)
