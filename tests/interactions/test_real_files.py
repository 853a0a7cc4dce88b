"""The public sample files, as they are."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from interactions.models import Customer, ImportRun, Interaction
from people.models import User

DATA = Path(settings.BASE_DIR).parent / "shared/data"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the sample files are not at {DATA}"),
]


def imported(name: str) -> tuple[int, int, int, int]:
    out = io.StringIO()
    call_command("import_interactions", DATA / f"interactions-{name}.jsonl.gz", stdout=out)
    run = ImportRun.objects.first()
    return run.created_count, run.updated_count, run.unchanged_count, run.rejected_count


def test_abcd_has_eleven_chats_without_agents():
    assert imported("abcd") == (11, 0, 0, 0)
    assert imported("abcd") == (0, 0, 11, 0)

    assert Interaction.objects.count() == 11
    assert not Interaction.objects.exclude(agent=None, agent_reference="", agent_name="").exists()
    interaction = Interaction.objects.select_related("transcript", "customer").get(
        external_id="234"
    )
    assert interaction.subject == "Status mystery fee"
    assert interaction.customer.name == "sanya afzal"
    actions = [turn for turn in interaction.transcript.turns if turn.is_system]
    assert [(turn.action_words, turn.text) for turn in actions][:1] == [
        ("Pull up account", "Account has been pulled up for Sanya Afzal.")
    ]
    assert sum(Interaction.objects.values_list("message_count", flat=True)) == 276


def test_harper_valley_has_five_timed_calls():
    assert imported("harper-valley") == (5, 0, 0, 0)
    assert imported("harper-valley") == (0, 0, 5, 0)

    interaction = Interaction.objects.get(external_id="0002f70f7386445b")
    assert (interaction.channel, interaction.subject) == ("phone", "Replace card")
    assert (interaction.agent_reference, interaction.agent_name) == ("46", "Elizabeth")
    assert interaction.duration_seconds == 51
    first = interaction.transcript.turns[0]
    assert (first.offset, first.duration) == (3.814, 2.67)


@pytest.mark.parametrize(
    ("name", "threads", "orphans"),
    [("zendesk", 10, 20), ("intercom", 2, 9)],
)
def test_tables_of_help_desks_come_in_as_a_folder(name, threads, orphans):
    """The samples' comments belong to conversations that are not in them: each is named."""
    folder = DATA / "export-samples" / name
    if not folder.is_dir():
        pytest.skip(f"the sample tables are not at {folder}")
    counts = []
    for _time in range(2):
        with pytest.raises(CommandError, match=f"{orphans} rows were rejected") as caught:
            call_command("import_interactions", folder, stdout=io.StringIO())
        assert caught.value.returncode == 3
        run = ImportRun.objects.first()
        counts.append((run.created_count, run.unchanged_count, run.rejected_count))
    assert counts == [(threads, 0, orphans), (0, threads, orphans)]
    assert Interaction.objects.filter(source=name).count() == threads


def test_star_has_three_thousand_rows_of_which_189_are_silent():
    people = User.objects.count()
    assert imported("star") == (3000, 0, 0, 0)
    assert imported("star") == (0, 0, 3000, 0)

    assert Interaction.objects.count() == 3000
    assert Interaction.objects.filter(message_count=0).count() == 189
    assert sum(Interaction.objects.values_list("message_count", flat=True)) == 69_565
    assert Customer.objects.count() <= 94
    assert User.objects.count() == people
