"""Editing in the Wagtail admin, through its real forms."""

import pytest
from django.urls import reverse
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.test.utils.form_data import (
    inline_formset,
    nested_form_data,
    querydict_from_html,
    rich_text,
    streamfield,
)

from content import blocks
from content.models import (
    HomePage,
    LearningPath,
    LessonPage,
    ManualIndexPage,
    ManualSectionPage,
    ModulePage,
    ProcedurePage,
    Question,
    QuizPage,
    RefresherCard,
    ReplyTemplate,
    Skill,
    TrainingIndexPage,
)
from people.channels import Channel
from people.models import User
from tests.factories.content import (
    LessonPageFactory,
    ManualSectionPageFactory,
    ModulePageFactory,
    ProcedurePageFactory,
    QuestionFactory,
    QuizPageFactory,
    ReplyTemplateFactory,
)
from tests.factories.refreshers import RefresherCardFactory

pytestmark = pytest.mark.django_db
PUBLISH = {"action-publish": "1"}


def add_address(page_type, parent):
    return reverse("wagtailadmin_pages:add", args=["content", page_type, parent.pk])


def snippet(model, action, *args):
    return reverse(f"wagtailsnippets_content_{model}:{action}", args=args)


def list_of(*items):
    """The part of a form that a list block sends."""
    form = {"count": len(items)}
    for number, item in enumerate(items):
        form[str(number)] = {"value": item, "order": number, "deleted": "", "id": ""}
    return form


def a_step(**changes):
    return {
        "title": "Find it",
        "who": "agent",
        "instruction": rich_text("<p>Look.</p>", features=["bold"]),
        "say": "One moment.",
        "record": "",
        "check": "",
        "variants": list_of(),
        "question": "",
        "answers": list_of(),
        "examples": list_of(),
        **changes,
    }


def an_answer(text, to, procedure=""):
    return {"answer": text, "to": to, "procedure": str(procedure)}


def procedure_form(**changes):
    form = nested_form_data(
        {
            "title": "A delivery is late",
            "slug": "late",
            "purpose": "A date to plan with.",
            "channel_standards": inline_formset(
                [{"channel": "chat", "first_response_minutes": 2, "tone": "Quick."}]
            ),
            "steps": streamfield([("step", a_step())]),
            "escalation_levels": inline_formset([{"when": "Third time", "contact": "Lead"}]),
            "notes": streamfield([("callout", {"kind": "tip", "text": "Be kind."})]),
            "comments": inline_formset([]),
            **changes,
        }
    )
    return form | {"skills": [str(Skill.objects.get(key="empathy").pk)]}


def form_of(browser, address, **streams):
    """The form as the editor's browser has it; its script adds the blocks, so `streams` do here."""
    form = querydict_from_html(browser.get(address).content.decode(), form_id="page-edit-form")
    for name in ("steps", "notes", "body"):
        form.update(nested_form_data({name: streamfield(streams.get(name, []))}))
    return form


def test_agent_is_refused(agent, reviewer, manager, as_user):
    for person in (agent, reviewer, manager):
        response = as_user(person).get(reverse("wagtailadmin_home"), follow=True)
        assert response.status_code == 403
        assert len(response.redirect_chain) == 1


def test_stranger_is_asked_to_sign_in_and_comes_back(client):
    response = client.get("/admin/pages/", follow=True)

    assert response.redirect_chain[-1][0] == f"{reverse('account_login')}?next=/admin/pages/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", ""])
def test_admin_sign_in_leads_nowhere_else(target, editor, as_user):
    response = as_user(editor).get(reverse("content:admin_sign_in"), {"next": target})

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_editors_and_administrators_find_what_they_write(editor, administrator, as_user):
    for person in (editor, administrator):
        browser = as_user(person)
        menu = browser.get(reverse("wagtailadmin_home")).content.decode()
        for label in ("Skills", "Reply templates", "Questions", "Learning paths", "Procedures"):
            assert label in menu
        for model in ("skill", "replytemplate", "question", "learningpath"):
            assert browser.get(snippet(model, "list")).status_code == 200
            assert browser.get(snippet(model, "add")).status_code == 200


