"""Whatever changes somebody's record, or decides what gets onto it, is in the audit log."""

import datetime as dt

from people.models import AuditEvent
from scorecards.actions import (
    Grade,
    acknowledge_scorecard,
    assign_for_review,
    cancel_regrade,
    claim_pick,
    decide_dispute,
    file_dispute,
    hold_feedback,
    override_scorecard,
    record_grades,
    release_pick,
    release_scorecards,
    reply_to_scorecard,
    request_regrade,
    skip_pick,
    start_review,
    stop_holding_feedback,
    submit_scorecard,
    take_dispute,
    undo_submission,
    withdraw_dispute,
)
from tests.factories.interactions import InteractionFactory

NOW = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)

# Which of the values before and after tells the change.
NAMES = {
    "assign_for_review": "interactions",
    "release_pick": "reviewer",
    "claim_pick": "reviewer",
    "submit_scorecard": "state",
    "undo_submission": "state",
    "hold_feedback": "is_held",
    "stop_holding_feedback": "is_held",
    "release_scorecard": "is_held",
    "acknowledge_scorecard": "acknowledged_at",
    "reply_to_scorecard": "scorecard",
    "file_dispute": "scorecard",
    "withdraw_dispute": "state",
    "take_dispute": "decider",
    "request_regrade": "reviewer",
    "cancel_regrade": "reviewer",
    "decide_dispute": "percent",
    "override_scorecard": "percent",
    "skip_pick": "state",
}


def test_the_audit_log_tells_the_whole_story(
    version, best, criteria, agent, reviewer, second_reviewer, manager, administrator
):
    """A grade's life, step by step; each step says who, what before and what after."""
    tone = criteria["tone"]
    low, middle, high = (level.pk for level in tone.levels.all())

    def propose(level):
        return {tone: Grade(level=level, comment="I was polite.")}

    conversation, other = InteractionFactory(agent=agent), InteractionFactory(agent=agent)
    work = {"rubric": version.rubric, "by": administrator}
    [pick] = assign_for_review([conversation], reviewers=[second_reviewer], **work)
    release_pick(pick, by=second_reviewer)
    claim_pick(pick, by=reviewer)
    card = start_review(pick, by=reviewer)
    record_grades(card, best(tone=0), by=reviewer)
    card = submit_scorecard(card, by=reviewer)
    undo_submission(card, by=reviewer)
    hold_feedback(agent, by=manager)
    card = submit_scorecard(card, by=reviewer)
    stop_holding_feedback(agent, by=manager)
    [card] = release_scorecards([card], by=manager)
    acknowledge_scorecard(card, by=agent, at=NOW)
    reply_to_scorecard(card, "Why?", by=agent)
    withdraw_dispute(file_dispute(card, propose(high), by=agent), by=agent)
    dispute = file_dispute(card, propose(high), by=agent)
    request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    cancel_regrade(dispute, by=administrator)
    take_dispute(dispute, by=second_reviewer)
    dispute = decide_dispute(dispute, {tone.pk: middle}, explanation="Half.", by=second_reviewer)
    override_scorecard(
        dispute.result, {tone: Grade(level=low)}, reason="A mistake.", by=administrator
    )
    [aside] = assign_for_review([other], reviewers=[reviewer], **work)
    skip_pick(aside, by=reviewer, reason="Empty.")

    told = [
        (event.action, event.actor, (event.before or {}).get(name), (event.after or {}).get(name))
        for event in AuditEvent.objects.order_by("pk")
        for name in [NAMES.get(event.action)]
    ]
    assert told == [
        ("assign_for_review", administrator, None, 1),
        ("release_pick", second_reviewer, second_reviewer.pk, None),
        ("claim_pick", reviewer, None, reviewer.pk),
        ("submit_scorecard", reviewer, "draft", "submitted"),
        ("undo_submission", reviewer, "submitted", "draft"),
        ("hold_feedback", manager, False, True),
        ("submit_scorecard", reviewer, "draft", "submitted"),
        ("stop_holding_feedback", manager, True, False),
        ("release_scorecard", manager, True, False),
        ("acknowledge_scorecard", agent, None, "2026-10-05T09:00:00Z"),
        ("reply_to_scorecard", agent, None, card.pk),
        ("file_dispute", agent, None, card.pk),
        ("withdraw_dispute", agent, "open", "withdrawn"),
        ("file_dispute", agent, None, card.pk),
        ("request_regrade", administrator, None, second_reviewer.pk),
        ("cancel_regrade", administrator, second_reviewer.pk, None),
        ("take_dispute", second_reviewer, None, second_reviewer.pk),
        ("decide_dispute", second_reviewer, "75", "88"),
        ("override_scorecard", administrator, "88", "75"),
        ("assign_for_review", administrator, None, 1),
        ("skip_pick", reviewer, "open", "skipped"),
    ]
