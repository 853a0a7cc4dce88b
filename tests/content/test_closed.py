"""Privacy settings of pages, looked up once for a page."""

from wagtail.models import PageViewRestriction

from content.closed import closed_pages
from content.models import ManualSectionPage, ProcedurePage
from people.once import reading


def test_a_page_that_is_closed_meanwhile_is_gone_at_once(
    rich_procedure, agent, editor, restrict, as_user
):
    browser = as_user(agent)
    assert browser.get(rich_procedure.url).status_code == 200

    restrict(rich_procedure, editor.groups.get())

    assert browser.get(rich_procedure.url).status_code == 404
    assert as_user(editor).get(rich_procedure.url).status_code == 200


def test_a_page_that_is_opened_again_is_there_at_once(
    rich_procedure, agent, editor, restrict, as_user
):
    restrict(rich_procedure, editor.groups.get())
    browser = as_user(agent)
    assert browser.get(rich_procedure.url).status_code == 404

    PageViewRestriction.objects.all().delete()

    assert browser.get(rich_procedure.url).status_code == 200


def test_settings_are_one_query_however_many_lists_heed_them(
    rich_procedure, agent, editor, restrict, django_assert_num_queries
):
    restrict(rich_procedure, editor.groups.get())

    # The settings, the groups of the reader, and the two lists themselves.
    with reading(), django_assert_num_queries(4):
        assert not ProcedurePage.objects.visible_to(agent).exists()
        assert list(ProcedurePage.objects.visible_to(agent)) == []


def test_a_password_admits_nobody_to_lists_not_even_a_superuser(rich_procedure, editor):
    PageViewRestriction.objects.create(
        page=rich_procedure, restriction_type=PageViewRestriction.PASSWORD, password="open"
    )
    editor.is_superuser = True

    assert len(closed_pages()) == 1
    assert not ProcedurePage.objects.visible_to(editor).exists()


def test_a_procedure_is_read_with_few_queries(
    rich_procedure, agent, as_user, django_assert_max_num_queries
):
    browser = as_user(agent)
    browser.get(rich_procedure.url)

    with django_assert_max_num_queries(15):
        assert browser.get(rich_procedure.url).status_code == 200


def test_a_page_that_is_not_published_is_not_found(rich_procedure, agent, as_user):
    rich_procedure.unpublish()

    assert as_user(agent).get(rich_procedure.url).status_code == 404


def test_another_page_at_the_address_of_one_that_was_read_is_found(rich_procedure, agent, as_user):
    browser, address = as_user(agent), rich_procedure.url
    assert browser.get(address).status_code == 200
    slug, above = rich_procedure.slug, rich_procedure.get_parent()
    rich_procedure.delete()
    assert browser.get(address).status_code == 404

    above.add_child(instance=ManualSectionPage(title="A section now", slug=slug))

    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.context["page"].title == "A section now"


def test_the_front_of_the_manual_is_read_with_few_queries(
    rich_procedure, agent, as_user, django_assert_max_num_queries
):
    """However many procedures there are."""
    browser = as_user(agent)
    address = rich_procedure.get_parent().url
    for number in range(3):
        page = ProcedurePage(title=f"Procedure {number}", slug=f"procedure-{number}")
        rich_procedure.get_parent().add_child(instance=page)
    browser.get(address)

    with django_assert_max_num_queries(9):
        assert b"Procedure 2" in browser.get(address).content


def test_a_setting_elsewhere_hides_that_page_alone(
    rich_procedure, agent, as_user, restrict, editor
):
    browser = as_user(agent)
    section = ManualSectionPage(title="Secret", slug="secret")
    rich_procedure.get_parent().add_child(instance=section)
    restrict(section, editor.groups.get())
    browser.get(rich_procedure.url)

    answer = browser.get(rich_procedure.url)

    assert answer.status_code == 200
    assert b"Secret" not in answer.content
    assert browser.get(section.url).status_code == 404
