"""Asking customers: the words and their versions, who is chosen, the mail, and the page to answer."""

import datetime as dt
import re
import smtplib

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interactions.models import (
    Redaction,
    RedactionRule,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyQuestion,
    SurveyRefusal,
    SurveyRule,
)
from interactions.models.invitations import digest_of
from interactions.surveys.answering import LinkExpired, LinkSpent, keep_answers
from interactions.surveys.asking import invite_customers
from interactions.surveys.links import token_of
from interactions.surveys.sending import MOST_TRIES, NotAllowed, send_waiting, try_again
from interactions.surveys.wording import version_of
from people.channels import Channel
from people.models import AuditEvent, Membership
from tests.factories.interactions import InteractionFactory, SurveyAnswerFactory
from tests.factories.surveys import (
    ADDRESS,
    NOW,
    AskedCustomerFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    SurveyRuleFactory,
)

pytestmark = pytest.mark.django_db
State = SurveyInvitation.State
LOG = reverse("interactions:survey_log")


def page_of(invitation) -> str:
    return reverse("surveys:answer", args=[token_of(invitation)])


def stop_of(invitation) -> str:
    return reverse("surveys:stop", args=[token_of(invitation)])


def asked() -> list[str]:
    rows = SurveyInvitation.objects.order_by("interaction__external_id")
    return list(rows.values_list("interaction__external_id", flat=True))


def contact(external_id: str, address: str = "", **fields):
    customer = AskedCustomerFactory(email=address or f"{external_id}@example.com")
    return InteractionFactory(external_id=external_id, customer=customer, **fields)


# The words


def test_a_survey_that_says_something_new_is_a_new_version(editor):
    survey = SurveyFactory()
    first = version_of(survey, by=editor)

    assert version_of(survey, by=editor) == first
    survey.questions.get(kind="csat").delete()
    survey = type(survey).objects.get(pk=survey.pk)
    second = version_of(survey)
    assert (first.number, second.number) == (1, 2)
    assert [each["kind"] for each in first.wording["questions"]] == ["csat", "resolved", "comment"]
    # A name is ours, and no customer reads it.
    survey.name = "Other"
    survey.save()
    assert version_of(survey) == second


def test_a_customer_sees_the_words_they_were_asked_with(client):
    invitation = SurveyInvitationFactory()
    SurveyQuestion.objects.filter(kind="csat").update(text="Entirely new words?")

    page = client.get(page_of(invitation)).content.decode()

    assert "How satisfied are you?" in page
    assert "Entirely new words?" not in page


def test_an_editor_writes_a_survey_in_the_admin_and_sees_it(as_user, editor, agent):
    fields = {
        name: Survey._meta.get_field(name).default
        for name in (
            *("language", "title", "introduction", "yes_label", "no_label", "send_label"),
            *("missing_text", "wrong_text", "thanks_title", "thanks_text", "closed_text"),
            *("mail_subject", "mail_text", "mail_button"),
            *("stop_label", "stop_question", "stopped_text", "resume_label"),
        )
    }
    form = {
        **fields,
        "name": "After a call",
        "is_active": "on",
        "questions-TOTAL_FORMS": "1",
        "questions-INITIAL_FORMS": "0",
        "questions-MIN_NUM_FORMS": "1",
        "questions-MAX_NUM_FORMS": "5",
        "questions-0-kind": "ces",
        "questions-0-text": "How easy was it?",
        "questions-0-lowest_label": "Very hard",
        "questions-0-highest_label": "Very easy",
        "questions-0-ORDER": "1",
    }
    url = reverse("wagtailsnippets_interactions_survey:add")
    client = as_user(editor)

    assert client.get(url).status_code == 200
    assert client.post(url, form).status_code == 302
    version = Survey.objects.get(name="After a call").versions.get()
    assert version.created_by == editor
    assert version.wording["questions"][0]["highest"] == "Very easy"
    survey = version.survey
    for mode in ("", "thanks", "mail"):
        shown = survey.make_preview_request(preview_mode=mode)
        assert shown.status_code == 200
    look = client.get(reverse("interactions:survey_version", args=[version.pk]))
    assert "How easy was it?" in look.content.decode()
    # The way back is one that an editor may go, and a reworded survey leads to what it was before.
    listed = reverse("wagtailsnippets_interactions_survey:list")
    assert f'<a href="{listed}">Back</a>' in look.content.decode()
    survey.title = "And how was it?"
    survey.save()
    second = version_of(survey, by=editor)
    there = reverse("interactions:survey_version", args=[second.pk])
    assert there in client.get(listed).content.decode()
    page = client.get(there).content.decode()
    assert reverse("interactions:survey_version", args=[version.pk]) in page
    assert as_user(agent).get(url).status_code == 302
    no = as_user(agent).get(reverse("interactions:survey_version", args=[version.pk]))
    assert no.status_code == 403


