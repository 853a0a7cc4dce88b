"""Reply templates: a list by channel, and filling one in without script."""

import pytest
from django.urls import reverse

from tests.factories.content import ProcedurePageFactory, ReplyTemplateFactory

pytestmark = pytest.mark.django_db


def detail(reply):
    return reverse("content:reply_detail", args=[reply.key])


def test_reply_list_is_narrowed_to_a_channel(agent, as_user):
    ReplyTemplateFactory(title="For chat", channels=["chat"])
    ReplyTemplateFactory(title="For letters", channels=["email"])
    ReplyTemplateFactory(title="For all")
    browser, address = as_user(agent), reverse("content:reply_list")

    def titles(**query):
        return [reply.title for reply in browser.get(address, query).context["page"]]

    assert titles() == ["For all", "For chat", "For letters"]
    assert titles(channel="chat") == ["For all", "For chat"]
    assert titles(channel="fax") == ["For all", "For chat", "For letters"]


def test_reply_list_says_when_it_is_empty(agent, as_user):
    browser, address = as_user(agent), reverse("content:reply_list")

    assert "There are no reply templates yet" in browser.get(address).content.decode()
    content = browser.get(address, {"channel": "chat"}).content.decode()
    assert "No reply template for this channel yet" in content


def test_reply_list_costs_as_many_queries_with_three_as_with_one(
    agent, as_user, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, address = as_user(agent), reverse("content:reply_list")
    ProcedurePageFactory(reply_templates=[ReplyTemplateFactory()])
    browser.get(address)
    with CaptureQueriesContext(connection) as before:
        browser.get(address)
    for _count in range(2):
        ProcedurePageFactory(reply_templates=[ReplyTemplateFactory()])

    with django_assert_num_queries(len(before)):
        browser.get(address)


def test_reply_has_a_field_for_each_placeholder_and_knows_the_agents_name(agent, as_user):
    reply = ReplyTemplateFactory(body="{customer_name}, {agent_name} here. {customer_name}! {{x}}")

    content = as_user(agent).get(detail(reply)).content.decode()

    assert content.count('data-field="customer_name"') == 1
    assert content.count('data-placeholder="customer_name"') == 2
    assert f'data-label="Agent name">{agent}</textarea>' in content
    assert "! {x}</p>" in content


def test_reply_is_filled_in_without_script_and_nothing_is_kept(agent, as_user):
    reply = ReplyTemplateFactory(body="Dear {customer_name}, order {order_number}.")

    response = as_user(agent).post(detail(reply), {"field-customer_name": "<b>Ms Ude</b>"})

    content = response.content.decode()
    assert "Dear &lt;b&gt;Ms Ude&lt;/b&gt;, order {order_number}." in content
    assert "Still empty: Order number" in content
    assert "Ms Ude" not in as_user(agent).get(detail(reply)).content.decode()


def test_reply_refuses_a_value_that_is_too_long_and_keeps_it(agent, as_user):
    reply = ReplyTemplateFactory(body="{a}")

    response = as_user(agent).post(detail(reply), {"field-a": "x" * 2001})

    assert response.status_code == 422
    assert "x" * 2001 in response.content.decode()


def test_reply_is_not_found_when_its_procedures_are_hidden(agent, as_user, restrict, client):
    reply = ReplyTemplateFactory()
    restrict(ProcedurePageFactory(reply_templates=[reply]))

    assert as_user(agent).get(detail(reply)).status_code == 404
    assert as_user(agent).post(detail(reply)).status_code == 404
    assert client.get(detail(reply)).status_code == 302
    assert as_user(agent).put(detail(reply)).status_code == 405
