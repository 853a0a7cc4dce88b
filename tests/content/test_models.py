"""Who may read which page, which template goes with it, and which options make a question."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from wagtail.models import PageViewRestriction

from content.models import ModulePage, ProcedurePage, Question, ReplyTemplate
from content.question_rules import OptionDraft
from people.channels import Channel
from tests.factories.content import (
    LessonPageFactory,
    ManualSectionPageFactory,
    ModulePageFactory,
    ProcedurePageFactory,
    QuizPageFactory,
    ReplyTemplateFactory,
)
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db


def test_visible_to_is_what_is_published(agent):
    shown, hidden = ProcedurePageFactory(), ProcedurePageFactory(live=False)

    assert list(ProcedurePage.objects.visible_to(agent)) == [shown]
    assert hidden.pk


def test_visible_to_follows_group_restrictions_of_any_page_above(agent, editor, restrict):
    section = ManualSectionPageFactory()
    inside = ProcedurePageFactory(parent=section)
    outside = ProcedurePageFactory()
    restrict(section, editor.groups.get())

    assert set(ProcedurePage.objects.visible_to(editor)) == {inside, outside}
    assert list(ProcedurePage.objects.visible_to(agent)) == [outside]
    assert list(ProcedurePage.objects.visible_to(AnonymousUser())) == [outside]
    assert inside.is_hidden_from(agent)
    assert not inside.is_hidden_from(editor)


def test_visible_to_needs_every_restriction_to_admit(agent, editor, restrict):
    section = ManualSectionPageFactory()
    inside = ProcedurePageFactory(parent=section)
    restrict(section, agent.groups.get(), editor.groups.get())
    restrict(inside, editor.groups.get())

    assert list(ProcedurePage.objects.visible_to(agent)) == []
    assert list(ProcedurePage.objects.visible_to(editor)) == [inside]


def test_visible_to_lets_a_superuser_through_groups_and_everybody_through_login(agent, restrict):
    grouped, signed_in = ProcedurePageFactory(), ProcedurePageFactory()
    restrict(grouped)
    PageViewRestriction.objects.create(page=signed_in, restriction_type="login")

    assert set(ProcedurePage.objects.visible_to(UserFactory(is_superuser=True))) == {
        grouped,
        signed_in,
    }
    assert list(ProcedurePage.objects.visible_to(agent)) == [signed_in]
    assert list(ProcedurePage.objects.visible_to(AnonymousUser())) == []


def test_visible_to_admits_nobody_by_a_shared_password(agent):
    page = ProcedurePageFactory()
    PageViewRestriction.objects.create(page=page, restriction_type="password", password="x")

    assert list(ProcedurePage.objects.visible_to(agent)) == []


def test_reply_template_is_visible_on_its_own_or_with_a_readable_procedure(agent, restrict):
    alone, readable, secret = (ReplyTemplateFactory() for _ in range(3))
    ProcedurePageFactory(reply_templates=[readable])
    hidden = ProcedurePageFactory(reply_templates=[readable, secret])
    restrict(hidden)

    assert set(ReplyTemplate.objects.visible_to(agent)) == {alone, readable}


def test_reply_template_lists_only_readable_procedures(agent, restrict):
    template = ReplyTemplateFactory()
    shown = ProcedurePageFactory(reply_templates=[template])
    restrict(ProcedurePageFactory(reply_templates=[template]))

    template = ReplyTemplate.objects.with_procedures_for(agent).get()

    assert list(template.procedures.all()) == [shown]


@pytest.mark.parametrize("channels", [["fax"], "phone", {"phone": 1}, None])
def test_reply_template_refuses_what_is_no_list_of_channels(channels):
    with pytest.raises(ValidationError):
        ReplyTemplateFactory.build(channels=channels).full_clean()


def test_reply_template_names_its_channels():
    assert ReplyTemplateFactory.build(channels=["email", "chat"]).channel_names == [
        "E-mail",
        "Chat",
    ]


def test_procedure_lists_its_channels_in_the_editors_order():
    procedure = ProcedurePageFactory(channels=[Channel.CHAT, Channel.PHONE])

    assert procedure.channels == [Channel.CHAT, Channel.PHONE]


def test_steps_of_a_module_are_its_published_pages_in_order(agent):
    module = ModulePageFactory()
    first = LessonPageFactory(parent=module)
    LessonPageFactory(parent=module, live=False)
    quiz = QuizPageFactory(parent=module)
    last = LessonPageFactory(parent=module)

    steps = ModulePage.objects.get().steps_for(agent)

    assert steps == [first, quiz, last]
    assert steps[1].question_count == 2


@pytest.mark.parametrize(
    ("kind", "correct", "complaint"),
    [
        ("single", [True], "at least two options"),
        ("single", [False, False], "at least one option as correct"),
        ("single", [True, True, False], "Only one option"),
        ("true_false", [True, False, False], "exactly two options"),
        ("true_false", [True, True], "Only one option"),
        ("multiple", [False, False], "at least one option as correct"),
    ],
)
def test_validate_options_says_what_is_wrong(kind, correct, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Question.validate_options(kind, options_that_are(correct))


@pytest.mark.parametrize(
    ("kind", "correct"),
    [
        ("single", [True, False]),
        ("multiple", [True, True, False]),
        ("multiple", [True, True]),
        ("true_false", [False, True]),
    ],
)
def test_validate_options_accepts_what_suits_the_kind(kind, correct):
    Question.validate_options(kind, options_that_are(correct))


def options_that_are(correct) -> list[OptionDraft]:
    return [OptionDraft(f"Option {place}", each) for place, each in enumerate(correct)]