def test_agent_cannot_open_a_form_or_post_one(agent, as_user):
    page = ProcedurePageFactory()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])

    assert as_user(agent).get(address).status_code == 302
    assert as_user(agent).post(address, procedure_form() | PUBLISH).status_code == 302
    page.refresh_from_db()
    assert page.title != "A delivery is late"


# Pages --------------------------------------------------------------------------------------------


def test_editor_writes_and_publishes_a_procedure(editor, agent, as_user):
    address = add_address("procedurepage", ManualIndexPage.objects.get())

    response = as_user(editor).post(address, procedure_form() | PUBLISH)

    assert response.status_code == 302
    page = ProcedurePage.objects.get()
    assert page.live
    assert page.steps[0].value["title"] == "Find it"
    assert page.channels == [Channel.CHAT]
    assert [skill.key for skill in page.skills.all()] == ["empathy"]
    assert "One moment." in as_user(agent).get(page.url).content.decode()


def test_editor_changes_a_procedure_that_readers_see_when_it_is_published(
    rich_procedure, editor, agent, as_user
):
    rich_procedure.save_revision(user=editor).publish()
    address = reverse("wagtailadmin_pages:edit", args=[rich_procedure.pk])
    browser = as_user(editor)
    form = form_of(browser, address, notes=[("callout", {"kind": "tip", "text": "New note."})])
    form["purpose"] = "Something better."

    assert browser.post(address, form).status_code == 302
    assert "Something better." not in as_user(agent).get(rich_procedure.url).content.decode()

    form.update(PUBLISH)
    form.update({"change_kind": "editorial", "change_note": "Said better."})
    assert browser.post(address, form).status_code == 302
    content = as_user(agent).get(rich_procedure.url).content.decode()
    for words in ("Something better.", "New note.", "Third contact", "within 24 hours"):
        assert words in content


def test_channel_cannot_be_listed_twice(editor, as_user):
    address = add_address("procedurepage", ManualIndexPage.objects.get())
    twice = inline_formset([{"channel": "chat"}, {"channel": "chat"}])

    response = as_user(editor).post(address, procedure_form(channel_standards=twice) | PUBLISH)

    assert response.status_code == 200
    assert not ProcedurePage.objects.exists()


def test_procedure_needs_its_purpose_to_be_published_but_not_to_be_kept(editor, as_user):
    address = add_address("procedurepage", ManualIndexPage.objects.get())
    browser = as_user(editor)

    assert browser.post(address, procedure_form(purpose="") | PUBLISH).status_code == 200
    assert not ProcedurePage.objects.exists()

    assert browser.post(address, procedure_form(purpose="")).status_code == 302
    assert ProcedurePage.objects.get().live is False


def quiz_form(*questions):
    return nested_form_data(
        {
            "title": "Check yourself",
            "slug": "check",
            "introduction": "",
            "pass_mark": "70",
            "quiz_questions": inline_formset([{"question": str(each.pk)} for each in questions]),
            "draws": inline_formset([]),
            "delay_minutes": "0",
            "answers_shown": "at_once",
            "comments": inline_formset([]),
        }
    )


def test_quiz_needs_a_question_to_be_published_but_not_to_be_kept(editor, as_user):
    address = add_address("quizpage", ModulePageFactory())
    browser = as_user(editor)

    response = browser.post(address, quiz_form() | PUBLISH)
    assert "A quiz needs a question before it can be published." in response.content.decode()
    assert not QuizPage.objects.exists()
    assert browser.post(address, quiz_form()).status_code == 302
    assert QuizPage.objects.get().live is False

    QuizPage.objects.get().delete()
    assert browser.post(address, quiz_form(QuestionFactory()) | PUBLISH).status_code == 302
    assert QuizPage.objects.get().live is True


def test_quiz_asks_no_question_twice(editor, as_user):
    question = QuestionFactory()

    response = as_user(editor).post(
        add_address("quizpage", ModulePageFactory()), quiz_form(question, question) | PUBLISH
    )

    assert response.status_code == 200
    assert not QuizPage.objects.exists()


