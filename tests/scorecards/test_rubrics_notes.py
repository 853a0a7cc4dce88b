"""Wordings proposed in calibration, on their way into the rubric's next version."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import AuditEvent
from scorecards.actions import NotAllowed, new_draft, remove_criterion, settle_note
from scorecards.models import CalibrationSession, Criterion, RubricNote
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def session(version, administrator, reviewer) -> CalibrationSession:
    """A closed session in which Rita took part."""
    at = timezone.now()
    session = CalibrationSession.objects.create(
        title="May round",
        version=version,
        organiser=administrator,
        opened_at=at - dt.timedelta(days=2),
        closed_at=at,
    )
    session.participants.add(reviewer)
    session.items.create(interaction=InteractionFactory())
    return session


@pytest.fixture
def note(session, reviewer) -> RubricNote:
    return RubricNote.objects.create(
        rubric=session.version.rubric,
        criterion_key="tone",
        text="Say please, or the like.",
        session=session,
        written_by=reviewer,
    )


@pytest.fixture
def draft_version(version, editor):
    return new_draft(version, by=editor)


def url(name, *args):
    return reverse(f"scorecards:{name}", args=args)


def criterion_of(version, key="tone"):
    return Criterion.objects.get(section__version=version, key=key)


def report_link(session):
    tone = criterion_of(session.version)
    return f"{url('calibration_report', session.pk)}#criterion-{tone.pk}"


def test_a_proposal_stands_in_the_builder_at_its_criterion(
    as_user, draft_version, note, editor, administrator
):
    tone = criterion_of(draft_version)
    for address in (
        url("rubric_edit", draft_version.pk),
        url("rubric_criterion", tone.pk),
        url("rubric_detail", draft_version.rubric_id),
    ):
        page = as_user(editor).get(address).text
        assert note.text in page
        assert note.session.title in page
        assert report_link(note.session) not in page, "an editor may not read that report"
        assert report_link(note.session) in as_user(administrator).get(address).text
    greeting = criterion_of(draft_version, "greeting")
    assert note.text not in as_user(editor).get(url("rubric_criterion", greeting.pk)).text


def test_a_proposal_about_a_criterion_that_is_gone_is_not_lost(
    as_user, draft_version, note, editor
):
    remove_criterion(criterion_of(draft_version), by=editor)

    page = as_user(editor).get(url("rubric_edit", draft_version.pk))

    assert page.context["stray_notes"] == [note]
    assert note.text in page.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_note_settle_takes_a_proposal_out_of_the_builder(
    as_user, draft_version, note, editor, headers
):
    client = as_user(editor)

    response = client.post(url("note_settle", note.pk), **headers)

    note.refresh_from_db()
    assert note.settled_by == editor
    if headers:
        assert "Dealt with" in response.text
        assert url("note_settle", note.pk) not in response.text
    else:
        assert response.url == url("rubric_detail", draft_version.rubric_id)
    assert note.text not in client.get(url("rubric_edit", draft_version.pk)).text


def test_settle_note_twice_keeps_who_was_first(note, editor, administrator):
    settle_note(note, by=editor)
    settle_note(note, by=administrator)

    note.refresh_from_db()
    assert note.settled_by == editor
    assert AuditEvent.objects.get(action="settle_note").actor == editor


def test_note_settle_is_for_who_writes_rubrics(as_user, note, reviewer, agent):
    with pytest.raises(NotAllowed):
        settle_note(note, by=reviewer)
    assert as_user(reviewer).post(url("note_settle", note.pk)).status_code == 403
    assert as_user(agent).post(url("note_settle", note.pk)).status_code == 404
    assert as_user(reviewer).get(url("note_settle", note.pk)).status_code == 405
    note.refresh_from_db()
    assert note.settled_at is None


def test_the_report_leads_into_the_next_version_at_the_criterion(
    as_user, session, note, administrator, reviewer
):
    tone = criterion_of(session.version)
    address = url("calibration_report", session.pk)
    draft_address = url("rubric_draft", session.version.rubric_id)
    assert draft_address in as_user(administrator).get(address).text
    assert draft_address not in as_user(reviewer).get(address).text

    response = as_user(administrator).post(draft_address, {"criterion": tone.key})

    draft = session.version.rubric.versions.get(number=2)
    assert response.url == url("rubric_criterion", criterion_of(draft).pk)
    assert as_user(reviewer).post(draft_address, {"criterion": "tone"}).status_code == 403


def test_rubric_draft_says_that_a_criterion_is_gone(as_user, draft_version, editor):
    remove_criterion(criterion_of(draft_version), by=editor)

    page = as_user(editor).post(
        url("rubric_draft", draft_version.rubric_id), {"criterion": "tone"}, follow=True
    )

    assert page.redirect_chain[-1][0] == url("rubric_edit", draft_version.pk)
    assert "not in the draft any more" in page.text


def test_the_report_says_what_was_dealt_with(as_user, session, note, editor, reviewer):
    settle_note(note, by=editor)

    assert "dealt with on" in as_user(reviewer).get(url("calibration_report", session.pk)).text


def test_proposals_take_constant_queries(
    as_user, draft_version, note, administrator, count_queries
):
    client = as_user(administrator)
    addresses = [
        url("rubric_edit", draft_version.pk),
        url("rubric_criterion", criterion_of(draft_version).pk),
        url("rubric_detail", draft_version.rubric_id),
    ]
    one = [count_queries(lambda at=at: client.get(at)) for at in addresses]
    for key in ("tone", "greeting"):
        RubricNote.objects.create(
            rubric=note.rubric,
            criterion_key=key,
            text="More.",
            session=note.session,
            written_by=UserFactory(),
        )

    assert [count_queries(lambda at=at: client.get(at)) for at in addresses] == one
