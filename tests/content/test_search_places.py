"""Search results lead to the step or the heading where the words stand."""

import pytest

from content import search
from people.channels import Channel
from tests.factories.content import ManualSectionPageFactory, ProcedurePageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(agent):
    def first(text, channel=None):
        hits = search.find(text, user=agent, channel=channel)
        return search.load(hits, text, user=agent, channel=channel)[0]

    return first


STEPS = [
    ("step", {"title": "Find the order", "say": "Let me look."}),
    ("step", {"title": "Offer goodwill", "instruction": "<p>A voucher for the <b>marmot</b>.</p>"}),
]


def test_result_leads_to_the_step_with_its_title(result):
    ProcedurePageFactory(title="Late delivery", steps=STEPS)

    found = result("marmot")

    assert found.place.anchor == "#step-2"
    assert found.place.step == 2
    assert found.place.title == "Offer goodwill"
    assert "<mark>marmot</mark>" in found.excerpt


def test_excerpt_keeps_paragraphs_and_points_of_a_list_apart(result):
    steps = [
        (
            "step",
            {
                "title": "Offer",
                "instruction": "<p>Refund to the marmot</p><ul><li>Do not steer</li>"
                "<li>Say when.</li></ul>"
                "<p>Tea &amp; <b>bis</b>cuits</p>",
            },
        )
    ]
    notes = [("text", "<h2>Why</h2><p>No meerkat<br/>at all</p><p>waits.</p>")]
    ProcedurePageFactory(title="Refunds", steps=steps, notes=notes)

    assert result("marmot").excerpt == (
        "Refund to the <mark>marmot</mark> · Do not steer · Say when. Tea &amp; biscuits"
    )
    assert result("meerkat").excerpt == "No <mark>meerkat</mark> · at all · waits."


def test_result_for_the_title_is_the_page_and_a_word_beside_it_leads_on(result):
    ProcedurePageFactory(title="Late delivery", purpose="Nobody waits.", steps=STEPS)

    assert result("late delivery").place is None
    assert result("delivery goodwill").place.step == 2
    assert result("waits").place is None


def test_result_on_a_channel_shows_a_step_of_that_channel(result):
    steps = [
        ("step", {"title": "Write", "say": "Marmot", "channels": ["email"]}),
        ("step", {"title": "Ring", "say": "Marmot", "channels": ["phone"]}),
    ]
    ProcedurePageFactory(title="Reach them", channels=[Channel.EMAIL, Channel.PHONE], steps=steps)

    assert result("marmot", Channel.PHONE).place.anchor == "?channel=phone#step-2"
    # Without a channel chosen here, one chosen for the session must not hide the step.
    assert result("marmot").place.anchor == "?channel=all#step-1"


def test_result_leads_to_the_heading_of_a_text_a_table_or_code(result):
    ManualSectionPageFactory(
        title="Leave",
        notes=[
            ("text", "<p>First.</p><h2>Award leave</h2><p>Marmot days.</p><h3>Who pays</h3>"),
            ("code", {"code": "WOMBAT 42", "language": ""}),
        ],
    )

    assert result("marmot").place.anchor == "#award-leave"
    assert result("marmot").place.title == "Award leave"
    assert result("wombat").place.anchor == "#who-pays"
    assert result("first").place is None


def test_search_page_links_to_the_step(agent, as_user):
    page = ProcedurePageFactory(title="Late delivery", steps=STEPS)
    content = as_user(agent).get("/library/search/", {"q": "marmot"}).content.decode()
    assert f'href="{page.url}#step-2" data-hit' in content
    assert 'id="step-2"' in as_user(agent).get(page.url).content.decode()