def test_lesson_needs_a_block_to_be_published_but_not_to_be_kept(editor, as_user):
    address = add_address("lessonpage", ModulePageFactory())
    browser = as_user(editor)

    def form(*body):
        return nested_form_data(
            {
                "title": "Read",
                "slug": "read",
                "minutes": "5",
                "body": streamfield(list(body)),
                "comments": inline_formset([]),
            }
        )

    assert browser.post(address, form() | PUBLISH).status_code == 200
    assert not LessonPage.objects.exists()
    assert browser.post(address, form()).status_code == 302
    LessonPage.objects.get().delete()

    block = ("callout", {"kind": "tip", "text": "Listen."})
    assert browser.post(address, form(block) | PUBLISH).status_code == 302
    assert LessonPage.objects.get().live is True


@pytest.fixture
def one_of_each(rich_procedure, rich_lesson):
    module = rich_lesson.get_parent().specific
    return [
        HomePage.objects.get(),
        ManualIndexPage.objects.get(),
        ManualSectionPageFactory(),
        rich_procedure,
        TrainingIndexPage.objects.get(),
        module,
        rich_lesson,
        QuizPageFactory(parent=module),
    ]


def test_preview_of_every_page_shows_the_draft(one_of_each, editor, as_user):
    browser = as_user(editor)
    for page in one_of_each:
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
        form = form_of(browser, edit, body=[("callout", {"kind": "tip", "text": "Draft."})])
        form["title"] = f"{page.title} anew"

        assert browser.post(preview, form).json() == {"is_valid": True, "is_available": True}
        response = browser.get(preview)
        assert response.status_code == 200
        assert f"{page.title} anew" in response.content.decode()


NEW = [
    (ManualSectionPage, lambda: ManualIndexPage.objects.get()),
    (ProcedurePage, lambda: ManualSectionPageFactory()),
    (ModulePage, lambda: TrainingIndexPage.objects.get()),
    (LessonPage, lambda: ModulePageFactory()),
    (QuizPage, lambda: ModulePageFactory()),
]


@pytest.mark.parametrize(("model", "parent"), NEW, ids=[model.__name__ for model, _ in NEW])
def test_preview_of_a_new_page_copes_with_nothing_but_a_title(model, parent, editor, as_user):
    browser, parent = as_user(editor), parent()
    name = model._meta.model_name
    form = form_of(browser, add_address(name, parent))
    form["title"] = "Only a title"
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["content", name, parent.pk])

    assert browser.post(preview, form).json() == {"is_valid": True, "is_available": True}
    response = browser.get(preview)
    assert response.status_code == 200
    assert "Only a title" in response.content.decode()


def test_preview_copes_with_blocks_that_are_still_empty(editor, as_user):
    parent = ModulePageFactory()
    browser = as_user(editor)
    preview = reverse(
        "wagtailadmin_pages:preview_on_add", args=["content", "lessonpage", parent.pk]
    )
    form = nested_form_data(
        {
            "title": "Half",
            "slug": "half",
            "minutes": "5",
            "body": streamfield(
                [
                    ("callout", {"kind": "", "text": ""}),
                    ("image", {"image": "", "alt": "", "caption": ""}),
                    ("procedure", {"procedure": ""}),
                ]
            ),
            "comments": inline_formset([]),
        }
    )

    assert browser.post(preview, form).json()["is_valid"] is True
    response = browser.get(preview)
    assert response.status_code == 200
    assert "No procedure has been chosen here yet." in response.content.decode()


@pytest.mark.parametrize("block", [blocks.StepBlock, blocks.CalloutBlock, blocks.ExampleBlock])
def test_blocks_can_be_previewed_while_choosing_one(block, editor, as_user):
    definition = next(
        each
        for each in [
            ProcedurePage.steps.field.stream_block.child_blocks["step"],
            ProcedurePage.notes.field.stream_block.child_blocks["callout"],
            ProcedurePage.notes.field.stream_block.child_blocks["example"],
        ]
        if isinstance(each, block)
    )
    assert definition.is_previewable

    response = as_user(editor).get(
        reverse("wagtailadmin_block_preview"), {"id": definition.definition_prefix}
    )

    assert response.status_code == 200
    assert "css/components/manual.css" in response.content.decode()


