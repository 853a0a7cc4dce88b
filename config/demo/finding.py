"""What people keep of the manual, what they say of it, and which questions test which page."""

import datetime as dt

from django.utils import timezone

from config.demo.people import Staff
from content.keeping import note_opened, session_hash, set_bookmark, vote
from content.models import ProcedurePage, Question
from people.models import User

# How readers answered, one letter each: y(es) or n(o).
ANSWERS = {
    "complaints-and-escalation": "nnnynnnyn",
    "late-delivery": "yyyyynyy",
    "opening-and-closing": "yyyyyy",
    "identity-check": "yynyyyy",
    "double-charge": "yyy",
    "live-chat": "yn",
}
WORDS = {
    ("complaints-and-escalation", 0): "When exactly do I hand it over? Step 3 says “soon”.",
    ("complaints-and-escalation", 2): "No amount for goodwill. Everybody asks the supervisor.",
    ("complaints-and-escalation", 6): "I did not find who to call after six in the evening.",
    ("late-delivery", 0): "The words to say are just right.",
    ("late-delivery", 5): "What if the tracking shows nothing at all?",
    ("identity-check", 2): "Please say what holds for people who ring for their parents.",
}
QUESTIONS = {"delivery-": "late-delivery", "returns-": "returns-and-refunds"}


def build(staff: Staff, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    pages = {page.slug: page for page in ProcedurePage.objects.filter(slug__in=pages)}
    day = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=8), dt.time(14)))
    readers = [staff.new_hire, *staff.agents]
    for slug, answers in ANSWERS.items():
        for number, (reader, answer) in enumerate(zip(readers, answers, strict=False)):
            vote(
                pages[slug],
                by=reader,
                session=session_hash(None),
                is_helpful=answer == "y",
                text=WORDS.get((slug, number), ""),
                at=day + dt.timedelta(hours=7 * number),
            )
    _link_questions(pages)
    people = [*readers, *staff.reviewers, *staff.managers, staff.editor, staff.administrator]
    for number, person in enumerate(people):
        _keep(person, list(pages.values()), number, at=day)


def _link_questions(pages: dict[str, ProcedurePage]) -> None:
    for start, slug in QUESTIONS.items():
        Question.objects.filter(key__startswith=start).update(manual_page=pages[slug])


def _keep(person: User, pages: list[ProcedurePage], number: int, *, at: dt.datetime) -> None:
    for place in range(3):
        page = pages[(number + 4 * place) % len(pages)]
        note_opened(page, by=person, at=at + dt.timedelta(days=place, minutes=11 * number))
        if place < 2:
            set_bookmark(page, by=person, on=True, at=at)
