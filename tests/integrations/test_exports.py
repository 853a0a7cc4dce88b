import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from people.models import AuditEvent
from scorecards.models import CriterionScore, ReviewAssignment
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory


@pytest.fixture
def scorecards(agent, reviewer):
    version = RubricVersionFactory()
    found = [
        ScorecardFactory(
            agent=agent, reviewer=reviewer, submitted=True, submitted_at=timezone.now()
        )
        for _each in range(2)
    ]
    criterion = version.sections.first().criteria.first()
    CriterionScore.objects.create(
        scorecard=found[0], criterion=criterion, level=criterion.levels.last()
    )
    ScorecardFactory(
        agent=None,
        reviewer=reviewer,
        submitted=True,
        assignment__purpose=ReviewAssignment.Purpose.CALIBRATION,
        assignment__inclusion_probability=None,
    )
    return found


def test_parquet_holds_what_its_reader_sees(scorecards, administrator, tmp_path, capsys):
    parquet = pytest.importorskip("pyarrow.parquet")
    call_command("export_parquet", str(tmp_path), by=administrator.email)
    assert capsys.readouterr().out == "2 scorecards, 1 criterion_scores\n"
    table = parquet.read_table(tmp_path / "scorecards.parquet").to_pylist()
    assert [row["id"] for row in table] == [each.pk for each in scorecards]
    assert table[0]["submitted_at"] == scorecards[0].submitted_at
    grades = parquet.read_table(tmp_path / "criterion_scores.parquet").to_pylist()
    assert (grades[0]["criterion"], grades[0]["points"]) == ("tone", 2.0)
    assert AuditEvent.objects.filter(action="export_parquet").exists()
    assert not list(tmp_path.glob("*.part"))


def test_parquet_comes_by_the_api(scorecards, program):
    pytest.importorskip("pyarrow")
    answer = program.get("/api/v1/exports/scorecards.parquet")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:4] == b"PAR1"
    assert program.get("/api/v1/exports/users.parquet").status_code == 404


def test_without_pyarrow_it_says_so(program, administrator, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CommandError, match="pyarrow"):
        call_command("export_parquet", str(tmp_path), by=administrator.email)
    answer = program.get("/api/v1/exports/scorecards.parquet")
    assert (answer.status_code, answer["Content-Type"]) == (501, "application/problem+json")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_of_scorecards_goes_out_as_shown(scorecards, agent, teammate, as_user, form):
    answer = as_user(agent).post("/scorecards/?outcome=pass", {"format": form})
    assert f"scorecards.{form}" in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)
    if form == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == [
            str(each.pk) for each in reversed(scorecards)
        ]
        empty = as_user(agent).post("/scorecards/?outcome=fail", {"format": form})
        assert len(b"".join(empty.streaming_content).splitlines()) == 1
        other = as_user(teammate).post("/scorecards/", {"format": form})
        assert len(b"".join(other.streaming_content).splitlines()) == 1
    else:
        assert content[:2] == b"PK"


def test_the_file_takes_constant_queries(scorecards, agent, as_user, count_queries):
    browser = as_user(agent)

    def read(query):
        return lambda: list(
            browser.post(f"/scorecards/{query}", {"format": "csv"}).streaming_content
        )

    read("")()
    few = count_queries(read(""))
    for _each in range(5):
        ScorecardFactory(agent=agent, submitted=True, submitted_at=timezone.now())
    assert len(read("")()) > 7
    assert count_queries(read("")) == few <= 11
    # What stands beside the rows is not looked up where there are none.
    assert count_queries(read("?outcome=fail")) < few
