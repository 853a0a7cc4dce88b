"""What readers meet on each kind of page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail import hooks

from content.models import HomePage, ManualIndexPage, ProcedurePage, TrainingIndexPage
from people.channels import Channel
from tests.factories.content import (
    LessonPageFactory,
    ManualSectionPageFactory,
    ModulePageFactory,
    ProcedurePageFactory,
    QuizPageFactory,
    SkillFactory,
)

pytestmark = pytest.mark.django_db


def read(browser, page):
    response = browser.get(page.url)
    assert response.status_code == 200
    return response.content.decode()


def queries_of(browser, address):
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.fixture
def every_page(rich_procedure, rich_lesson):
    return [
        ManualIndexPage.objects.get(),
        ManualSectionPageFactory(introduction="What to do."),
        rich_procedure,
        TrainingIndexPage.objects.get(),
        rich_lesson.get_parent().specific,
        rich_lesson,
        QuizPageFactory(parent=rich_lesson.get_parent()),
    ]


def test_every_page_can_be_read_by_every_role(
    every_page, agent, reviewer, manager, editor, administrator, as_user
):
    for person in (agent, reviewer, manager, editor, administrator):
        browser = as_user(person)
        for page in every_page:
            content = read(browser, page)
            assert content.count("<h1") == 1
            assert page.title in content


def test_every_page_asks_a_stranger_to_sign_in(every_page, client):
    for page in every_page:
        response = client.get(page.url)
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next={page.url}"


def test_every_page_is_not_found_before_it_is_published(every_page, agent, as_user):
    browser = as_user(agent)
    for page in reversed(every_page):
        page.unpublish()
        assert browser.get(page.url).status_code == 404


def test_every_page_is_not_found_by_people_of_other_groups(
    every_page, agent, editor, as_user, restrict
):
    restrict(HomePage.objects.get(), editor.groups.get())
    for page in every_page:
        assert as_user(agent).get(page.url).status_code == 404
        assert as_user(editor).get(page.url).status_code == 200


def test_every_page_offers_editing_to_who_may_write(every_page, agent, editor, as_user):
    for page in every_page:
        address = reverse("wagtailadmin_pages:edit", args=[page.pk])
        assert address in read(as_user(editor), page)
        assert address not in read(as_user(agent), page)


def test_home_page_sends_people_to_their_own_start(agent, as_user, rf):
    request = rf.get("/")
    request.user = agent

    response = HomePage.objects.get().serve(request)

    assert (response.status_code, response["Location"]) == (302, reverse("insights:home"))


# The manual ---------------------------------------------------------------------------------------


def test_manual_index_shows_sections_and_procedures_with_purpose_and_channels(agent, as_user):
    section = ManualSectionPageFactory(title="Situations", introduction="By what happened.")
    ProcedurePageFactory(parent=section, title="Late", purpose="A date.", channels=[Channel.CHAT])

    content = read(as_user(agent), ManualIndexPage.objects.get())

    for words in ("Situations", "By what happened.", "Late", "A date.", "Chat"):
        assert words in content
    assert f'action="{reverse("content:manual_search")}"' in content


def test_manual_index_narrows_to_a_channel(agent, as_user):
    by_phone, by_mail = (ManualSectionPageFactory(title=title) for title in ("Calls", "Letters"))
    ProcedurePageFactory(parent=by_phone, title="Answer it", channels=[Channel.PHONE])
    ProcedurePageFactory(parent=by_mail, title="Write it", channels=[Channel.EMAIL])

    response = as_user(agent).get(ManualIndexPage.objects.get().url, {"channel": "phone"})

    content = response.content.decode()
    assert "Answer it" in content
    assert "Calls" in content
    assert "Write it" not in content
    assert "Letters" not in content


def test_manual_index_ignores_a_channel_that_does_not_exist(agent, as_user):
    ProcedurePageFactory(title="Answer it", channels=[Channel.PHONE])

    response = as_user(agent).get(ManualIndexPage.objects.get().url, {"channel": "fax"})

    assert "Answer it" in response.content.decode()


def test_manual_index_says_what_to_do_while_it_is_empty(agent, editor, as_user):
    manual = ManualIndexPage.objects.get()

    assert "Nothing has been published yet" in read(as_user(agent), manual)
    assert reverse("wagtailadmin_pages:add_subpage", args=[manual.pk]) in read(
        as_user(editor), manual
    )


def test_manual_index_hides_what_is_for_other_groups(agent, editor, as_user, restrict):
    section = ManualSectionPageFactory(title="Fraud desk")
    ProcedurePageFactory(parent=section, title="Freeze an account")
    restrict(section, editor.groups.get())
    manual = ManualIndexPage.objects.get()

    assert "Freeze an account" in read(as_user(editor), manual)
    content = read(as_user(agent), manual)
    assert "Freeze an account" not in content
    assert "Fraud desk" not in content


@pytest.mark.parametrize("place", ["index", "section", "procedure"])
def test_manual_costs_as_many_queries_with_three_procedures_as_with_one(place, agent, as_user):
    section = ManualSectionPageFactory()
    first = ProcedurePageFactory(parent=section, channels=[Channel.PHONE, Channel.CHAT])
    page = {"index": ManualIndexPage.objects.get(), "section": section, "procedure": first}[place]
    browser = as_user(agent)
    before = queries_of(browser, page.url)

    inner = ManualSectionPageFactory(parent=section)
    ProcedurePageFactory(parent=section, channels=[Channel.PHONE])
    ProcedurePageFactory(parent=inner, channels=[Channel.EMAIL])

    assert queries_of(browser, page.url) == before


def test_procedure_shows_all_it_says(rich_procedure, agent, as_user):
    content = read(as_user(agent), rich_procedure)

    for words in (
        "The customer gets a date they can plan with.",
        "within 24 hours",
        "within 15 minutes",
        "Date first.",
        "Find the order",
        "Check the <b>tracking</b>.",
        "Let me find out where it is.",
        "The last scan.",
        "Is it really late?",
        "Supervisor",
        "Customer",
        "Third contact",
        "Shift supervisor",
        "within 1 hour",
        "Vans are <i>ours</i>.",
        "Never blame the carrier.",
        "It comes on Thursday.",
        "It comes soon.",
        'alt="The way of a parcel"',
        "Five scans",
        "Empathy",
    ):
        assert words in content
    assert "srcset=" in content


def test_procedure_offers_its_reply_templates_as_text_to_copy(rich_procedure, agent, as_user):
    content = read(as_user(agent), rich_procedure)

    assert (
        'data-reply-text>Dear <span class="placeholder" data-placeholder="customer_name">'
        "{customer_name}</span> &amp; family</p>" in content
    )
    assert "data-reply-copy" in content


def test_procedure_names_its_edition(agent, editor, as_user):
    procedure = ProcedurePageFactory()
    revision = procedure.save_revision(user=editor)
    revision.publish()

    assert f"revision {revision.pk}" in read(as_user(agent), procedure)


def test_procedure_shows_where_it_stands(agent, as_user):
    section = ManualSectionPageFactory(title="Situations")
    before, page, after = (ProcedurePageFactory(parent=section) for _ in range(3))

    content = read(as_user(agent), page)

    assert f'<a href="{section.url}">Situations</a>' in content
    assert f'href="{page.url}" aria-current="page"' in content
    assert f'rel="prev" href="{before.url}"' in content
    assert f'rel="next" href="{after.url}"' in content


def test_procedure_without_any_extras_shows_no_empty_headings(agent, as_user):
    content = read(as_user(agent), ProcedurePageFactory())

    for heading in ("Channels and service standard", "Steps", "Reply templates", "Escalation"):
        assert f">{heading}</h2>" not in content


# Modules ------------------------------------------------------------------------------------------


def test_catalogue_lists_modules_with_minutes_and_skills(agent, as_user):
    module = ModulePageFactory(title="First days", summary="How it goes.", minutes=1)
    module.skills.add(SkillFactory(key="empathy"))
    module.save()
    ModulePageFactory(title="Unfinished", live=False)

    content = read(as_user(agent), TrainingIndexPage.objects.get())

    for words in ("First days", "How it goes.", "1 minute", "Empathy"):
        assert words in content
    assert "Unfinished" not in content


def test_catalogue_costs_as_many_queries_with_three_modules_as_with_one(agent, as_user):
    address, browser = TrainingIndexPage.objects.get().url, as_user(agent)
    ModulePageFactory()
    before = queries_of(browser, address)

    ModulePageFactory.create_batch(2)

    assert queries_of(browser, address) == before


def test_module_lists_its_steps_in_order(agent, as_user):
    module = ModulePageFactory()
    lesson = LessonPageFactory(parent=module, title="Read this", minutes=4)
    quiz = QuizPageFactory(parent=module, title="Check yourself")

    content = read(as_user(agent), module)

    assert content.index(lesson.url) < content.index(quiz.url)
    assert "4 minutes" in content
    assert "Quiz, 2 questions" in content


def test_module_costs_as_many_queries_with_three_lessons_as_with_one(agent, as_user):
    module, browser = ModulePageFactory(), as_user(agent)
    LessonPageFactory(parent=module)
    QuizPageFactory(parent=module)
    before = queries_of(browser, module.url)

    LessonPageFactory.create_batch(2, parent=module)

    assert queries_of(browser, module.url) == before


def test_lesson_shows_every_kind_of_block(rich_lesson, rich_procedure, agent, as_user):
    content = read(as_user(agent), rich_lesson)

    for words in (
        "Nobody rings for fun.",
        "Listen first.",
        'alt="Four cards"',
        rich_procedure.title,
        rich_procedure.purpose,
        "Find the order",
        "Always the current edition",
        rich_procedure.url,
    ):
        assert words in content


def test_lesson_shows_the_edition_of_a_procedure_that_is_published_now(
    rich_lesson, rich_procedure, agent, as_user
):
    rich_procedure.purpose = "What nobody has approved."
    rich_procedure.save_revision()
    assert "What nobody has approved." not in read(as_user(agent), rich_lesson)

    rich_procedure.latest_revision.publish()
    assert "What nobody has approved." in read(as_user(agent), rich_lesson)


def test_lesson_says_so_when_its_procedure_is_not_published(
    rich_lesson, rich_procedure, agent, as_user
):
    rich_procedure.unpublish()

    content = read(as_user(agent), rich_lesson)

    assert "it is not published at the moment" in content
    assert "Find the order" not in content


def test_lesson_keeps_a_procedure_from_people_of_other_groups(
    rich_lesson, rich_procedure, agent, editor, as_user, restrict
):
    restrict(rich_procedure, editor.groups.get())

    assert "Find the order" in read(as_user(editor), rich_lesson)
    shown = read(as_user(agent), rich_lesson)
    assert "Find the order" not in shown
    assert rich_procedure.title not in shown
    assert "A procedure belongs here that is not open to you" in shown


def test_lesson_leads_to_the_steps_around_it(agent, as_user):
    module = ModulePageFactory()
    first, page, last = (LessonPageFactory(parent=module) for _ in range(3))

    content = read(as_user(agent), page)

    assert f'rel="prev" href="{first.url}"' in content
    assert "Step 2 of 3" in content
    assert last.url in content


@pytest.fixture
def bare_context():
    """Pages as they are without the training room, plus what a test registers."""
    kept = hooks._hooks.pop("evenhand_page_context", [])
    yield hooks.register_temporarily
    hooks._hooks["evenhand_page_context"] = kept


def test_lesson_can_be_marked_as_read_where_the_reader_has_progress(bare_context, agent, as_user):
    lesson = LessonPageFactory()
    form = f'action="{reverse("training:lesson_complete", args=[lesson.pk])}"'
    assert form not in read(as_user(agent), lesson)

    progress = {"done": set(), "percent": 0, "next_url": "/x/", "is_done": False}
    with bare_context("evenhand_page_context", lambda page, request: {"progress": progress}):
        assert form in read(as_user(agent), lesson)
        progress.update(is_done=True, done={lesson.pk}, percent=100)
        content = read(as_user(agent), lesson)
        assert form not in content
        assert "Done:" in content


def test_module_shows_how_far_the_reader_is(bare_context, agent, as_user):
    lesson = LessonPageFactory()
    progress = {"done": set(), "percent": 50, "next_url": "/learn/next/", "is_done": False}
    with bare_context("evenhand_page_context", lambda page, request: {"progress": progress}):
        content = read(as_user(agent), lesson.get_parent())
        assert "50 % done" in content
        assert 'href="/learn/next/"' in content

        progress.update(percent=100, next_url=None)
        assert "Completed" in read(as_user(agent), lesson.get_parent())


def test_quiz_says_what_to_expect(agent, as_user):
    quiz = QuizPageFactory(introduction="Take your time.", pass_mark=80)

    content = read(as_user(agent), quiz)

    assert "Take your time." in content
    assert "<dd>2</dd>" in content
    assert "80 %" in content


def test_quiz_can_be_started_only_where_the_reader_can_take_it(bare_context, agent, as_user):
    quiz = QuizPageFactory()
    form = f'action="{reverse("training:quiz_start", args=[quiz.pk])}"'
    assert form not in read(as_user(agent), quiz)

    state = {
        "open_attempt": None, "last_attempt": None, "best_percent": None, "passed": False,
        "retry": {"is_allowed": True},
    }  # fmt: skip
    with bare_context("evenhand_page_context", lambda page, request: {"quiz_state": state}):
        content = read(as_user(agent), quiz)
        assert form in content
        assert "Start the quiz" in content

        state.update(last_attempt={"pk": 7}, best_percent=60)
        content = read(as_user(agent), quiz)
        assert "Take it again" in content
        assert "Not passed yet" in content
        assert reverse("training:attempt_detail", args=[7]) in content

        state.update(open_attempt={"pk": 8})
        content = read(as_user(agent), quiz)
        assert form not in content
        assert reverse("training:attempt_detail", args=[8]) in content


def test_pages_carry_no_inline_script_or_style(every_page, agent, as_user):
    browser = as_user(agent)
    for page in every_page:
        content = read(browser, page)
        assert "style=" not in content
        assert "<script>" not in content
        assert " onclick" not in content


def test_procedure_is_found_in_the_index_without_its_choices(rich_procedure):
    assert list(ProcedurePage.objects.search("tracking")) == [rich_procedure]
    assert list(ProcedurePage.objects.search("careful")) == []