def test_procedure_list_narrows_by_channel_and_skill(editor, as_user):
    by_phone = ProcedurePageFactory(title="By phone", channels=[Channel.PHONE, Channel.CHAT])
    by_phone.skills.add(Skill.objects.get(key="empathy"))
    by_phone.save()
    ProcedurePageFactory(title="By mail", channels=[Channel.EMAIL])
    browser, address = as_user(editor), reverse("procedures:index")

    everything = browser.get(address).content.decode()
    assert "By phone" in everything
    assert "By mail" in everything
    for query in ({"channel": "phone"}, {"skill": Skill.objects.get(key="empathy").pk}):
        content = browser.get(address, query).content.decode()
        assert "By phone" in content
        assert "By mail" not in content


# Snippets -----------------------------------------------------------------------------------------


def reply_form(**changes):
    return {
        "title": "New date",
        "key": "new-date",
        "channels": ["email", "chat"],
        "body": "Dear {customer_name}",
        **changes,
    }


def test_reply_template_is_made_with_its_channels_ticked(editor, as_user):
    browser = as_user(editor)

    assert browser.post(snippet("replytemplate", "add"), reply_form()).status_code == 302

    reply = ReplyTemplate.objects.get()
    assert reply.channels == ["email", "chat"]
    content = browser.get(snippet("replytemplate", "edit", reply.pk)).content.decode()
    form = querydict_from_html(content, form_id="w-editor-form")
    assert content.count('type="checkbox" name="channels"') == 4
    assert form.getlist("channels") == ["email", "chat"]


def test_reply_template_may_suit_all_channels(editor, as_user):
    response = as_user(editor).post(snippet("replytemplate", "add"), reply_form(channels=[]))

    assert response.status_code == 302
    assert ReplyTemplate.objects.get().channels == []


def test_reply_template_refuses_an_unknown_channel(editor, as_user):
    response = as_user(editor).post(snippet("replytemplate", "add"), reply_form(channels=["fax"]))

    assert response.status_code == 200
    assert not ReplyTemplate.objects.exists()


def test_reply_template_list_narrows_by_channel(editor, as_user):
    ReplyTemplateFactory(title="For chats", channels=["chat"])
    ReplyTemplateFactory(title="For mails", channels=["email"])
    ReplyTemplateFactory(title="For anything", channels=[])

    response = as_user(editor).get(snippet("replytemplate", "list"), {"channel": "chat"})

    content = response.content.decode()
    assert "For chats" in content
    assert "For anything" in content
    assert "For mails" not in content


def question_form(kind, *options, initial=()):
    rows = [
        {"text": f"Option {number}", "is_correct": "on" if correct else "", "feedback": ""}
        for number, correct in enumerate(options)
    ]
    for row, option in zip(rows, initial, strict=False):
        row["id"] = str(option.pk)
    return nested_form_data(
        {
            "text": "What now?",
            "key": "what-now",
            "kind": kind,
            "title": "",
            "marking": "exact",
            "tags": "",
            "options": inline_formset(rows, initial=len(initial)),
            "explanation": "",
            "skill": "",
        }
    )


def test_question_is_made_with_its_options(editor, as_user):
    response = as_user(editor).post(
        snippet("question", "add"), question_form("single", True, False, False)
    )

    assert response.status_code == 302
    assert [option.is_correct for option in Question.objects.get().options.all()] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("kind", "options", "complaint"),
    [
        ("single", [False, False], "Mark at least one option as correct."),
        ("single", [True, True], "Only one option can be correct here"),
        ("true_false", [True, False, False], "exactly two options"),
        ("single", [True], ""),
        ("single", [], ""),
    ],
)
def test_question_with_options_that_do_not_suit_is_refused(
    kind, options, complaint, editor, as_user
):
    response = as_user(editor).post(snippet("question", "add"), question_form(kind, *options))

    assert response.status_code == 200
    assert complaint in response.content.decode()
    assert not Question.objects.exists()


