"""Questions go into the bank from a GIFT file, and out of it into one."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from content import gift
from content.gift import Problem, Read
from content.models import Question, QuestionOption
from content.question_rules import QuestionDraft
from people.models import User


@dataclass
class ImportReport:
    """What became of each question of a file. `notes` are (line, name, sentence)."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    kept: list[Problem] = field(default_factory=list)
    broken: list[Problem] = field(default_factory=list)
    unknown: list[Problem] = field(default_factory=list)
    notes: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        left_out = len(self.kept) + len(self.broken) + len(self.unknown)
        return self.added + self.replaced + self.unchanged + left_out


def import_gift(
    lines: Iterable[str], *, by: User | None, replace: bool = False, tags: Iterable[str] = ()
) -> ImportReport:
    """Put the questions of a GIFT file into the bank, each for itself, and say what became of each.

    The same file again changes nothing: a question is known by its [id:…], or by its words. One that is
    in the bank with other contents stays as it is unless `replace` says otherwise; attempts keep the
    questions as asked in any case. `tags` are added to every question of the file.
    """
    report = ImportReport()
    for entry in gift.read(lines):
        if isinstance(entry, Problem):
            (report.unknown if entry.is_unknown else report.broken).append(entry)
            continue
        draft = _with_tags(entry.question, tags)
        name = draft.title or draft.text[:80]
        if reason := _too_long(draft):
            report.broken.append(Problem(entry.line, name, reason))
            continue
        report.notes += [(entry.line, name, note) for note in entry.notes]
        _store(Read(entry.line, draft), name, report, by=by, replace=replace)
    return report


def export_gift(questions: QuerySet[Question]) -> Iterator[str]:
    """The questions as GIFT, a piece each; they are loaded a hundred at a time."""
    loaded = questions.prefetch_related("options", "tagged_questions__tag")
    return gift.write(draft_of(question) for question in loaded.iterator(chunk_size=100))


def draft_of(question: Question) -> QuestionDraft:
    tagged = question.tagged_questions.all()
    return QuestionDraft(
        text=question.text,
        kind=question.kind,
        options=question.drafts,
        title=question.title,
        key=question.key,
        marking=question.marking,
        explanation=question.explanation,
        tags=tuple(sorted(each.tag.name for each in tagged)),
    )


def _with_tags(draft: QuestionDraft, more: Iterable[str]) -> QuestionDraft:
    names = {tag.casefold(): tag for tag in (*draft.tags, *more) if tag.strip()}
    return QuestionDraft(
        text=draft.text,
        kind=draft.kind,
        options=draft.options,
        title=draft.title[:120],
        key=slugify(draft.key)[:80] or _key_of(draft),
        marking=draft.marking,
        explanation=draft.explanation,
        tags=tuple(sorted(names.values())),
    )


def _key_of(draft: QuestionDraft) -> str:
    """Of a question without an id: its title or first words, and a sum over kind and text."""
    words = slugify(draft.title or draft.text)[:60].strip("-") or "question"
    total = hashlib.sha256(f"{draft.kind}\n{draft.title}\n{draft.text}".encode()).hexdigest()
    return f"{words}-{total[:8]}"


def _too_long(draft: QuestionDraft) -> str | None:
    texts = [text for option in draft.options for text in (option.text, option.match)]
    if any(len(text) > 500 for text in texts):
        return _("An answer is longer than 500 characters.")
    if any(len(tag) > 100 for tag in draft.tags):
        return _("A tag is longer than 100 characters.")
    return None


def _store(entry: Read, name: str, report: ImportReport, *, by: User | None, replace: bool) -> None:
    draft = entry.question
    with transaction.atomic():
        known = Question.objects.filter(key=draft.key).first()
        if known is None:
            known = _write(Question(key=draft.key), draft)
            log(instance=known, action="wagtail.create", user=by)
            report.added += 1
        elif _is_same(draft_of(known), draft):
            report.unchanged += 1
        elif replace:
            _write(known, draft)
            log(instance=known, action="wagtail.edit", user=by)
            report.replaced += 1
        else:
            reason = _("The bank has a question with the key “%(key)s” and other contents.")
            report.kept.append(Problem(entry.line, name, reason % {"key": draft.key}))


def _is_same(known: QuestionDraft, sent: QuestionDraft) -> bool:
    def comparable(draft: QuestionDraft) -> tuple[object, ...]:
        tags = {tag.casefold() for tag in draft.tags}
        return (
            draft.text,
            draft.kind,
            draft.title,
            draft.marking,
            draft.explanation,
            tags,
            draft.options,
        )

    return comparable(known) == comparable(sent)


def _write(question: Question, draft: QuestionDraft) -> Question:
    for name in ("text", "kind", "title", "marking", "explanation"):
        setattr(question, name, getattr(draft, name))
    question.options = [
        QuestionOption(
            sort_order=order,
            text=option.text,
            is_correct=option.is_correct,
            weight=option.weight,
            tolerance=option.tolerance,
            match=option.match,
            feedback=option.feedback,
        )
        for order, option in enumerate(draft.options)
    ]
    question.tags.set(draft.tags)
    question.save()
    return question
