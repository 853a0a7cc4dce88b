"""Lists as files: who asks, what is in them, what is noted down."""

import csv
import datetime as dt
import io

import pytest
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.utils import timezone, translation

from people.exports import ADDRESS, ID, Moment, is_export, list_export, require_list
from people.models import AuditEvent, User

COLUMNS = (ID, ("Name", str), ("Mail", "email"), ("Joined", Moment("date_joined")))


def ask(rf, user, form="csv", query=""):
    request = rf.post(f"/people/{query}", {"format": form})
    request.user = user
    return request


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_list_that_is_only_read_gives_no_file(rf, agent):
    request = rf.get("/people/?format=csv")
    request.user = agent
    assert list_export(request, User.objects.all(), COLUMNS, "people") is None
    assert not AuditEvent.objects.exists()


def test_the_file_holds_ids_and_says_that_times_are_utc(rf, agent):
    agent.date_joined = dt.datetime(2026, 7, 1, 9, 30, 5, 99, tzinfo=dt.UTC)
    agent.save()
    with timezone.override("Asia/Tokyo"):
        answer = list_export(ask(rf, agent), User.objects.filter(pk=agent.pk), COLUMNS, "people")
    assert rows_of(answer) == [
        ["Id", "Name", "Mail", "Joined (UTC)"],
        [str(agent.pk), str(agent), agent.email, "2026-07-01 09:30:05"],
    ]


def test_it_is_noted_who_took_what_along(rf, agent):
    list_export(ask(rf, agent, "xlsx", "?q=a&page=2"), User.objects.all(), COLUMNS, "people")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("export_list", agent)
    assert event.after == {
        "list": "people",
        "path": "/people/",
        "filter": "q=*&page=2",
        "format": "xlsx",
    }


def test_an_unknown_form_is_refused_and_not_noted(rf, agent):
    with pytest.raises(BadRequest):
        list_export(ask(rf, agent, "pdf"), User.objects.all(), COLUMNS, "people")
    assert not AuditEvent.objects.exists()


def test_rows_are_prepared_in_portions(rf, agent, monkeypatch):
    monkeypatch.setattr("people.exports.PORTION", 2)
    seen = []

    def prepare(rows):
        seen.append(len(rows))
        return [{"n": row} for row in rows]

    answer = list_export(ask(rf, agent), iter(range(5)), (("N", "n"),), "n", prepare=prepare)
    assert seen == []
    assert [row[0] for row in rows_of(answer)] == ["N", "0", "1", "2", "3", "4"]
    assert [count for count in seen if count] == [2, 2, 1]


def test_the_reader_s_language_holds_while_the_file_is_on_its_way(rf, agent):
    languages = []
    columns = (("L", lambda row: languages.append(translation.get_language()) or row),)
    with translation.override("de"):
        answer = list_export(ask(rf, agent), [1], columns, "x")
    rows_of(answer)
    assert languages == ["de"]
    assert translation.get_language() == "en"


def test_what_is_missing_on_the_way_is_empty(rf, agent):
    answer = list_export(ask(rf, agent), [{"a": None}], (("B", "a.b.c"),), "x")
    assert rows_of(answer)[1] == [""]


def test_addresses_are_whole(rf, agent):
    class Row:
        def get_absolute_url(self):
            return "/x/1/"

    answer = list_export(ask(rf, agent), [Row()], (ADDRESS,), "x")
    assert rows_of(answer)[1] == ["http://testserver/x/1/"]


def test_a_list_takes_no_other_post(rf):
    view = require_list(lambda request: HttpResponse("page"))
    assert view(rf.post("/x/")).status_code == 405
    assert view(rf.put("/x/")).status_code == 405
    assert view(rf.get("/x/")).content == b"page"
    assert view(rf.head("/x/")).status_code == 200
    request = rf.post("/x/", {"format": "csv"})
    assert is_export(request)
    assert view(request).content == b"page"