def test_question_is_checked_by_the_options_sent_and_not_by_those_of_before(editor, as_user):
    question = QuestionFactory(kind="multiple", options=[("A", True), ("B", True)])
    stored = list(question.options.all())
    address = snippet("question", "edit", question.pk)
    browser = as_user(editor)

    wrong = question_form("single", True, True, initial=stored)
    assert browser.post(address, wrong).status_code == 200

    right = question_form("single", False, True, initial=stored)
    assert browser.post(address, right).status_code == 302
    question = Question.objects.get()
    assert question.kind == "single"
    assert [option.is_correct for option in question.options.all()] == [False, True]


def test_learning_path_takes_no_module_twice(editor, as_user):
    module = ModulePageFactory()
    LessonPageFactory(parent=module)

    def form(*modules):
        form = nested_form_data(
            {
                "title": "First weeks",
                "key": "first-weeks",
                "summary": "",
                "path_modules": inline_formset(
                    [{"module": str(each.pk), "due_after_days": "7"} for each in modules]
                ),
                "prerequisites": inline_formset([]),
                "elective_groups": inline_formset([]),
                "expiry": "never",
                "renew_lead_days": "30",
            }
        )
        return form | {"roles": ["Agents", "Reviewers"]}

    browser = as_user(editor)
    assert browser.post(snippet("learningpath", "add"), form(module, module)).status_code == 200
    assert not LearningPath.objects.exists()
    assert browser.post(snippet("learningpath", "add"), form(module)).status_code == 302
    path = LearningPath.objects.get()
    assert path.path_modules.count() == 1
    assert path.roles == ["Agents", "Reviewers"]
    content = browser.get(snippet("learningpath", "edit", path.pk)).content.decode()
    ticked = querydict_from_html(content, form_id="w-editor-form").getlist("roles")
    assert ticked == ["Agents", "Reviewers"]


@pytest.mark.parametrize("query", ['"', 'a "b', "\x00", '""', '"" OR "'])
@pytest.mark.parametrize(
    "path",
    [
        "/admin/snippets/content/question/",
        "/admin/snippets/content/replytemplate/",
        "/admin/images/",
        "/admin/procedures/",
        "/admin/choose-page/search/",
    ],
)
def test_odd_searches_in_the_admin_are_no_error(editor, as_user, path, query):
    assert as_user(editor).get(path, {"q": query}).status_code == 200


@pytest.mark.parametrize("action", sorted(PagesAdminAPIViewSet.actions))
def test_pages_are_changed_by_no_way_around_the_editors_forms(as_user, editor, action):
    """Wagtail has addresses for programs that do so without asking for approval or a change note, and
    without looking whether people have learned from a page."""
    page = ProcedurePageFactory(title="Refunds", live=False)
    page.save_revision()
    address = reverse("wagtailadmin_api:pages:action", args=[page.pk, action])

    response = as_user(editor).post(address, {"destination_page_id": page.get_parent().pk})

    assert response.status_code == 404
    assert [(each.pk, each.live) for each in ProcedurePage.objects.all()] == [(page.pk, False)]


def test_cards_of_refreshers_are_not_deleted(as_user, editor):
    """They are switched off: what people have answered points at them."""
    card = RefresherCardFactory()
    client = as_user(editor)
    several = reverse("wagtail_bulk_action", args=["content", "refreshercard", "delete"])

    client.post(snippet("refreshercard", "delete", card.pk))
    response = client.post(f"{several}?id={card.pk}&next=/admin/", follow=True)

    assert "do not have permission" in response.text
    assert RefresherCard.objects.filter(pk=card.pk).exists()


def test_nobody_changes_their_own_name_in_the_editing_area(as_user, editor):
    """Names sign grades and approvals; the profile does not offer them either."""
    name = {"name_email-first_name": "Anton", "name_email-last_name": "Weir"}
    theme = {"theme-theme": "dark", "theme-density": "default", "theme-contrast": "system"}

    response = as_user(editor).post(reverse("wagtailadmin_account"), {**name, **theme})

    assert response.status_code == 302, "what is left of the form is saved"
    assert editor.get_full_name() == User.objects.get(pk=editor.pk).get_full_name() != "Anton Weir"
