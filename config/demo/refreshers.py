"""A lesson that plays and shows, refreshers that people have begun, and what they think of modules."""

import csv
import datetime as dt
import io
import random
import tomllib
from pathlib import Path

from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents import get_document_model

from config.demo.people import Staff
from config.demo.recording import speech
from content.models import (
    Edition,
    LessonPage,
    ModulePage,
    ProcedurePage,
    RefresherCard,
    Skill,
    TrainingIndexPage,
)
from content.refreshers import retire_for_edition
from interactions.subtitles import Cue
from people.models import User
from training.actions import keep_place, rate_module, rate_refresher, sign
from training.models import Completion, ModuleRating
from training.places import block_ids
from training.refresher_sessions import session_of

FILE = Path(__file__).parent / "data" / "refreshers" / "cards.toml"
SEED = 20_33
CALL = [
    ("agent", "Harbour and Pine, this is Ines. How can I help?"),
    ("customer", "My lamp has no foot. I have unpacked everything twice."),
    (
        "agent",
        "Twice, I am sorry. A lamp without a foot is no lamp. Shall I send you the foot today?",
    ),
    ("customer", "Yes please. Do I have to send anything back?"),
    (
        "agent",
        "Nothing at all. It is with you on Thursday, and you get a message once it is on its way.",
    ),
]
WORDS = [
    (4, 5, "The samples helped. I would like one more in which it goes wrong."),
    (5, 5, ""),
    (3, 4, "The part on transfers is long for what it says."),
    (4, 4, ""),
    (5, 4, "Short and clear."),
    (2, 4, "I had to read the procedure twice to see who calls back."),
]


def build(staff: Staff, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    draw = random.Random(SEED)
    lesson = _lesson(staff.editor)
    ids = block_ids(lesson)
    keep_place(staff.agents[0], lesson, block=ids[2], seen=ids[:3])
    _cards(pages)
    sign(staff.new_hire, pages["identity-check"], edition=_newest(pages["identity-check"]).number)
    for agent in staff.agents[:4]:
        for back in (9, 4):
            _answer(agent, day=today - dt.timedelta(days=back), draw=draw)
    # Newer cards, which the change of a procedure has met already.
    retire_for_edition(_newest(pages["returns-and-refunds"]))
    _ratings(staff, today=today)


def _newest(page: ProcedurePage) -> Edition:
    return Edition.objects.filter(page=page).order_by("-number")[:1].get()


def _cards(pages: dict[str, ProcedurePage]) -> None:
    skills = {skill.key: skill for skill in Skill.objects.all()}
    for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["cards"]:
        page = ProcedurePage.objects.get(pk=pages[row["slug"]].pk)
        step = next(block for block in page.steps if block.value["title"] == row["part"])
        RefresherCard.objects.create(
            question=row["question"],
            answer=row["answer"],
            procedure=page,
            part=f"steps:{step.id}",
            skill=skills[row["skill"]],
        )


def _answer(agent: User, *, day: dt.date, draw: random.Random) -> None:
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(9)))
    for number in range(2):
        session = session_of(agent, on=day)
        if session.card is None:
            return
        rate_refresher(
            agent,
            session.card.pk,
            showing=session.showing,
            rating=draw.choices((1, 2, 3, 4), weights=(1, 2, 6, 2))[0],
            seconds=draw.randint(6, 28),
            day=day,
            at=at + dt.timedelta(minutes=number),
        )


def _ratings(staff: Staff, *, today: dt.date) -> None:
    modules = ModulePage.objects.filter(
        pk__in=Completion.objects.filter(user__in=staff.agents).values("page")
    ).order_by("path")
    at = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=2), dt.time(15)))
    for place, module in enumerate(modules[:3]):
        for number, agent in enumerate(staff.agents[: 6 - 2 * place]):
            clarity, usefulness, text = WORDS[(number + place) % len(WORDS)]
            if Completion.objects.filter(user=agent, page=module).exists():
                rate_module(agent, module, clarity=clarity, usefulness=usefulness, text=text, at=at)
        if place == 0:
            early = ModuleRating.objects.filter(module=module).order_by("pk")[:3]
            ModuleRating.objects.filter(pk__in=[rating.pk for rating in early]).update(
                edition_at=at - dt.timedelta(days=70), rated_at=at - dt.timedelta(days=60)
            )


