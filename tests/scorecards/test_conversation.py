"""Late answers, and the conversation beside a rubric."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse

from content.models import ProcedureChannel
from interactions.actions import attach_recording
from interactions.models import Message, Transcript
from people.channels import Channel
from people.models import Membership, User
from people.roles import Role
from scorecards.actions import add_evidence, start_scorecard
from scorecards.conversation import Standard, gaps, service_standard
from scorecards.models import Criterion, RubricVersion, Scorecard
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory
from tests.factories.scorecards import (
    CriterionFactory,
    ReviewAssignmentFactory,
    RubricFactory,
    RubricVersionFactory,
    ScorecardFactory,
    SectionFactory,
)
from tests.interactions.sounds import wav


def turns(*said: tuple[str, float | None]) -> list[Message]:
    return [Message(f"m{i}", who, "words", offset) for i, (who, offset) in enumerate(said)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("customer", 0), ("agent", 60)], {}),
        ([("customer", 0), ("agent", 61)], {"m1": 61}),
        ([("customer", 0), ("customer", 50), ("agent", 70)], {"m2": 70}),
        ([("customer", 0), ("system", 10), ("agent", 70)], {"m2": 70}),
        ([("customer", 0), ("agent", 5), ("agent", 500)], {}),
        ([("agent", 0), ("agent", 500), ("customer", 900)], {}),
        (
            [("customer", 0), ("agent", 99), ("customer", 100), ("agent", 200)],
            {"m1": 99, "m3": 100},
        ),
        ([("customer", None), ("agent", 500)], {}),
        ([("customer", 0), ("agent", None), ("agent", 70)], {"m2": 70}),
        ([], {}),
    ],
)
def test_gaps(said, expected):
    assert gaps(turns(*said), 60) == expected


@pytest.fixture
def standards(db) -> RubricVersion:
    """A version that rests on two procedures: both have a standard for chat, one for e-mail."""
    version = RubricVersion.objects.create(rubric=RubricFactory(key="standards"), number=1)
    section = SectionFactory(version=version)

    def procedure(title: str, **minutes: int) -> None:
        page = ProcedurePageFactory(title=title)
        for channel, limit in minutes.items():
            ProcedureChannel.objects.create(
                page=page, channel=channel, first_response_minutes=limit
            )
        CriterionFactory(section=section, procedure=page)

    procedure("Late delivery", chat=5, email=1440)
    procedure("Live chat", chat=2, phone=1)
    version.state = RubricVersion.State.PUBLISHED
    version.save()
    return version


def test_service_standard_is_the_strictest_of_the_channel(standards):
    assert service_standard(standards, Channel.CHAT) == Standard(2, "Live chat")
    assert service_standard(standards, Channel.EMAIL) == Standard(1440, "Late delivery")
    assert service_standard(standards, Channel.SOCIAL) is None
    assert service_standard(standards, Channel.PHONE) is None, "nobody counts silence on the phone"


def test_the_grading_screen_marks_late_answers(as_user, assignment, standards, reviewer):
    Transcript.objects.update(
        messages=[
            {"id": "a", "speaker": "customer", "text": "Hello?", "offset": 0},
            {"id": "b", "speaker": "agent", "text": "Yes.", "offset": 200},
        ]
    )
    draft = start_scorecard(assignment, by=reviewer, version=standards)
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk]))

    assert "3 min 20 s without an answer; the standard is 2 minutes" in " ".join(page.text.split())


def test_who_writes_a_key_sees_late_answers_and_hears_the_call(
    as_user, assignment, standards, administrator
):
    interaction = assignment.interaction
    Transcript.objects.update(
        messages=[
            {"id": "a", "speaker": "customer", "text": "Hello?", "offset": 0},
            {"id": "b", "speaker": "agent", "text": "Yes.", "offset": 200},
        ]
    )
    client = as_user(administrator)
    address = reverse("scorecards:expert_key", args=[standards.pk, interaction.pk])
    heard = reverse("interactions:interaction_recording", args=[interaction.pk])

    page = client.get(address)
    assert "3 min 20 s without an answer" in " ".join(page.text.split())
    assert heard not in page.text

    attach_recording(interaction, ContentFile(wav([0, 9]), name="a.wav"), by=None)
    assert f'src="{heard}"' in client.get(address).text
    assert client.get(heard, follow=True).status_code == 200


def test_who_writes_a_key_finds_a_conversation_without_a_transcript_empty(
    as_user, assignment, version, administrator
):
    Transcript.objects.all().delete()
    address = reverse("scorecards:expert_key", args=[version.pk, assignment.interaction_id])

    page = as_user(administrator).get(address)

    assert page.status_code == 200
    assert "Nothing was recorded of this conversation." in page.text


# --- recordings ------------------------------------------------------------------------------------
@pytest.fixture
def recorded(draft):
    attach_recording(draft.interaction, ContentFile(wav([0, 9]), name="a.wav"), by=None)
    return draft


def recording_url(scorecard) -> str:
    return reverse("scorecards:scorecard_recording", args=[scorecard.pk])


def test_the_reviewer_hears_it_through_the_scorecard(as_user, recorded, reviewer):
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[recorded.pk]))
    assert recording_url(recorded) in page.text

    asked = {"range": "bytes=0-3"}
    response = as_user(reviewer).get(recording_url(recorded), headers=asked, follow=True)
    assert (response.status_code, b"".join(response.streaming_content)) == (206, b"RIFF")


@pytest.mark.parametrize("who", ["agent", "second_reviewer", "manager", "administrator"])
def test_a_draft_lets_nobody_else_hear_it(as_user, recorded, request, who):
    assert as_user(request.getfixturevalue(who)).get(recording_url(recorded)).status_code == 404


def test_without_a_recording_there_is_no_player(as_user, draft, reviewer):
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk]))

    assert "data-player" not in page.text
    assert as_user(reviewer).get(recording_url(draft)).status_code == 404


# --- long conversations ----------------------------------------------------------------------------
LONG = [
    {
        "id": f"m{i}",
        "speaker": ("customer", "agent")[i % 2],
        "text": f"Ada 😀👩‍👩‍👧 message {i}",
        "offset": i,
    }
    for i in range(2000)
]


def test_two_thousand_messages_take_the_same_queries(as_user, draft, reviewer, count_queries):
    client = as_user(reviewer)
    address = reverse("scorecards:grade", args=[draft.pk])
    client.get(address)
    before = count_queries(lambda: client.get(address))
    Transcript.objects.update(messages=LONG)

    assert count_queries(lambda: client.get(address)) == before
    assert client.get(address).text.count("data-message-text") == 2000


def test_evidence_far_down_counts_characters_not_units(as_user, draft, criteria, reviewer):
    Transcript.objects.update(messages=LONG)
    draft.refresh_from_db()
    response = as_user(reviewer).post(
        reverse("scorecards:evidence_add", args=[draft.pk, criteria["tone"].pk]),
        {"quote": "message 1999"},
        HTTP_HX_REQUEST="true",
    )

    start = LONG[1999]["text"].index("message")
    assert f'data-start="{start}" data-end="{start + 12}"' in response.text


def test_several_quotations_stay_when_the_words_are_taken_out(as_user, draft, criteria, reviewer):
    for message, start, end in (("m2", 0, 3), ("m2", 4, 10), ("m4", 0, 9)):
        add_evidence(draft, criteria["tone"], message_id=message, start=start, end=end, by=reviewer)
    transcript = Transcript.objects.get()
    transcript.messages[1]["text"] = "Let █████ █"
    transcript.save()

    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk])).text
    assert page.count("data-evidence ") == 3
    assert page.count("data-is-removed") == 1
    assert page.count("no longer in the conversation") == 1

    Transcript.objects.all().delete()
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk])).text
    assert page.count("data-is-removed") == 3
    assert "me loo" in page, "the words are kept with the evidence"


# --- blind, as the rubric version says -------------------------------------------------------------
@pytest.fixture
def screen(as_user, agent, reviewer):
    """`screen(hides_agent=False)` is the draft and its page by a version with such settings."""

    def screen(**settings: bool) -> tuple[Scorecard, str]:
        version = RubricVersionFactory(rubric=RubricFactory(key="-".join(settings)), **settings)
        assignment = ReviewAssignmentFactory(
            reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
        )
        ScorecardFactory(submitted=True, agent=agent, percent=61)
        ScorecardFactory(
            submitted=True,
            percent=62,
            agent=agent,
            assignment=ReviewAssignmentFactory(interaction=assignment.interaction),
        )
        draft = start_scorecard(assignment, by=reviewer)
        page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk]))
        return draft, page.text

    return screen


def test_a_version_may_show_the_agent(screen, agent):
    draft, page = screen(hides_agent=False)

    assert str(agent) in page
    assert "Agent hidden until you submit" not in page
    assert draft.was_visible == ["agent"]


def test_a_version_may_show_earlier_grades_but_never_of_the_same_conversation(screen, agent):
    draft, page = screen(hides_scores=False)

    assert "61 %" in page
    assert "62 %" not in page
    assert str(agent) not in page
    assert draft.was_visible == ["scores"]


def test_a_version_hides_all_unless_it_says_otherwise(screen, agent):
    draft, page = screen(hides_agent=True)

    assert "61 %" not in page
    assert str(agent) not in page
    assert draft.was_visible == []


def test_a_scorecard_keeps_that_there_was_a_recording(assignment, reviewer):
    attach_recording(assignment.interaction, ContentFile(wav([0, 9]), name="a.wav"), by=None)

    assert start_scorecard(assignment, by=reviewer).was_visible == ["recording"]


@pytest.mark.parametrize(
    ("who", "is_told"), [("reviewer", True), ("administrator", True), ("agent", False)]
)
def test_how_a_grade_came_about_is_for_reviewers_and_administrators(
    as_user, submitted, request, who, is_told
):
    type(submitted).objects.update(active_seconds=125, was_visible=["agent", "recording"])
    page = as_user(request.getfixturevalue(who)).get(submitted.get_absolute_url()).text

    assert ("2 min 5 s of work" in page) is is_told
    assert (
        "visible while grading: the agent, the recording (names can be heard)" in page
    ) is is_told


def test_time_that_was_not_recorded_is_not_spoken_of(as_user, submitted, reviewer):
    page = as_user(reviewer).get(submitted.get_absolute_url()).text

    assert "graded blind" in page
    assert "of work" not in page
    assert "time spent" not in page


def test_a_mailed_letter_is_gradable(as_user, version, reviewer, agent):
    letter = InteractionFactory(agent=agent, channel="email", subject="Late sofa")
    Transcript.objects.filter(pk=letter.pk).update(
        messages=[{"id": "m1", "speaker": "customer", "text": "Hi\n> quoted\nbye", "offset": 0}]
    )
    assignment = ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=letter
    )
    draft = start_scorecard(assignment, by=reviewer)
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk])).text

    assert '<details class="quoted">' in page
    criterion = Criterion.objects.first()
    draft = Scorecard.objects.get()
    evidence = add_evidence(draft, criterion, message_id="m1", start=5, end=11, by=reviewer)
    assert evidence.quote == "quoted"


def test_who_may_find_the_agent_elsewhere_did_not_grade_blind(assignment, reviewer, team):
    reviewer.groups.add(Group.objects.get(name=Role.MANAGER.value))
    MembershipFactory(user=reviewer, team=team, kind=Membership.Kind.MANAGER)
    reviewer = User.objects.get(pk=reviewer.pk)

    assert start_scorecard(assignment, by=reviewer).was_visible == ["agent"]


def test_a_manager_of_other_people_grades_blind(assignment, reviewer, other_team):
    reviewer.groups.add(Group.objects.get(name=Role.MANAGER.value))
    MembershipFactory(user=reviewer, team=other_team, kind=Membership.Kind.MANAGER)
    reviewer = User.objects.get(pk=reviewer.pk)

    assert start_scorecard(assignment, by=reviewer).was_visible == []