def test_an_administrator_makes_a_rule_and_the_log_knows_who(as_user, administrator, editor):
    survey = SurveyFactory()
    url = reverse("wagtailsnippets_interactions_surveyrule:add")
    form = {
        "name": "After a chat",
        "survey": survey.pk,
        "is_active": "on",
        "position": 1,
        "channel": "chat",
        "percent": 50,
        "delay_hours": 2,
        "within_days": 3,
        "quiet_days": 30,
        "valid_days": 14,
    }
    client = as_user(administrator)

    assert client.post(url, {**form, "percent": 0}).status_code == 200
    assert client.post(url, form).status_code == 302
    rule = SurveyRule.objects.get()
    assert AuditEvent.objects.get(action="add_survey_rule").after["percent"] == 50
    edit = reverse("wagtailsnippets_interactions_surveyrule:edit", args=[rule.pk])
    assert client.post(edit, {**form, "percent": 20}).status_code == 302
    assert AuditEvent.objects.get(action="change_survey_rule").before["percent"] == 50
    assert as_user(editor).get(edit).status_code == 302
    several = reverse("wagtail_bulk_action", args=["interactions", "surveyrule", "delete"])
    assert client.post(f"{several}?id={rule.pk}").status_code == 302
    assert not SurveyRule.objects.exists()
    assert AuditEvent.objects.get(action="delete_survey_rule").before["name"] == "After a chat"


def test_rules_are_no_business_of_editors(as_user, editor):
    rule = SurveyRuleFactory(name="Only the angry ones")
    client = as_user(editor)
    several = reverse("wagtail_bulk_action", args=["interactions", "surveyrule", "delete"])

    for address in (
        f"/admin/snippets/choose/interactions/surveyrule/chosen/{rule.pk}/",
        "/admin/snippets/choose/interactions/surveyrule/",
        f"{several}?id={rule.pk}&next=/admin/",
    ):
        response = client.get(address, follow=True)
        assert rule.name not in response.text
    client.post(f"{several}?id={rule.pk}&next=/admin/")
    assert SurveyRule.objects.filter(pk=rule.pk).exists()


@pytest.mark.parametrize("model", ["survey", "surveyrule"])
def test_nothing_is_overwritten_by_what_was_to_be_a_copy(as_user, administrator, model):
    """It would pass by the wording that is kept, and by the audit log."""
    rule = SurveyRuleFactory()
    pk = rule.pk if model == "surveyrule" else rule.survey_id
    address = reverse(f"wagtailsnippets_interactions_{model}:copy", args=[pk])
    client = as_user(administrator)

    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Other"}).status_code == 405


def test_a_survey_that_answers_point_at_is_not_deleted(as_user, administrator):
    survey = SurveyFactory()
    client = as_user(administrator)
    several = reverse("wagtail_bulk_action", args=["interactions", "survey", "delete"])

    client.post(reverse("wagtailsnippets_interactions_survey:delete", args=[survey.pk]))
    client.post(f"{several}?id={survey.pk}&next=/admin/")

    assert Survey.objects.filter(pk=survey.pk).exists()


# Who is asked


def test_those_whose_contact_is_long_enough_ago_and_not_too_long_are_asked_once():
    SurveyRuleFactory(delay_hours=24, within_days=7)
    contact("ripe")
    contact("recent", started_at=NOW - dt.timedelta(hours=2), ended_at=NOW)
    old = NOW - dt.timedelta(days=8)
    contact("old", started_at=old, ended_at=old)
    contact("addressless").customer.delete()
    silent = contact("silent")
    silent.customer.email = ""
    silent.customer.save()
    SurveyAnswerFactory(interaction=contact("answered"))

    assert invite_customers(at=NOW) == 1
    assert asked() == ["ripe"]
    assert invite_customers(at=NOW) == 0
    row = SurveyInvitation.objects.get()
    assert row.expires_at == NOW + dt.timedelta(days=14)
    assert "@" not in row.address_digest


