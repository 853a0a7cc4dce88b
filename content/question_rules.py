"""What makes a question whole: its parts as they are written down, and the rules each kind has.

A form and an import check questions by these before anything is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

# Percent that three written thirds may lack of a whole.
ROUNDING = Decimal("0.1")
CATCH_ALL = "*"


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option, accepted answer, pair or item; `weight` in percent, None for what `is_correct` says."""

    text: str
    is_correct: bool = False
    feedback: str = ""
    weight: Decimal | None = None
    tolerance: Decimal | None = None
    match: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question outside the database. `kind` and `marking` are values of `Question`'s choices."""

    text: str
    kind: str
    options: tuple[OptionDraft, ...]
    title: str = ""
    key: str = ""
    marking: str = "exact"
    explanation: str = ""
    tags: tuple[str, ...] = field(default=())


def problem_of(kind: str, marking: str, options: Sequence[OptionDraft]) -> str | None:
    """What keeps a question of this kind from being asked, in a sentence; `None` if nothing does."""
    rules = {
        "single": (_options, _one_right, _weights_of_one),
        "true_false": (_options, _one_right, _two_options),
        "multiple": (_options, _any_right, _weights_of_several),
        "short_answer": (_accepted,),
        "numeric": (_accepted, _numbers),
        "matching": (_pairs,),
        "ordering": (_items,),
    }[kind]
    found = (rule(options, marking) for rule in (_marking_suits(kind), *rules))
    return next((problem for problem in found if problem), None)


def warning_of(kind: str, marking: str, options: Sequence[OptionDraft]) -> str | None:
    """What an author should think about once more, though it can be asked; `None` if nothing."""
    has_wrong = any(not option.is_correct for option in options)
    costs_nothing = all((option.weight or 0) >= 0 for option in options)
    if kind == "multiple" and marking == "weights" and has_wrong and costs_nothing:
        return _(
            "Whoever ticks everything gets full marks, because no wrong option has a negative weight. "
            "Give the wrong options negative weights, or mark “right minus wrong”."
        )
    return None


def _marking_suits(kind: str) -> Callable[[Sequence[OptionDraft], str], str | None]:
    allowed = {
        "multiple": {"exact", "right_minus_wrong", "weights"},
        "matching": {"exact", "share"},
        "ordering": {"exact", "share"},
    }.get(kind, {"exact"})
    message = _("This way of marking does not suit the kind of question. Choose “All or nothing”.")
    return lambda _options, marking: None if marking in allowed else message


def _options(options: Sequence[OptionDraft], marking: str) -> str | None:
    if len(options) < 2:
        return _("A question needs at least two options.")
    if any(not option.text.strip() for option in options):
        return _("Every option needs a text.")
    texts = [" ".join(option.text.split()) for option in options]
    if len(set(texts)) < len(texts):
        return _("Two options say the same.")
    return None


def _one_right(options: Sequence[OptionDraft], marking: str) -> str | None:
    if problem := _any_right(options, marking):
        return problem
    if sum(option.is_correct for option in options) > 1:
        return _("Only one option can be correct here; choose “Several answers” for more.")
    return None


def _any_right(options: Sequence[OptionDraft], marking: str) -> str | None:
    if any(option.is_correct for option in options):
        return None
    return _("Mark at least one option as correct.")


def _two_options(options: Sequence[OptionDraft], marking: str) -> str | None:
    if len(options) == 2:
        return None
    return _("A true-or-false question has exactly two options.")


def _weights_of_one(options: Sequence[OptionDraft], marking: str) -> str | None:
    for option in options:
        if option.weight is None:
            continue
        if option.is_correct and option.weight != 100:
            return _("The correct option is worth 100 %. Leave its weight empty.")
        if not option.is_correct and not -100 <= option.weight < 100:
            return _("The weight of a wrong option lies between -100 % and less than 100 %.")
    return None


def _weights_of_several(options: Sequence[OptionDraft], marking: str) -> str | None:
    given = [option.weight for option in options if option.weight is not None]
    if marking != "weights" or not given:
        return None
    if any(not -100 <= weight <= 100 for weight in given):
        return _("A weight lies between -100 % and 100 %.")
    for option in options:
        is_worth = option.is_correct if option.weight is None else option.weight > 0
        if is_worth != option.is_correct:
            return _(
                "“%(option)s”: correct options have a weight above 0 %%, the others 0 %% or less."
            ) % {"option": option.text}
    right = [option for option in options if option.is_correct]
    if all(option.weight is None for option in right):
        return None
    if any(option.weight is None for option in right):
        return _("Give every correct option a weight, or none of them.")
    total = sum((option.weight or Decimal(0) for option in right), Decimal(0))
    if abs(total - 100) > ROUNDING:
        return _("The weights of the correct options add up to %(total)s %%, not to 100 %%.") % {
            "total": total.normalize().to_eng_string()
        }
    return None


def _accepted(options: Sequence[OptionDraft], marking: str) -> str | None:
    if not options:
        return _("List at least one accepted answer.")
    if any(not option.text.strip() for option in options):
        return _("Every accepted answer needs a text.")
    for option in options:
        if option.weight is not None and not -100 <= option.weight <= 100:
            return _("A weight lies between -100 % and 100 %.")
    if not any(_is_full(option) for option in options):
        return _("No answer gets full marks. Mark at least one as correct.")
    return None


def _is_full(option: OptionDraft) -> bool:
    return option.is_correct if option.weight is None else option.weight == 100


def _numbers(options: Sequence[OptionDraft], marking: str) -> str | None:
    for option in options:
        if option.text.strip() != CATCH_ALL and decimal_of(option.text) is None:
            return _("“%(text)s” is not a number. Write it with a point, as in 12.5.") % {
                "text": option.text
            }
        if option.tolerance is not None and option.tolerance < 0:
            return _("A tolerance is not negative.")
    return None


def _pairs(options: Sequence[OptionDraft], marking: str) -> str | None:
    if any(not option.match.strip() for option in options):
        return _("Every pair needs what it is matched with.")
    prompts = [" ".join(option.text.split()) for option in options if option.text.strip()]
    if len(prompts) < 2:
        return _("A matching question needs at least two pairs.")
    if len(set(prompts)) < len(prompts):
        return _("Two pairs begin with the same text.")
    if len({option.match.strip() for option in options}) < 2:
        return _("All pairs are matched with the same text, so there is nothing to choose.")
    return None


def _items(options: Sequence[OptionDraft], marking: str) -> str | None:
    texts = [" ".join(option.text.split()) for option in options]
    if len(texts) < 2:
        return _("Something to be put in order has at least two items.")
    if "" in texts:
        return _("Every item needs a text.")
    if len(set(texts)) < len(texts):
        return _("Two items say the same, so their order cannot be told.")
    return None


def decimal_of(text: str) -> Decimal | None:
    """The finite number `text` is in plain notation, or `None`."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= 300 else None
