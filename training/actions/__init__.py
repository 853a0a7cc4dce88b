"""What changes in training: modules are assigned, lessons finished, quizzes taken and handed in.

Every action checks that the change is legal, raises `NotAllowed` with a sentence for the person when it
is not, and writes in one transaction.
"""

from training.actions.acknowledgements import (
    AskingReport,
    EditionMovedOn,
    NothingToSign,
    ask_for_signatures,
    sign,
)
from training.actions.assignments import (
    AssignmentReport,
    ModuleOutcome,
    assign_module,
    assign_module_by_rule,
    assign_module_to_many,
    assign_path,
    assign_path_to_many,
    take_back_assignment,
)
from training.actions.attempts import (
    Answer,
    Clash,
    Saved,
    SentAnswer,
    answer_in,
    close_attempts_out_of_time,
    close_if_out_of_time,
    questions_of,
    save_answers,
    save_sent,
    start_attempt,
    submit_attempt,
)
from training.actions.certificates import revoke_certificate
from training.actions.completion import complete_lesson, finish_module_for_everybody
from training.actions.locks import locked_words, refuse_locked
from training.actions.lots import assign_by_lot
from training.actions.packages import (
    NotUnderstood,
    OpenElsewhere,
    can_begin_anew,
    keep_open,
    open_part,
    save_part,
    start_run,
)
from training.actions.paths import assign_paths_by_role
from training.actions.places import keep_place
from training.actions.ratings import NothingToRate, rate_module
from training.actions.refreshers import (
    CardGone,
    NotToBeUndone,
    RatedAlready,
    rate_refresher,
    undo_refresher,
)
from training.actions.refusals import (
    AlreadyDone,
    AlreadyHandedIn,
    Locked,
    NotAllowed,
    NotPublished,
    TimeIsUp,
)
from training.actions.rounds import begin_due_rounds, expire_completions
from training.actions.shadowing import choose_observer, sign_item
from training.actions.statements import send_again
from training.actions.workshops import (
    SessionTerms,
    arrange_session,
    cancel_session,
    change_session,
    enrol,
    keep_attendance,
    leave_session,
)

__all__ = [
    "ModuleOutcome",
    "AlreadyDone",
    "AlreadyHandedIn",
    "Answer",
    "AskingReport",
    "AssignmentReport",
    "CardGone",
    "Clash",
    "EditionMovedOn",
    "Locked",
    "NotAllowed",
    "NotPublished",
    "NotToBeUndone",
    "NotUnderstood",
    "NothingToRate",
    "NothingToSign",
    "OpenElsewhere",
    "RatedAlready",
    "Saved",
    "SentAnswer",
    "SessionTerms",
    "TimeIsUp",
    "answer_in",
    "arrange_session",
    "ask_for_signatures",
    "assign_module",
    "assign_module_by_rule",
    "assign_by_lot",
    "assign_module_to_many",
    "assign_path",
    "assign_path_to_many",
    "assign_paths_by_role",
    "begin_due_rounds",
    "can_begin_anew",
    "cancel_session",
    "change_session",
    "choose_observer",
    "close_attempts_out_of_time",
    "close_if_out_of_time",
    "complete_lesson",
    "enrol",
    "expire_completions",
    "finish_module_for_everybody",
    "keep_attendance",
    "keep_open",
    "keep_place",
    "leave_session",
    "locked_words",
    "open_part",
    "questions_of",
    "rate_module",
    "rate_refresher",
    "refuse_locked",
    "revoke_certificate",
    "save_answers",
    "save_part",
    "save_sent",
    "send_again",
    "sign",
    "sign_item",
    "start_attempt",
    "start_run",
    "submit_attempt",
    "take_back_assignment",
    "undo_refresher",
]