def test_nobody_is_asked_of_what_was_before_the_rule_or_while_it_or_its_survey_rests():
    rule = SurveyRuleFactory(created_at=NOW)
    contact("before")
    assert invite_customers(at=NOW) == 0
    SurveyRule.objects.update(created_at=NOW - dt.timedelta(days=9), is_active=False)
    assert invite_customers(at=NOW) == 0
    SurveyRule.objects.update(is_active=True)
    type(rule.survey).objects.update(is_active=False)
    assert invite_customers(at=NOW) == 0
    type(rule.survey).objects.update(is_active=True)
    assert invite_customers(at=NOW) == 1


def test_one_address_rests_for_the_quiet_period_however_it_is_written():
    SurveyRuleFactory(quiet_days=30)
    contact("first", address=ADDRESS)
    contact("second", address=ADDRESS.upper())

    assert invite_customers(at=NOW) == 1
    later = NOW + dt.timedelta(days=31)
    contact("third", address=ADDRESS, started_at=None, ended_at=None, occurred_at=later)
    assert invite_customers(at=later + dt.timedelta(days=2)) == 1
    assert asked() == ["first", "third"]


def test_a_mail_that_never_went_out_does_not_start_the_quiet_period():
    SurveyRuleFactory()
    SurveyInvitationFactory(state=State.FAILED, sent_at=None)
    contact("next", address=ADDRESS)
    assert invite_customers(at=NOW) == 1


def test_who_refused_is_not_asked():
    SurveyRuleFactory()
    SurveyRefusal.objects.create(address_digest=digest_of(ADDRESS))
    contact("refused", address=f" {ADDRESS.title()}".strip())
    assert invite_customers(at=NOW) == 0


def test_the_first_rule_that_fits_decides(team, agent):
    Membership.objects.update(starts_on=dt.date(2026, 9, 14))
    theirs = SurveyRuleFactory(position=1, team=team, channel=Channel.CHAT)
    german = SurveyRuleFactory(position=2, language="de")
    rest = SurveyRuleFactory(position=3)
    contact("of-team", agent=agent)
    contact("of-team-by-mail", agent=agent, channel=Channel.EMAIL)
    contact("german", language="de-AT")
    contact("other")
    contact(
        "of-team-before",
        agent=agent,
        started_at=None,
        occurred_at=NOW - dt.timedelta(days=3),
        ended_at=None,
    )

    assert invite_customers(at=NOW) == 5
    rules = dict(SurveyInvitation.objects.values_list("interaction__external_id", "rule"))
    assert rules == {
        "of-team": theirs.pk,
        "of-team-by-mail": rest.pk,
        "of-team-before": rest.pk,
        "german": german.pk,
        "other": rest.pk,
    }


def test_a_share_is_drawn_and_stays_drawn():
    rule = SurveyRuleFactory(percent=25)
    drawn = [pk for pk in range(1, 4001) if rule.draws(pk)]
    assert 900 < len(drawn) < 1100
    assert drawn == [pk for pk in range(1, 4001) if rule.draws(pk)]
    contact("one")
    first = invite_customers(at=NOW)
    SurveyInvitation.objects.all().delete()
    assert invite_customers(at=NOW) == first


def test_many_are_asked_in_as_many_queries_as_few(count_queries):
    SurveyRuleFactory()
    contact("first")
    invite_customers(at=NOW)
    contact("again")
    one = count_queries(lambda: invite_customers(at=NOW))
    for number in range(5):
        contact(f"more-{number}")
    assert count_queries(lambda: invite_customers(at=NOW)) == one


# The mail


def test_the_mail_has_links_without_anybody_in_them_and_goes_out_once():
    SurveyRuleFactory()
    contact("one", address=ADDRESS)
    invite_customers(at=NOW)

    assert send_waiting(at=NOW).sent == 1
    assert send_waiting(at=NOW).sent == 0
    [message] = mail.outbox
    row = SurveyInvitation.objects.get()
    assert (row.state, row.sent_at, row.tries) == (State.SENT, NOW, 1)
    assert message.to == [ADDRESS]
    assert "14 Sep 2026" in message.body
    [url, stop] = re.findall(r"http://testserver(/survey/\S+)", message.body)
    assert url == page_of(row)
    assert stop == stop_of(row)
    assert not re.search(rf"carla|example|\b{row.interaction_id}\b", url)
    assert message.extra_headers["List-Unsubscribe"] == f"<http://testserver{stop}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.alternatives[0][0]
    assert f"{url}?csat=5" in html
    assert "<img" not in html


