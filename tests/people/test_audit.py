from people.audit import record
from people.models import AuditEvent


def test_record_keeps_who_what_before_and_after(agent, administrator, today):
    record(
        "change_person",
        by=administrator,
        of=agent,
        before={"roles": []},
        after={"roles": ["Agents"], "since": today},
    )

    event = AuditEvent.objects.get()
    assert (event.actor, event.action) == (administrator, "change_person")
    assert (event.object_type, event.object_id) == ("people.user", str(agent.pk))
    assert event.before == {"roles": []}
    assert event.after == {"roles": ["Agents"], "since": today.isoformat()}
