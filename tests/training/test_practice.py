"""Role plays: played, kept, graded by a rubric, and read by who may."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import PageViewRestriction

from content.models import PracticePage
from scorecards.models import Level, Rollup, RubricVersion, Scorecard
from tests.factories.practice import PracticePageFactory, end, scene
from tests.factories.scorecards import RubricVersionFactory
from training.models import Completion, OutgoingStatement, PracticeRun, PracticeSetup


@pytest.fixture
def page(db) -> PracticePage:
    return PracticePageFactory(title="Late parcel")


@pytest.fixture
def version(page) -> RubricVersion:
    version = RubricVersionFactory()
    PracticeSetup.objects.create(page=page, rubric=version.rubric)
    return version


def start(client, page) -> PracticeRun:
    answer = client.post(reverse("training:practice_start", args=[page.pk]))
    run = PracticeRun.objects.first()
    assert answer["Location"] == reverse("training:practice_run", args=[run.pk])
    return run


def turn(client, run, number, **data):
    return client.post(reverse("training:practice_turn", args=[run.pk]), {"turn": number, **data})


def show(client, run) -> str:
    return client.get(reverse("training:practice_run", args=[run.pk])).content.decode()


def to_the_end(client, run) -> None:
    turn(client, run, 0, choice=0)
    turn(client, run, 1, wrote="It leaves today, I promise.")
    turn(client, run, 2, choice=0, ticked=[1])


def level_of(version, key, position) -> Level:
    return Level.objects.get(
        criterion__key=key, criterion__section__version=version, position=position
    )


def field(version, key) -> str:
    return f"c{level_of(version, key, 0).criterion_id}-level"


def test_conversation_goes_on_by_choices_and_what_follows_is_told(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    assert "Where is my order?" in show(client, run)
    assert turn(client, run, 0, choice=0).status_code == 302
    text = show(client, run)
    assert "After Kindly" in text
    assert "And now?" in text


def test_written_answer_is_compared_and_never_marked_by_its_words(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    assert "It leaves tomorrow." not in show(client, run)
    turn(client, run, 1, wrote="Whatever.")
    text = show(client, run)
    assert "Whatever." in text
    assert "It leaves tomorrow." in text
    assert "A name" in text
    turn(client, run, 2, choice=0, ticked=[0])
    run.refresh_from_db()
    assert run.passed is True
    assert run.events[-1] == {"scene": "written", "choice": 0, "ticked": [0]}


def test_nothing_chosen_and_nothing_written_are_asked_again(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    assert turn(client, run, 0).status_code == 422
    assert turn(client, run, 0, choice=9).status_code == 422
    turn(client, run, 0, choice=0)
    assert turn(client, run, 1, wrote="  ").status_code == 422


def test_second_start_goes_on_with_the_same_run(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    assert start(client, page) == run
    assert PracticeRun.objects.count() == 1


def test_run_goes_on_with_the_scenario_of_its_start(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    page.scenario = [scene("other", ("Go", "won"), says="Something else?"), end("won")]
    page.save_revision().publish()
    text = show(client, run)
    assert "Where is my order?" in text
    assert "Something else?" not in text


def test_slower_window_is_told_and_keeps_its_words(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    turn(client, run, 1, wrote="From the first window.")
    answer = turn(client, run, 1, wrote="From the second window.")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "From the second window." in text
    assert "From the first window." in text
    run.refresh_from_db()
    assert len(run.events) == 2


def test_slower_window_at_the_same_question_finds_its_words_in_the_field(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=2)
    turn(client, run, 1, choice=0)
    answer = turn(client, run, 1, wrote="Typed elsewhere")
    assert answer.status_code == 409
    assert ">Typed elsewhere</textarea>" in answer.content.decode()


def test_run_thrown_away_elsewhere_gives_words_back(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    client.post(reverse("training:practice_anew", args=[run.pk]))
    answer = turn(client, run, 1, wrote="Lost?")
    assert answer.status_code == 404
    assert "Lost?" in answer.content.decode()
    assert PracticeRun.objects.get().events == []


def test_without_a_rubric_a_good_end_completes_the_step(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=1)
    run.refresh_from_db()
    assert (run.passed, run.ended_well) == (False, False)
    assert not Completion.objects.filter(page=page).exists()
    run = start(client, page)
    to_the_end(client, run)
    assert Completion.objects.filter(user=agent, page=page).exists()
    # The only step of its module.
    assert Completion.objects.filter(user=agent, page=page.get_parent()).exists()


def test_played_to_any_end_completes_where_the_page_says_so(as_user, agent, page):
    page.rule = PracticePage.Rule.PLAYED
    page.save()
    client = as_user(agent)
    turn(client, start(client, page), 0, choice=1)
    assert Completion.objects.filter(user=agent, page=page).exists()


def test_choices_decide_criteria_and_the_trainee_grades_the_rest(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    to_the_end(client, run)
    text = show(client, run)
    assert field(version, "identity") in text
    # Decided by the choices, so not asked.
    for key in ("tone", "greeting", "facts"):
        assert field(version, key) not in text
    answer = client.post(
        reverse("training:practice_finish", args=[run.pk]),
        {field(version, "identity"): level_of(version, "identity", 1).pk},
    )
    assert answer.status_code == 302
    run.refresh_from_db()
    assert (run.percent, run.outcome, run.passed) == (100, "pass", True)
    text = show(client, run)
    assert "It leaves today, I promise." in text
    assert "facts is 3" in text
    assert Completion.objects.filter(user=agent, page=page).exists()


def test_lowest_of_what_the_choices_showed_counts(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=2)
    turn(client, run, 1, choice=0)
    turn(client, run, 2, wrote="It leaves today.")
    turn(client, run, 3, choice=0)
    name = field(version, "identity")
    finish = reverse("training:practice_finish", args=[run.pk])
    client.post(finish, {name: level_of(version, "identity", 1).pk})
    run.refresh_from_db()
    # Tone 1 of 2 and greeting 2 of 2; facts 2 of 2 and identity 1 of 1; the sections weigh alike.
    assert run.percent == 88


def test_unanswered_criterion_is_asked_for_and_the_rest_kept(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=1)
    finish = reverse("training:practice_finish", args=[run.pk])
    data = {
        field(version, "identity"): level_of(version, "identity", 1).pk,
        field(version, "greeting").replace("-level", "-why"): "Because I said hello",
    }
    answer = client.post(finish, data)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Not finished yet" in text
    assert "Because I said hello" in text
    run.refresh_from_db()
    assert run.finished_at is None
    assert client.post(finish, data | {"later": "1"}).status_code == 302
    assert "Because I said hello" in show(client, run)


def test_critical_failure_by_a_choice_fails_the_run(as_user, agent, page, version):
    page.scenario = [scene("a", ("Leak", "won", [("identity", 1)])), end("won")]
    page.save()
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    data = {
        field(version, key): level_of(version, key, 2).pk for key in ("tone", "greeting", "facts")
    }
    client.post(reverse("training:practice_finish", args=[run.pk]), data)
    run.refresh_from_db()
    assert (run.outcome, run.passed) == ("critical_fail", False)


def test_run_keeps_the_rubric_version_of_its_start(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    RubricVersion.objects.filter(pk=version.pk).update(state="retired")
    RubricVersionFactory(rubric=version.rubric, number=2)
    to_the_end(client, run)
    data = {field(version, "identity"): level_of(version, "identity", 1).pk}
    client.post(reverse("training:practice_finish", args=[run.pk]), data)
    run.refresh_from_db()
    assert (run.version, run.percent) == (version, 100)


def test_finished_twice_answers_409_with_the_result(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    to_the_end(client, run)
    data = {field(version, "identity"): level_of(version, "identity", 1).pk}
    finish = reverse("training:practice_finish", args=[run.pk])
    client.post(finish, data)
    assert client.post(finish, data).status_code == 409
    assert turn(client, run, 3, choice=0).status_code == 409


def test_no_scorecard_and_no_rollup_comes_of_a_run(as_user, agent, page, version):
    client = as_user(agent)
    run = start(client, page)
    to_the_end(client, run)
    data = {field(version, "identity"): level_of(version, "identity", 1).pk}
    client.post(reverse("training:practice_finish", args=[run.pk]), data)
    assert not Scorecard.objects.exists()
    assert not Rollup.objects.exists()


def test_record_store_is_told_of_the_run_and_its_result(as_user, agent, page, settings):
    settings.XAPI_ENDPOINT, settings.XAPI_KEY = "http://127.0.0.1:9/xapi", "key"
    client = as_user(agent)
    run = start(client, page)
    to_the_end(client, run)
    told = [
        (row.statement["verb"]["display"]["en"], row.statement["object"]["definition"]["type"])
        for row in OutgoingStatement.objects.order_by("pk")
    ]
    simulation = "http://adlnet.gov/expapi/activities/simulation"
    assert told[:2] == [("started", simulation), ("completed", simulation)]
    assert told[-1] == ("passed", simulation)


def test_others_run_is_read_by_the_manager_alone_and_played_by_nobody(
    as_user, agent, teammate, manager, other_manager, page
):
    client = as_user(agent)
    run = start(client, page)
    address = reverse("training:practice_run", args=[run.pk])
    assert "not finished yet" in as_user(manager).get(address).content.decode()
    assert turn(as_user(manager), run, 0, choice=0).status_code == 403
    assert turn(as_user(teammate), run, 0, choice=0).status_code == 404
    to_the_end(client, run)
    assert "Kindly" in as_user(manager).get(address).content.decode()
    assert as_user(other_manager).get(address).status_code == 404
    assert as_user(teammate).get(address).status_code == 404
    assert "Late parcel" in as_user(manager).get(reverse("training:practice_list")).content.decode()
    assert (
        "Late parcel"
        not in as_user(teammate).get(reverse("training:practice_list")).content.decode()
    )


def test_unpublished_page_is_said_and_an_open_run_goes_on(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    page.unpublish()
    assert turn(client, run, 0, choice=0).status_code == 302
    PracticeRun.objects.all().delete()
    answer = client.post(reverse("training:practice_start", args=[page.pk]), follow=True)
    assert "is not published at the moment" in answer.content.decode()


def test_page_lists_ones_results_with_constant_queries(
    as_user, agent, page, version, count_queries
):
    client = as_user(agent)
    address = page.get_url()

    def play():
        run = start(client, page)
        to_the_end(client, run)
        data = {field(version, "identity"): level_of(version, "identity", 1).pk}
        client.post(reverse("training:practice_finish", args=[run.pk]), data)

    play()
    client.get(address)
    one = count_queries(lambda: client.get(address))
    play()
    play()
    assert count_queries(lambda: client.get(address)) == one
    assert "Best: 100" in client.get(address).content.decode()
    listing = reverse("training:practice_list")
    assert client.get(listing).content.decode().count("Late parcel") == 3


def test_tree_and_trial_are_for_editors_and_record_nothing(as_user, agent, editor, page):
    tree = reverse("training:practice_tree", args=[page.pk])
    trial = reverse("training:practice_try", args=[page.pk])
    assert as_user(agent).get(tree).status_code == 403
    assert as_user(agent).get(trial).status_code == 403
    client = as_user(editor)
    text = client.get(tree).content.decode()
    assert text.count('href="#place-3"') == 2
    assert "And now?" in client.get(trial, {"way": "", "next": "0"}).content.decode()
    assert "It leaves tomorrow." in client.get(trial, {"way": "0", "next": "w"}).content.decode()
    assert "It came to won." in client.get(trial, {"way": "0.w.0"}).content.decode()
    assert client.get(trial, {"way": "7.x.é"}).status_code == 200
    assert client.get(trial, {"way": 5000 * "9"}).status_code == 200
    assert not PracticeRun.objects.exists()


def test_setup_names_what_does_not_fit_the_rubric(as_user, agent, editor, page, version):
    PracticeSetup.objects.all().delete()
    page.scenario = [
        scene("a", ("Go", "won", [("tone", 7), ("charm", 1), ("facts", 3)])),
        end("won"),
    ]
    page.save_revision().publish()
    address = reverse("training:practice_setup", args=[page.pk])
    assert as_user(agent).get(address).status_code == 403
    client = as_user(editor)
    assert client.post(address, {"rubric": "99999"}).status_code == 422
    text = client.post(address, {"rubric": version.rubric_id}, follow=True).content.decode()
    assert "level 7 of “tone”, which has 3 levels" in text
    assert "the rubric has no criterion “charm”" in text
    assert PracticeSetup.objects.get(page=page).rubric == version.rubric


def test_null_characters_are_left_out_of_what_is_kept(as_user, agent, page, version):
    """PostgreSQL keeps none in JSON."""
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    assert turn(client, run, 1, wrote="It leaves\x00 today.").status_code == 302
    turn(client, run, 2, choice=0)
    keys = [field(version, key).removesuffix("-level") for key in ("tone", "greeting", "facts")]
    why = {f"{key}-why": "Be\x00cause" for key in keys}
    address = reverse("training:practice_finish", args=[run.pk])
    assert client.post(address, {**why, "later": "1"}).status_code == 302
    run.refresh_from_db()
    assert run.events[1]["wrote"] == "It leaves today."
    assert "\x00" not in str(run.grades)


def test_a_run_stays_where_no_other_may_begin(as_user, agent, page):
    client = as_user(agent)
    run = start(client, page)
    turn(client, run, 0, choice=0)
    anew = reverse("training:practice_anew", args=[run.pk])
    page.scenario = [scene("a", ("Go", "nowhere"))]
    page.save()
    assert "has gaps" in client.post(anew, follow=True).content.decode()
    closed = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    closed.groups.add(Group.objects.create(name="Few"))
    assert client.post(anew).status_code == 404
    assert len(PracticeRun.objects.get(pk=run.pk).events) == 1
