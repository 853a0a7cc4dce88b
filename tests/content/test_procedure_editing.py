"""Editing a procedure as data: where answers lead, what is not published, and times with a unit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, streamfield

from content.minutes import LONGEST, MinutesFormField
from content.models import EscalationLevel, ManualIndexPage, ProcedurePage
from content.steps import Way
from people.channels import Channel
from tests.content.test_admin import (
    PUBLISH,
    a_step,
    add_address,
    an_answer,
    form_of,
    list_of,
    procedure_form,
)
from tests.factories.content import ProcedurePageFactory, ReplyTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(db):
    return add_address("procedurepage", ManualIndexPage.objects.get())


def asking(*answers, question="Is it late?", **changes):
    """The form of a procedure that asks in its first step and goes on with a second."""
    first = a_step(question=question, answers=list_of(*answers))
    steps = streamfield([("step", first), ("step", a_step(title="Close"))])
    return procedure_form(steps=steps, **changes)


def shown(html):
    return html.replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (an_answer("Yes", "step:gone"), "The step this leads to is not on this page any more."),
        (
            an_answer("Yes", "level:Nobody"),
            "The escalation level this leads to is not on this page.",
        ),
        (an_answer("Yes", "procedure"), "Choose the procedure it leads to."),
        (an_answer("Yes", "somewhere"), "Choose where this answer leads."),
        (an_answer("", "done"), "Write the answer."),
        (an_answer("No ", "done"), "This answer is there already."),
    ],
)
def test_answer_that_leads_nowhere_may_be_kept_but_not_published(
    wrong, complaint, address, editor, as_user
):
    browser = as_user(editor)
    form = asking(an_answer("no", "next"), wrong)

    response = browser.post(address, form | PUBLISH)
    assert response.status_code == 200
    assert complaint in shown(response.content.decode())
    assert not ProcedurePage.objects.exists()

    assert browser.post(address, form).status_code == 302
    page = ProcedurePage.objects.get()
    assert page.live is False
    assert page.steps[0].value["answers"][1]["to"] == wrong["to"]


def test_question_without_answers_and_answers_without_a_question_are_not_published(
    address, editor, as_user
):
    browser = as_user(editor)
    two = [an_answer("Yes", "next"), an_answer("No", "done")]
    for form, complaint in (
        (asking(), "Give the answers to this question, or take it out."),
        (asking(*two, question=""), "Ask the question that these answers belong to."),
    ):
        response = browser.post(address, form | PUBLISH)
        assert complaint in shown(response.content.decode())
    assert not ProcedurePage.objects.exists()


def test_answers_may_name_steps_and_levels_in_words(address, editor, as_user):
    form = asking(
        an_answer("Yes", "step:Close"), an_answer("No", "step:2"), an_answer("Maybe", "level:Lead")
    )

    assert as_user(editor).post(address, form | PUBLISH).status_code == 302

    page = ProcedurePage.objects.get()
    yes, no, maybe = page.flow(editor).exits(page.flow(editor).first)
    assert yes.step.title == no.step.title == "Close"
    assert (maybe.way, maybe.level.contact) == (Way.LEVEL, "Lead")
    assert page.steps[0].value["answers"][0]["to"] == f"step:{page.steps[1].id}"


def test_answer_leads_to_an_unpublished_procedure_only_in_a_draft(address, editor, as_user):
    other = ProcedurePageFactory(title="Damaged", live=False)
    browser = as_user(editor)
    form = asking(an_answer("Yes", "next"), an_answer("No", "procedure", other.pk))

    response = browser.post(address, form | PUBLISH)
    assert "That procedure is not published." in response.content.decode()

    other.save_revision().publish()
    assert browser.post(address, form | PUBLISH).status_code == 302


def test_two_levels_with_one_contact_are_two_and_keep_their_answers_when_renamed(
    address, editor, as_user
):
    browser = as_user(editor)
    levels = [
        {"key": "day", "when": "By day", "contact": "Lead", "within_minutes": "30"},
        {"key": "night", "when": "By night", "contact": "Lead", "within_minutes": "5"},
    ]
    form = asking(
        an_answer("Day", "level:day"),
        an_answer("Night", "level:night"),
        escalation_levels=inline_formset(levels),
    )
    assert browser.post(address, form | PUBLISH).status_code == 302
    page = ProcedurePage.objects.get()

    def led_to():
        flow = ProcedurePage.objects.get().flow(editor)
        return [(way.level.when, way.level.contact) for way in flow.exits(flow.first)]

    assert led_to() == [("By day", "Lead"), ("By night", "Lead")]
    assert "By night" in browser.get(page.url).content.decode()

    night = EscalationLevel.objects.get(key="night")
    night.contact = "Night desk"
    night.save()
    assert led_to() == [("By day", "Lead"), ("By night", "Night desk")]


def test_editing_form_keeps_the_key_of_a_level_out_of_sight(rich_procedure, editor, as_user):
    level = rich_procedure.escalation_levels.get()
    level.key = "lead"
    level.save()

    browser = as_user(editor)
    edit = reverse("wagtailadmin_pages:edit", args=[rich_procedure.pk])

    assert form_of(browser, edit)["escalation_levels-0-key"] == "lead"
    assert 'type="hidden" name="escalation_levels-0-key"' in browser.get(edit).content.decode()


# Publishing many at once ----------------------------------------------------------------------------


def publish_all(browser, *pages):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    query = "&".join(f"id={page.pk}" for page in pages)
    return browser.post(f"{address}?{query}", follow=True)


def draft(title, to):
    page = ProcedurePageFactory(title=title, live=False, steps=[("step", {"title": "Old"})])
    page.steps = [
        {
            "type": "step",
            "id": "one",
            "value": {
                "title": "Ask",
                "who": "agent",
                "question": "Late?",
                "answers": [{"answer": "Yes", "to": "done"}, {"answer": "No", "to": to}],
            },
        }
    ]
    page.save_revision()
    return page


def test_publishing_many_at_once_refuses_what_leads_nowhere(editor, as_user):
    good, bad = draft("Good", "step:one"), draft("Bad", "step:gone")

    response = publish_all(as_user(editor), good, bad)

    assert "Not published: answers lead nowhere in Bad." in response.content.decode()
    assert not ProcedurePage.objects.live().exists()


def test_publishing_many_at_once_goes_on_with_what_leads_somewhere(editor, as_user):
    publish_all(as_user(editor), draft("Good", "step:one"), draft("Too", "next"))

    assert ProcedurePage.objects.live().count() == 2


# Remarks ------------------------------------------------------------------------------------------


def test_editor_is_told_of_steps_nobody_comes_to_and_readers_are_not(
    address, editor, agent, as_user
):
    form = asking(an_answer("Yes", "done"), an_answer("No", "done"))

    response = as_user(editor).post(address, form | PUBLISH, follow=True)

    remark = "Step 2 is never reached"
    assert remark in response.content.decode()
    url = ProcedurePage.objects.get().url
    assert remark in as_user(editor).get(url).content.decode()
    assert remark not in as_user(agent).get(url).content.decode()


# Times --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "unit", "minutes"),
    [("90", "1", 90), ("1.5", "60", 90), ("2", "1440", 2880), ("0", "1", 0),
     ("", "60", None), ("7", "", 7)],
)  # fmt: skip
def test_times_are_entered_in_their_unit(number, unit, minutes):
    assert MinutesFormField(required=False).clean([number, unit]) == minutes


@pytest.mark.parametrize(
    ("initial", "number", "unit", "is_changed"),
    [
        (None, "", "1", False),
        (None, "", "60", False),
        (90, "1.5", "60", False),
        (90, "90", "60", True),
        (90, "", "1", True),
        (None, "0", "1", True),
        (None, "soon", "1", True),
    ],
)
def test_a_time_has_changed_when_its_minutes_have(initial, number, unit, is_changed):
    field = MinutesFormField(required=False)
    assert field.has_changed(initial, [number, unit]) is is_changed


def standard(**sent):
    form = procedure_form()
    form.pop("channel_standards-0-first_response_minutes")
    return form | {f"channel_standards-0-{name}": value for name, value in sent.items()}


@pytest.mark.parametrize(
    ("number", "unit", "complaint"),
    [
        ("0.25", "1", "Give whole minutes"),
        (str(LONGEST), "60", "more than a year"),
        ("-1", "1", "greater than or equal to 0"),
        ("soon", "1", "Enter a number"),
    ],
)
def test_odd_times_are_refused_and_kept_in_the_form(
    number, unit, complaint, address, editor, as_user
):
    sent = {"first_response_minutes": number, "first_response_minutes_unit": unit}

    response = as_user(editor).post(address, standard(**sent) | PUBLISH)

    content = response.content.decode()
    assert response.status_code == 200
    assert complaint in content
    assert f'value="{number}"' in content
    assert not ProcedurePage.objects.exists()


def test_times_come_back_in_the_largest_unit_that_fits(rich_procedure, editor, as_user):
    """A day, a quarter of an hour, an hour, and nothing."""
    form = form_of(as_user(editor), reverse("wagtailadmin_pages:edit", args=[rich_procedure.pk]))

    def said(name):
        return form.get(name), form.get(f"{name}_unit")

    assert said("channel_standards-0-first_response_minutes") == ("1", "1440")
    assert said("channel_standards-1-resolution_minutes") == ("15", "1")
    assert said("channel_standards-1-first_response_minutes")[0] in {"", None}
    assert said("escalation_levels-0-within_minutes") == ("1", "60")


# What it costs ------------------------------------------------------------------------------------


def leading_on(number):
    """A procedure of `number` steps and templates that leads to as many other procedures."""
    steps = [
        {
            "type": "step",
            "id": f"step-{place}",
            "value": {
                "title": f"Step {place}",
                "who": "agent",
                "question": "Else?",
                "variants": [{"channel": "chat", "say": "Hi"}],
                "answers": [
                    {"answer": "Yes", "to": "procedure", "procedure": ProcedurePageFactory().pk},
                    {"answer": "No", "to": "level:lead"},
                ],
            },
        }
        for place in range(number)
    ]
    page = ProcedurePageFactory(
        steps=steps,
        channels=[Channel.CHAT, Channel.EMAIL, Channel.PHONE][:number],
        reply_templates=[ReplyTemplateFactory() for _count in range(number)],
    )
    for place in range(number):
        EscalationLevel.objects.create(
            page=page, key="lead" if not place else "", when="Always", contact=f"Lead {place}"
        )
    page.save_revision().publish()
    return page


@pytest.mark.parametrize("address_of", [
    lambda page: page.url,
    lambda page: f"{page.url}?channel=chat",
    lambda page: reverse("content:procedure_pdf", args=[page.pk]),
    lambda page: reverse("content:follow", args=[page.pk]),
], ids=["page", "channel", "pdf", "follow"])  # fmt: skip
def test_procedure_costs_as_many_queries_with_three_steps_as_with_one(address_of, agent, as_user):
    browser = as_user(agent)
    short, long = leading_on(1), leading_on(3)

    def cost(page):
        browser.get(address_of(page))  # Whatever is remembered of the first look.
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address_of(page)).status_code == 200
        return len(queries)

    assert cost(short) == cost(long)
