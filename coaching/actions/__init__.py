"""What changes in coaching.

Every action checks that the change is legal, raises `NotAllowed` with a sentence for the person when it
is not, and writes in one transaction.
"""

from coaching.actions.goals import close_goal, set_goal
from coaching.actions.items import (
    ItemTerms,
    add_item,
    change_item,
    drop_item,
    finish_item,
    reopen_item,
)
from coaching.actions.modules import assign_for, newest_miss, score_seen_by
from coaching.actions.recognition import Quoted, recognise, withdraw
from coaching.actions.refusals import NotAllowed, NotesMovedOn
from coaching.actions.rules import (
    RuleWords,
    apply_rules,
    apply_rules_to_all,
    switch_rule,
    take_back_firings,
    write_rule,
)
from coaching.actions.sessions import (
    Terms,
    add_agenda_item,
    call_off,
    change_agenda_item,
    comment_on_session,
    fill_agenda,
    mark_discussed,
    mark_held,
    mark_not_held,
    move_agenda_item,
    move_session,
    plan_session,
    remove_agenda_item,
    stamp_of,
    write_notes,
)

__all__ = [
    "ItemTerms",
    "NotAllowed",
    "NotesMovedOn",
    "Quoted",
    "RuleWords",
    "Terms",
    "add_agenda_item",
    "add_item",
    "apply_rules",
    "apply_rules_to_all",
    "assign_for",
    "call_off",
    "change_agenda_item",
    "change_item",
    "close_goal",
    "comment_on_session",
    "drop_item",
    "fill_agenda",
    "finish_item",
    "mark_discussed",
    "mark_held",
    "mark_not_held",
    "move_agenda_item",
    "move_session",
    "newest_miss",
    "plan_session",
    "recognise",
    "remove_agenda_item",
    "reopen_item",
    "score_seen_by",
    "set_goal",
    "stamp_of",
    "switch_rule",
    "take_back_firings",
    "withdraw",
    "write_notes",
    "write_rule",
]
