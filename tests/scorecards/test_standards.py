"""Which service standard holds, whether it was kept, and that the results follow what they rest on."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from content.models import ProcedureChannel, ProcedurePage
from interactions.models import Interaction, Transcript
from measurement.business_hours import Opening
from people.channels import Channel
from people.hours import add_holiday, set_hours
from people.models import Membership
from scorecards import tasks
from scorecards.actions import standards
from scorecards.actions.standards import ask_for_service_results, measure_service_results
from scorecards.models import ServiceMeasurement, ServiceResult
from scorecards.standards import Standard, published
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:interaction_list")
# A Monday.
MONDAY = dt.datetime(2026, 9, 14, 10, 0, tzinfo=dt.UTC)
HOUR = 3600
NINE_TO_FIVE = [Opening(day, dt.time(9), dt.time(17)) for day in range(5)]


def procedure(title: str, **standards: tuple[int | None, int | None]) -> ProcedurePage:
    page = ProcedurePageFactory(title=title)
    for channel, (first, resolution) in standards.items():
        ProcedureChannel.objects.create(
            page=page,
            channel=channel,
            first_response_minutes=first,
            resolution_minutes=resolution,
        )
    return page


@pytest.fixture
def late(db) -> ProcedurePage:
    return procedure("Late delivery", email=(1440, 2880), phone=(1, None))


def contact(agent=None, **more) -> Interaction:
    given = {
        "started_at": MONDAY,
        "ended_at": None,
        "channel": Channel.EMAIL,
        "flow": "late_delivery",
        "transcript": None,
        "first_asked_seconds": 0,
    }
    return InteractionFactory(agent=agent, **given | more)


def result(interaction: Interaction) -> ServiceResult:
    measure_service_results()
    return ServiceResult.objects.get(pk=interaction.pk)


# --- which standard ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("flow", "subflow", "expected"),
    [
        ("late_delivery", "", (1440, 2880)),
        ("Late  Delivery", "", (1440, 2880)),
        ("late-delivery", "", (1440, 2880)),
        ("shipping", "late delivery", (1440, 2880)),
        # The more precise name decides, also where it gives less.
        ("late delivery", "refund", (60, None)),
        # Named, and it gives nothing for this channel.
        ("social", "", (None, None)),
        # Nothing is named: what they agree on, which they do not.
        ("shipping", "", (None, None)),
        ("", "", (None, None)),
    ],
)
def test_the_procedure_that_a_contact_names_gives_the_standard(late, flow, subflow, expected):
    procedure("Refund", email=(60, None))
    procedure("Social", social=(120, None))
    first, resolution = expected
    found = published().standard(Channel.EMAIL, flow, subflow)
    # Only one procedure gives a resolution: all that give one agree.
    if flow in ("shipping", "") and not subflow:
        assert found == Standard(None, None, 2880)
        return
    assert (found.first_response, found.resolution) == (first, resolution)
    assert found.procedure is not None


def test_without_a_name_holds_what_all_procedures_of_the_channel_agree_on(late):
    procedure("Refund", email=(1440, 60), chat=(1, None))
    book = published()
    assert book.standard(Channel.EMAIL, "other", "") == Standard(None, 1440, None)
    assert book.standard(Channel.CHAT, "other", "") == Standard(None, 1, None)
    assert book.standard(Channel.SOCIAL, "other", "") == Standard()


def test_a_topic_names_the_procedure_as_its_title_does(late):
    ProcedurePage.objects.filter(pk=late.pk).update(topics="where_is_my_order\n\nParcel lost\r\n")
    book = published()
    for flow in ("where is my order", "parcel-lost", "Late delivery"):
        assert book.standard(Channel.EMAIL, flow, "").procedure == late.pk, flow
    ProcedurePage.objects.filter(pk=procedure("Lost").pk).update(topics="parcel lost")
    assert published().standard(Channel.EMAIL, "parcel lost", "").procedure is None


def test_only_published_procedures_count_and_a_name_of_two_is_of_none(late):
    draft = procedure("Draft", email=(5, 5))
    ProcedurePage.objects.filter(pk=draft.pk).update(live=False)
    twin = procedure("Twin", email=(1440, 99))
    ProcedurePage.objects.filter(pk=twin.pk).update(title="Late delivery")
    book = published()
    assert book.standard(Channel.EMAIL, "draft", "").procedure is None
    assert book.standard(Channel.EMAIL, "late delivery", "") == Standard(None, 1440, None)


# --- kept or not ---------------------------------------------------------------------------------
def test_a_first_response_is_met_up_to_the_last_second(late):
    inside = contact(first_response_seconds=24 * HOUR)
    outside = contact(first_response_seconds=24 * HOUR + 1)
    measure_service_results()
    found = ServiceResult.objects.in_bulk()
    assert found[inside.pk].first_response_met is True
    assert found[inside.pk].first_response_minutes == 1440
    assert found[inside.pk].procedure_id == late.pk
    assert found[outside.pk].first_response_met is False
    assert found[outside.pk].first_response_seconds == 24 * HOUR + 1


def test_time_counts_while_the_team_of_that_day_is_there(late, agent, team, administrator):
    set_hours(team, time_zone="Europe/Berlin", openings=NINE_TO_FIVE, by=administrator)
    # Friday 16:30 in Berlin; answered on Monday at 9:30.
    friday = dt.datetime(2026, 9, 18, 14, 0, tzinfo=dt.UTC)
    row = contact(
        agent,
        started_at=friday,
        first_asked_seconds=1800,
        first_response_seconds=int(65 * HOUR),
    )
    assert result(row).first_response_seconds == HOUR
    assert ServiceResult.objects.get(pk=row.pk).first_response_met is True
    # Another team the same day: of two, the one joined last.
    night = TeamFactory(name="Night")
    MembershipFactory(user=agent, team=night, starts_on=dt.date(2026, 9, 1))
    assert result(row).first_response_seconds == 65 * HOUR
    assert ServiceResult.objects.get(pk=row.pk).first_response_met is False
    # Who is in no team that day is there day and night.
    Membership.objects.filter(user=agent).update(ends_on=dt.date(2026, 9, 17))
    assert result(row).first_response_seconds == 65 * HOUR


def test_a_holiday_does_not_count(late, agent, team, administrator):
    set_hours(team, time_zone="UTC", openings=NINE_TO_FIVE, by=administrator)
    row = contact(agent, first_response_seconds=24 * HOUR)
    assert result(row).first_response_seconds == 8 * HOUR
    tuesday = dt.date(2026, 9, 15)
    add_holiday([team], day=tuesday, name="Fair", by=administrator)
    assert result(row).first_response_seconds == 7 * HOUR


def test_what_nobody_answered_is_late_once_the_time_is_up(late, as_user, administrator):
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    waits = contact(started_at=now - 23 * hour, external_id="waits")
    late_one = contact(started_at=now - 25 * hour, external_id="late")
    given_up = contact(started_at=MONDAY, ended_at=MONDAY + hour, external_id="given up")
    left_alone = contact(started_at=MONDAY, ended_at=MONDAY + 30 * hour, external_id="left alone")
    untimed = contact(started_at=MONDAY, first_asked_seconds=None, external_id="untimed")
    measure_service_results()
    found = ServiceResult.objects.in_bulk()
    assert found[waits.pk].first_response_due_at == waits.started_at + 24 * hour
    assert found[late_one.pk].first_response_met is None
    assert found[given_up.pk].first_response_due_at is None
    assert found[given_up.pk].first_response_met is None
    assert found[left_alone.pk].first_response_met is False
    assert found[untimed.pk].first_response_due_at is None
    shown = as_user(administrator).get(LIST, {"standard": "first_response-missed"})
    names = {row.external_id for row in shown.context["page"]}
    assert names == {"late", "left alone"}


def test_resolutions_count_where_the_source_says_them(late, as_user, administrator):
    hour = dt.timedelta(hours=1)
    in_time = contact(resolved_at=MONDAY + 48 * hour)
    too_late = contact(resolved_at=MONDAY + 49 * hour)
    open_ = contact()
    backwards = contact(resolved_at=MONDAY - hour)
    elsewhere = contact(source="calls")
    measure_service_results()
    found = ServiceResult.objects.in_bulk()
    assert found[in_time.pk].resolution_met is True
    assert found[too_late.pk].resolution_met is False
    assert found[open_.pk].resolution_due_at == MONDAY + 48 * hour
    for row in (backwards, elsewhere):
        assert found[row.pk].resolution_due_at is None
        assert found[row.pk].resolution_met is None
    client = as_user(administrator)

    def shown(what: str, **more: str) -> set[int]:
        page = client.get(LIST, {"standard": what, **more}).context["page"]
        return {row.pk for row in page}

    assert shown("resolution-missed") == {too_late.pk, open_.pk}
    assert shown("resolution-met") == {in_time.pk}
    assert shown("resolution-judged") == {in_time.pk, too_late.pk, open_.pk}
    assert shown("resolution-judged", minutes="2880") == {in_time.pk, too_late.pk, open_.pk}
    assert shown("resolution-judged", minutes="60") == set()
    assert {too_late.pk, open_.pk} <= shown("missed")


# --- keeping up ----------------------------------------------------------------------------------
def test_running_again_writes_nothing_and_looks_at_nothing(late):
    for _each in range(5):
        contact(first_response_seconds=5)
    first = measure_service_results(batch=2)
    assert (first.looked_at, first.written) == (5, 5)
    again = measure_service_results(batch=2)
    assert (again.looked_at, again.written) == (0, 0)
    everything = measure_service_results(everything=True, batch=2)
    assert (everything.looked_at, everything.written) == (5, 0)


def test_results_follow_the_contact_its_agent_and_the_standard(late, agent):
    row = contact(first_response_seconds=25 * HOUR)
    assert result(row).first_response_met is False
    Interaction.objects.filter(pk=row.pk).update(
        first_response_seconds=5, imported_at=timezone.now()
    )
    assert result(row).first_response_met is True
    Interaction.objects.filter(pk=row.pk).update(agent=agent)
    assert measure_service_results().looked_at == 1
    Interaction.objects.filter(pk=row.pk).update(agent=None)
    assert measure_service_results().looked_at == 1
    late.channel_standards.filter(channel=Channel.EMAIL).update(first_response_minutes=0)
    assert result(row).first_response_met is False
    late.delete()
    found = result(row)
    assert (found.first_response_minutes, found.procedure_id) == (None, None)


def test_facts_worked_out_again_are_judged_again(late):
    said = [
        {"id": "m1", "speaker": "customer", "text": "Hello?", "offset": 60},
        {"id": "m2", "speaker": "agent", "text": "Yes.", "offset": 90_000},
    ]
    row = contact(first_asked_seconds=None, first_response_seconds=89_940)
    Transcript.objects.create(interaction=row, messages=said, text="Hello? Yes.")
    assert result(row).first_response_met is None
    call_command("recompute_service_facts", stdout=io.StringIO())
    assert result(row).first_response_met is False


def test_a_pass_that_was_stopped_goes_on_where_it_was(late, monkeypatch):
    rows = [contact(first_response_seconds=5) for _each in range(6)]
    measure_service_results()
    late.channel_standards.update(first_response_minutes=0)
    real, calls = standards._measure, []

    def stop_after_one(pks, *args):
        if calls:
            raise KeyboardInterrupt
        calls.append(pks)
        return real(pks, *args)

    monkeypatch.setattr(standards, "_measure", stop_after_one)
    with pytest.raises(KeyboardInterrupt):
        measure_service_results(batch=2)
    monkeypatch.setattr(standards, "_measure", real)
    assert ServiceResult.objects.filter(first_response_met=False).count() == 2
    rest = measure_service_results(batch=2)
    assert (rest.looked_at, rest.written) == (4, 4)
    assert ServiceResult.objects.filter(first_response_met=False).count() == len(rows)


def test_while_results_are_worked_out_nobody_takes_them_for_measured(late, monkeypatch):
    contact(first_response_seconds=5)
    measure_service_results(at=MONDAY)
    assert ServiceMeasurement.objects.get().measured_at == MONDAY
    contact(first_response_seconds=5)
    with monkeypatch.context() as dying:
        dying.setattr(standards, "results", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            measure_service_results()
    assert ServiceMeasurement.objects.get().measured_at is None
    measure_service_results(at=MONDAY)
    assert ServiceMeasurement.objects.get().measured_at == MONDAY


def test_queries_follow_the_batches_and_not_the_contacts(late, count_queries):
    contact(first_response_seconds=5)
    measure_service_results()

    def run() -> None:
        measure_service_results(everything=True)

    before = count_queries(run)
    for _each in range(8):
        contact(first_response_seconds=5)
    measure_service_results()
    assert count_queries(run) == before


def test_asking_twice_is_one_run(late, django_capture_on_commit_callbacks, monkeypatch):
    begun = []
    monkeypatch.setattr(type(tasks.measure_service), "enqueue", lambda task: begun.append(task))
    for _each in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            ask_for_service_results()
    assert begun == [tasks.measure_service]
    # One that never began is asked for again.
    ServiceMeasurement.objects.update(asked_at=timezone.now() - dt.timedelta(minutes=11))
    with django_capture_on_commit_callbacks(execute=True):
        ask_for_service_results()
    assert len(begun) == 2


def test_hours_memberships_and_publications_ring(
    late, agent, team, administrator, django_capture_on_commit_callbacks
):
    row = contact(agent, first_response_seconds=24 * HOUR)
    measure_service_results()

    def seconds() -> int | None:
        return ServiceResult.objects.get(pk=row.pk).first_response_seconds

    assert seconds() == 24 * HOUR
    with django_capture_on_commit_callbacks(execute=True):
        set_hours(team, time_zone="UTC", openings=NINE_TO_FIVE, by=administrator)
    assert seconds() == 8 * HOUR
    with django_capture_on_commit_callbacks(execute=True):
        agent.memberships.get().delete()
    assert seconds() == 24 * HOUR
    with django_capture_on_commit_callbacks(execute=True):
        late.specific.unpublish()
    assert ServiceResult.objects.get(pk=row.pk).first_response_minutes is None


def test_the_command_says_what_it_did(late):
    contact(first_response_seconds=5)
    out = io.StringIO()
    call_command("measure_service", stdout=out)
    call_command("measure_service", "--all", stdout=out)
    assert out.getvalue().splitlines() == [
        "1 interactions looked at, 1 results written.",
        "1 interactions looked at, 0 results written.",
    ]
    with pytest.raises(CommandError, match="from 1 to 10000"):
        call_command("measure_service", "--batch", "0")


def test_people_find_only_their_own_missed_contacts(late, as_user, agent, teammate):
    mine = contact(agent, first_response_seconds=90 * HOUR)
    contact(teammate, first_response_seconds=90 * HOUR)
    measure_service_results()
    page = as_user(agent).get(LIST, {"standard": "missed"}).context["page"]
    assert [row.pk for row in page] == [mine.pk]


@pytest.mark.parametrize(
    "query",
    [
        "standard=nonsense",
        "standard=first_response-",
        "standard=missed&minutes=-1",
        "standard=missed&minutes=99999999999999999999",
        "standard=missed&minutes=1e400",
        "standard=missed&minutes=NaN",
        "standard=missed&minutes=1.5",
        "standard=%00&minutes=%00",
        "minutes=5",
    ],
)
def test_hostile_values_are_ignored_and_named(late, as_user, administrator, query):
    row = contact(first_response_seconds=90 * HOUR)
    measure_service_results()
    answer = as_user(administrator).get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert [found.pk for found in answer.context["page"]] in ([row.pk], [])
