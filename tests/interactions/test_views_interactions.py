"""The list of interactions, and one with its conversation."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interactions.filters import sources
from tests.factories.interactions import (
    CustomerFactory,
    ImportRunFactory,
    InteractionFactory,
    TranscriptFactory,
)
from tests.words import says

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:interaction_list")


def detail(interaction) -> str:
    return reverse("interactions:interaction_detail", args=[interaction.pk])


def listed(client, **filters) -> list[str]:
    """The ids in the list, in its order."""
    page = client.get(LIST, filters).content.decode()
    return re.findall(r'interactions-table__id">[\w-]+ · ([\w-]+)<', page)


def test_everybody_lists_what_they_may_see_the_newest_first(
    as_user, agent, teammate, manager, other_manager, reviewer, administrator
):
    InteractionFactory(external_id="old", agent=agent, occurred_at="2026-01-01T00:00:00Z")
    InteractionFactory(external_id="new", agent=agent)
    InteractionFactory(external_id="bens", agent=teammate, occurred_at="2026-02-01T00:00:00Z")
    InteractionFactory(external_id="nobodys", occurred_at="2026-03-01T00:00:00Z")

    assert listed(as_user(agent)) == ["new", "old"]
    assert listed(as_user(teammate)) == ["bens"]
    assert listed(as_user(manager)) == ["new", "bens", "old"]
    assert listed(as_user(other_manager)) == []
    assert listed(as_user(reviewer)) == []
    assert listed(as_user(administrator)) == ["new", "nobodys", "bens", "old"]


def test_the_list_needs_a_login_and_is_only_read(client, as_user, agent):
    assert client.get(LIST).status_code == 302
    assert as_user(agent).post(LIST).status_code == 405


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"channel": "email"}, ["mail"]),
        ({"q": "SOFA"}, ["mail"]),
        ({"q": "CH"}, ["chat"]),
        ({"q": "at"}, []),
        ({"q": "\x00"}, ["mail", "chat"]),
        ({"source": "other"}, ["mail"]),
        ({"agent": "none"}, ["mail"]),
        ({"channel": "email", "source": "desk"}, []),
    ],
)
def test_the_list_can_be_narrowed_down(as_user, administrator, agent, filters, expected):
    InteractionFactory(external_id="chat", agent=agent, subject="Order")
    InteractionFactory(
        external_id="mail",
        channel="email",
        source="other",
        subject="A sofa",
        occurred_at="2026-10-01T00:00:00Z",
    )
    assert listed(as_user(administrator), **filters) == expected


def test_the_list_can_be_narrowed_down_to_an_agent_and_an_import(as_user, administrator, agent):
    run = ImportRunFactory()
    InteractionFactory(external_id="hers", agent=agent)
    InteractionFactory(external_id="imported", import_run=run)
    client = as_user(administrator)
    assert listed(client, agent=agent.pk) == ["hers"]
    assert listed(client, run=run.pk) == ["imported"]


def test_an_agent_is_offered_no_filter_that_tells_of_others(as_user, agent, teammate):
    InteractionFactory(agent=agent, source="desk")
    InteractionFactory(agent=teammate, source="secret-source")
    page = as_user(agent).get(LIST).content.decode()
    main = page[page.index("<main") :]
    assert "secret-source" not in main
    assert not says(main, "Ben")
    assert 'name="run"' not in main
    assert listed(as_user(agent), agent=teammate.pk) != []  # an invalid choice narrows nothing
    assert "bens" not in listed(as_user(agent), agent=teammate.pk)


def test_empty_lists_say_what_to_do_next(as_user, administrator, reviewer, agent):
    page = as_user(administrator).get(LIST).content.decode()
    assert "No interactions yet" in page
    assert reverse("interactions:import_create") in page
    assert reverse("scorecards:queue") in as_user(reviewer).get(LIST).content.decode()
    page = as_user(agent).get(LIST).content.decode()
    assert "once an administrator has imported them" in page
    assert reverse("interactions:import_create") not in page

    InteractionFactory(agent=agent)
    page = as_user(agent).get(LIST, {"q": "nowhere"}).content.decode()
    assert "Nothing matches" in page
    assert "Show all" in page


def test_only_who_assigns_reviews_can_pick_rows(as_user, administrator, agent):
    interaction = InteractionFactory(agent=agent, pk=12_345)
    page = as_user(administrator).get(LIST).content.decode()
    assert f'formaction="{reverse("scorecards:assign_reviews")}"' in page
    assert 'form="review-form" name="interaction" value="12345"' in page
    page = as_user(administrator).get(detail(interaction)).content.decode()
    assert f'{reverse("scorecards:assign_reviews")}?interaction=12345"' in page

    page = as_user(agent).get(LIST).content.decode()
    assert "review-form" not in page
    assert "Send to review" not in page


@pytest.mark.parametrize(
    ("codename", "name", "other"),
    [
        ("assign_reviews", "assign_reviews", "calibration_create"),
        ("lead_calibration", "calibration_create", "assign_reviews"),
    ],
)
def test_rows_are_picked_for_what_one_may_do_with_them(as_user, agent, codename, name, other):
    interaction = InteractionFactory(agent=agent)
    agent.user_permissions.add(Permission.objects.get(codename=codename))
    client = as_user(agent)
    for address in (LIST, detail(interaction)):
        page = client.get(address).text
        assert reverse(f"scorecards:{name}") in page
        assert f'{reverse(f"scorecards:{other}")}"' not in page
    assert f'name="interaction" value="{interaction.pk}"' in client.get(LIST).text

    page = client.get(reverse(f"scorecards:{name}"), {"interaction": interaction.pk})
    assert list(page.context["chosen"]) == [interaction]


def test_the_list_has_pages_that_keep_the_filters(as_user, administrator):
    InteractionFactory.create_batch(26)
    InteractionFactory(channel="email")
    client = as_user(administrator)
    page = client.get(LIST, {"channel": "chat", "page": 2}).content.decode()
    assert "Page 2 of 2" in page
    assert "?channel=chat&amp;page=1" in page
    assert len(listed(client, channel="chat", page=2)) == 1


def queries(client, address) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_pages_take_the_same_number_of_queries_for_few_and_many_rows(
    as_user, administrator, agent, manager
):
    interaction = InteractionFactory(agent=agent)
    clients = [as_user(administrator), as_user(manager), as_user(agent)]
    before = [(queries(c, LIST), queries(c, detail(interaction))) for c in clients]

    InteractionFactory.create_batch(2, agent=agent, source="another")
    assert [(queries(c, LIST), queries(c, detail(interaction))) for c in clients] == before


def test_detail_is_for_who_may_see_it(
    as_user, agent, teammate, manager, other_manager, reviewer, administrator
):
    interaction = InteractionFactory(agent=agent)
    for person, status in (
        (agent, 200),
        (manager, 200),
        (administrator, 200),
        (teammate, 404),
        (other_manager, 404),
        (reviewer, 404),
    ):
        assert as_user(person).get(detail(interaction)).status_code == status
    assert as_user(agent).post(detail(interaction)).status_code == 405


def test_detail_shows_facts_and_conversation(as_user, administrator, agent):
    interaction = InteractionFactory(
        agent=agent,
        customer=CustomerFactory(name="Carla <Customer>", tier="plus"),
        flow="orders",
        language="en",
        duration_seconds=540,
        labels={"split": "train", "order": {"id": 7}},
        transcript__messages=[],
    )
    client = as_user(administrator)
    page = client.get(detail(interaction)).content.decode()
    for text in ("Ada Example", "Carla &lt;Customer&gt;", "plus", "9 min", "orders", "split"):
        assert text in page
    assert "Nothing was recorded of this conversation." in page

    page = as_user(agent).get(detail(interaction)).content.decode()
    assert "What else the source says" not in page


def test_detail_does_without_a_transcript(as_user, administrator):
    interaction = InteractionFactory(transcript=None)

    page = as_user(administrator).get(detail(interaction))

    assert page.status_code == 200
    assert "Nothing was recorded of this conversation." in page.text


def test_a_message_is_addressable_and_its_text_stands_alone(as_user, administrator):
    text = '  Two lines:\n<b>bold</b> & "it\'s" 💡 '
    interaction = InteractionFactory(transcript=None)
    TranscriptFactory(
        interaction=interaction,
        messages=[
            {"id": "m1", "speaker": "customer", "text": text, "offset": 65},
            {
                "id": "m2",
                "speaker": "system",
                "text": "",
                "action": "open_order",
                "details": [["DoctorName", '"Dr. Wu"']],
            },
        ],
    )
    page = as_user(administrator).get(detail(interaction)).content.decode()
    assert (
        '<p class="message__text" data-message-text>  Two lines:\n&lt;b&gt;bold&lt;/b&gt; '
        "&amp; &quot;it&#x27;s&quot; 💡 </p>"
    ) in page
    assert 'class="message message--customer message--first" id="message-m1"' in page
    assert 'data-message-id="m1"' in page
    assert "01:05" in page
    assert "Open order" in page
    assert "<dt>Doctor name</dt><dd>Dr. Wu</dd>" in page


def test_sources_are_each_named_once_in_order():
    for source in ("b", "a", "b", "c"):
        InteractionFactory(source=source)
    assert sources() == ["a", "b", "c"]


def test_sources_of_nothing():
    assert sources() == []