def test_the_link_works_as_long_after_a_late_mail():
    invitation = SurveyInvitationFactory(
        state=State.WAITING,
        sent_at=None,
        next_try_at=NOW,
        expires_at=NOW + dt.timedelta(days=14),
    )
    later = NOW + dt.timedelta(days=1)
    send_waiting(at=later)
    invitation.refresh_from_db()
    assert invitation.expires_at == later + dt.timedelta(days=14)


def waiting(**fields):
    return SurveyInvitationFactory(state=State.WAITING, sent_at=None, next_try_at=NOW, **fields)


def test_a_server_that_refuses_for_now_is_tried_again_less_and_less_often(monkeypatch):
    invitation = waiting()

    def refuse(self, *args, **kwargs):
        raise ConnectionRefusedError("not now")

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse)
    at, pauses = NOW, []
    for _try in range(MOST_TRIES):
        assert send_waiting(at=at).sent == 0
        invitation.refresh_from_db()
        pauses.append(invitation.next_try_at - at)
        at = invitation.next_try_at
    assert pauses[:3] == [dt.timedelta(minutes=minutes) for minutes in (5, 10, 20)]
    assert invitation.state == State.FAILED
    assert invitation.tries == MOST_TRIES
    assert invitation.reason == "ConnectionRefusedError: not now"


def test_a_refused_recipient_fails_at_once_and_the_log_does_not_keep_the_address(monkeypatch):
    invitation = waiting()

    def refuse(self, *args, **kwargs):
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, f"no <{ADDRESS}> here".encode())})

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse)
    assert send_waiting(at=NOW).failed == 1
    invitation.refresh_from_db()
    assert invitation.state == State.FAILED
    assert invitation.reason == "SMTPRecipientsRefused: 550 no here"


def test_a_sender_that_dies_does_not_make_the_customer_get_a_second_mail(
    monkeypatch, administrator
):
    invitation = waiting()

    class Killed(BaseException):
        pass

    def die(self, *args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", die)
        with pytest.raises(Killed):
            send_waiting(at=NOW)
    send_waiting(at=NOW + dt.timedelta(hours=2))
    invitation.refresh_from_db()
    assert invitation.state == State.FAILED
    assert mail.outbox == []
    with pytest.raises(NotAllowed):
        try_again(invitation, by=administrator)
    # The mail may have arrived, so its link works.
    assert Client().get(page_of(invitation)).status_code == 200


def test_what_has_become_needless_is_not_sent():
    refused, answered, gone, off = (waiting() for _each in range(4))
    SurveyInvitation.objects.filter(pk=refused.pk).update(address_digest="f" * 64)
    SurveyRefusal.objects.create(address_digest="f" * 64)
    SurveyAnswerFactory(interaction=answered.interaction)
    gone.interaction.customer.delete()
    survey = off.version.survey
    survey.is_active = False
    survey.save()

    done = send_waiting(at=NOW)

    assert (done.sent, done.cancelled, done.failed) == (0, 3, 1)
    assert mail.outbox == []
    for row in (refused, answered, off):
        row.refresh_from_db()
        assert row.state == State.CANCELLED
        assert row.reason


def test_the_command_asks_and_the_worker_sends(capsys):
    SurveyRuleFactory(within_days=60)
    contact(
        "one",
        started_at=None,
        ended_at=None,
        occurred_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=2),
    )
    call_command("send_surveys")
    assert "1 customer is asked" in capsys.readouterr().out
    assert len(mail.outbox) == 1


# The page