def _lesson(editor: User) -> LessonPage:
    module = ModulePage(
        title="How good help sounds",
        slug="how-good-help-sounds",
        summary="A call to hear, a chat to read, and a sheet to keep beside the screen.",
        minutes=8,
    )
    module.skills = [Skill.objects.get(key="empathy")]
    TrainingIndexPage.objects.get().add_child(instance=module)
    module.save_revision(user=editor).publish(user=editor)
    lesson = LessonPage(
        title="Listen, then look", slug="listen-then-look", minutes=8, body=_body(editor)
    )
    module.add_child(instance=lesson)
    lesson.save_revision(user=editor).publish(user=editor)
    return lesson


def _body(editor: User) -> list[tuple[str, object]]:
    at, cues = 0.5, []
    for who, text in CALL:
        cues.append(Cue(at, at + len(text.split()) / 2.8, who, text))
        at = cues[-1].end + 0.6
    call = _document("A call about a lamp", "lamp-call.wav", speech(cues), editor)
    rows = io.StringIO()
    csv.writer(rows).writerows(
        [
            ["when", "words that work"],
            ["before a hold", "May I put you on hold for two minutes?"],
            ["after it", "Thank you for waiting. Here is what I found."],
        ]
    )
    sheet = _document("Words that work", "words-that-work.csv", rows.getvalue().encode(), editor)
    names = {"agent": "Agent", "customer": "Customer"}
    return [
        ("text", "<p>How help sounds decides whether it arrives. Listen to the rhythm of this call: "
         "the agent never lets a silence stand, and never talks over the customer. The voices are "
         "hummed; the words stand in the transcript.</p>"),
        ("audio", {"title": "A call about a lamp", "file": call,
                   "transcript": "\n".join(f"{names[who]}: {text}" for who, text in CALL)}),
        ("text", "<h2>The same care in writing</h2><p>A chat has no tone of voice. The words have to "
         "do all of it. Read this one, and the notes on it.</p>"),
        ("sample", {
            "title": "A bowl in three pieces", "channel": "chat", "paste": "",
            "messages": [
                {"who": "customer", "time": "14:02", "highlights": [],
                 "text": "My bowl arrived in three pieces. It was for my sister's wedding on Saturday."},
                {"who": "agent", "time": "14:03",
                 "text": "Oh no, three pieces, and the wedding is on Saturday. I am sorry. Please send "
                 "us a ticket with photos. Would you like a new bowl by Friday, or your money back?",
                 "highlights": [
                     {"words": "the wedding is on Saturday", "kind": "good",
                      "note": "Says back what matters to the customer, so she need not say it twice."},
                     {"words": "Please send us a ticket", "kind": "bad",
                      "note": "She is in the chat already. Ask for the photos here."},
                     {"words": "a new bowl by Friday, or your money back", "kind": "good",
                      "note": "Two real choices, with a date."}]},
                {"who": "customer", "time": "14:04", "highlights": [],
                 "text": "By Friday would save me. Photos are coming."},
            ]}),
        ("callout", {"kind": "tip", "text": "Read your answer aloud once. If you would not say it, "
                     "do not send it."}),
        ("download", {"file": sheet, "note": "Keep it beside your screen"}),
    ]  # fmt: skip


def _document(title: str, name: str, content: bytes, editor: User) -> object:
    return get_document_model().objects.create(
        title=title, file=ContentFile(content, name=name), uploaded_by_user=editor
    )