def test_a_customer_answers_without_account_cookie_or_script():
    invitation = SurveyInvitationFactory()
    browser = Client(enforce_csrf_checks=True)
    url = page_of(invitation)

    page = browser.get(url)
    assert page.status_code == 200
    assert browser.head(url).status_code == 200
    assert not page.cookies
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "'self'" not in page["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()
    assert SurveyAnswer.objects.count() == 0

    answer = browser.post(url, {"csat": "2", "resolved": "0", "comment": " It took\nlong. "})
    assert answer.status_code == 302
    thanks = browser.get(answer["Location"])
    assert "Thank you" in thanks.content.decode()
    assert not browser.cookies
    rows = SurveyAnswer.objects.order_by("kind")
    assert [(row.kind, row.value, row.text) for row in rows] == [
        ("comment", None, "It took\nlong."),
        ("csat", 2, ""),
        ("resolved", 0, ""),
    ]
    for row in rows:
        assert row.invitation == invitation
        assert row.version == invitation.version
        assert row.source == "survey"
    # They are where answers by import are.
    assert SurveyAnswer.objects.low().count() == 2


def test_what_is_typed_in_freely_is_masked_by_the_rules_of_the_contact():
    RedactionRule.objects.create(
        name="All", kinds=list(RedactionRule.Kind.values), words="HP-####", masks_names=True
    )
    RedactionRule.objects.create(name="Others", channel="social", words="lamp")
    customer = AskedCustomerFactory(name="Carla Customer")
    invitation = SurveyInvitationFactory(interaction__customer=customer)
    said = (
        "Carla here, +44 20 7946 0958 or carla@example.com, card 4111 1111 1111 1111, HP-1234: lamp"
    )

    response = Client().post(page_of(invitation), {"comment": said})

    assert response.status_code == 302
    answer = SurveyAnswer.objects.get()
    assert len(answer.text) == len(said)
    assert re.sub("█+", "█", answer.text) == "█ here, █ █ █ █ or █, card █ █ █ █, █: lamp"
    counts = Redaction.objects.get(pk=invitation.interaction_id).counts
    assert counts == {"phone": 1, "email": 1, "card": 1, "word": 1, "name": 1}


def test_an_emptied_contact_takes_no_answers():
    invitation = SurveyInvitationFactory(interaction__words_removed_at=NOW)
    assert Client().get(page_of(invitation)).status_code == 410
    with pytest.raises(LinkExpired):
        keep_answers(invitation, {"csat": 1})


def test_a_spent_link_stores_nothing_more():
    invitation = SurveyInvitationFactory()
    url, browser = page_of(invitation), Client()
    browser.post(url, {"csat": "5"})

    again = browser.post(url, {"csat": "1"})

    assert again.status_code == 410
    assert browser.get(url).status_code == 200
    assert SurveyAnswer.objects.get().value == 5
    with pytest.raises(LinkSpent):
        keep_answers(invitation, {"csat": 1})


def test_an_expired_link_and_one_that_was_not_mailed_are_refused():
    old = SurveyInvitationFactory(expires_at=NOW)
    unsent = waiting()
    for invitation in (old, unsent):
        for answer in (
            Client().get(page_of(invitation)),
            Client().post(page_of(invitation), {"csat": "5"}),
        ):
            assert answer.status_code == 410
            assert "expired" in answer.content.decode()
    with pytest.raises(LinkExpired):
        keep_answers(old, {"csat": 5}, at=NOW)
    assert not SurveyAnswer.objects.exists()


def test_a_forged_link_is_refused_without_being_looked_up():
    invitation = SurveyInvitationFactory()
    token = token_of(invitation)
    for forged in (token[:-1], invitation.code, f"x{token}", "x" * 3000, "%00"):
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post(f"/survey/{forged}/", {"csat": "5"})
        assert answer.status_code == 404
        assert not [query for query in queries if "survey" in query["sql"].split("WHERE")[0]]
    assert not SurveyAnswer.objects.exists()


def test_a_flood_is_refused_and_says_when_to_come_back(settings):
    settings.SURVEY_RATE_LIMIT = 3
    invitation = SurveyInvitationFactory()
    url = page_of(invitation)
    for _each in range(3):
        assert Client().get(url).status_code == 200

    refused = Client().post(url, {"csat": "5"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 600
    assert "your link goes on working" in refused.content.decode()
    assert not SurveyAnswer.objects.exists()
    assert Client().get(url, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_customers_are_told_apart_by_what_our_proxies_saw(settings):
    """What somebody writes before their entries counts for nothing."""
    settings.SURVEY_RATE_LIMIT = 3
    url = page_of(SurveyInvitationFactory())

    def statuses(*lists: str) -> list[int]:
        return [Client().get(url, headers={"X-Forwarded-For": each}).status_code for each in lists]

    assert statuses(*(f"192.0.2.{number}" for number in range(4))) == [200, 200, 200, 429]
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert statuses(*(f"192.0.2.{number}, 198.51.100.9" for number in range(4)))[-1] == 429
    assert statuses("192.0.2.3, 198.51.100.8") == [200]
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    # The last is our own outer one, the same for everybody.
    assert statuses(*(f"192.0.2.{number}, 10.0.0.1" for number in range(4))) == [200] * 4
    assert statuses(*(f"203.0.113.{n}, 192.0.2.9, 10.0.0.1" for n in range(4)))[-1] == 429
    # One that came past the outer one counts as what we see of it, and is no error.
    assert statuses("192.0.2.3") == [200]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Nothing is answered yet"),
        ({"comment": "  "}, "Nothing is answered yet"),
        ({"csat": "6", "resolved": "1"}, "not on the scale"),
        ({"csat": "four"}, "not on the scale"),
        ({"csat": "5", "comment": "x" * 4001}, "too long"),
    ],
)
def test_what_does_not_fit_is_said_and_kept(form, words):
    invitation = SurveyInvitationFactory()
    answer = Client().post(page_of(invitation), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    if form.get("resolved"):
        assert 'name="resolved" value="1" checked' in page
    assert not SurveyAnswer.objects.exists()
    invitation.refresh_from_db()
    assert invitation.state == State.SENT


def test_the_mail_may_choose_the_first_answer_and_a_get_stores_nothing():
    invitation = SurveyInvitationFactory()
    page = Client().get(page_of(invitation), {"csat": "4"}).content.decode()
    assert 'name="csat" value="4" checked' in page
    assert 'role="alert"' not in page
    assert not SurveyAnswer.objects.exists()


def test_the_page_speaks_the_survey_s_language():
    survey = SurveyFactory(language="ar", title="كيف كانت خدمتنا؟")
    page = Client().get(page_of(SurveyInvitationFactory(survey=survey))).content.decode()
    assert '<html lang="ar" dir="rtl">' in page


def test_what_the_customer_says_themself_takes_the_place_of_an_import():
    invitation = SurveyInvitationFactory()
    SurveyAnswerFactory(interaction=invitation.interaction, value=5)
    keep_answers(invitation, {"csat": 2, "comment": ""}, at=NOW)
    row = SurveyAnswer.objects.get()
    assert (row.value, row.source, row.recorded_at) == (2, "survey", NOW)


def test_an_address_says_no_and_takes_it_back():
    invitation = SurveyInvitationFactory(expires_at=NOW)
    browser, url = Client(enforce_csrf_checks=True), stop_of(invitation)

    assert "Shall we stop" in browser.get(url).content.decode()
    assert not SurveyRefusal.objects.exists()
    # As mail programs do it.
    assert browser.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 302
    assert SurveyRefusal.objects.get().address_digest == digest_of(ADDRESS)
    assert "We will not ask you again" in browser.get(url).content.decode()
    browser.post(url)
    assert SurveyRefusal.objects.count() == 1
    browser.post(url, {"resume": "1"})
    assert not SurveyRefusal.objects.exists()


# The log


def test_the_log_says_what_became_of_each_mail(as_user, administrator, manager, editor):
    SurveyInvitationFactory(state=State.FAILED, sent_at=None, reason="550 no such box", tries=3)
    SurveyInvitationFactory(state=State.ANSWERED, answered_at=NOW)
    client = as_user(administrator)

    page = client.get(LOG).content.decode()
    assert "550 no such box" in page
    assert ADDRESS not in page
    assert "Answered" in client.get(LOG, {"state": "answered", "sort": "answered"}).content.decode()
    assert "550" not in client.get(LOG, {"state": "answered"}).content.decode()
    assert "Nothing fits" in client.get(LOG, {"state": "waiting"}).content.decode()
    export = client.post(LOG + "?state=failed", {"format": "csv"})
    lines = b"".join(export.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "550 no such box" in lines[1]
    assert as_user(manager).get(LOG).status_code == 403
    assert as_user(editor).get(LOG).status_code == 403
    assert client.post(LOG).status_code == 405


def test_the_log_takes_as_many_queries_for_many(as_user, administrator, count_queries):
    client = as_user(administrator)
    SurveyInvitationFactory()
    client.get(LOG)
    one = count_queries(lambda: client.get(LOG))
    SurveyInvitationFactory.create_batch(3)
    assert count_queries(lambda: client.get(LOG)) == one


def test_an_empty_log_says_what_to_do(as_user, administrator):
    client = as_user(administrator)
    assert "Make a rule" in client.get(LOG).content.decode()
    SurveyRuleFactory()
    assert "A rule is in use" in client.get(LOG).content.decode()


def test_what_failed_is_tried_again_by_an_administrator_only(as_user, administrator, manager):
    failed = SurveyInvitationFactory(state=State.FAILED, sent_at=None, reason="down", tries=8)
    url = reverse("interactions:survey_again", args=[failed.pk])
    assert as_user(manager).post(url).status_code == 403
    assert as_user(administrator).get(url).status_code == 405

    assert as_user(administrator).post(url).status_code == 302
    failed.refresh_from_db()
    assert failed.state == State.SENT
    assert len(mail.outbox) == 1
    assert AuditEvent.objects.filter(action="retry_survey").count() == 1
    as_user(administrator).post(url)
    assert len(mail.outbox) == 1
