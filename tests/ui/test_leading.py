"""Addresses of rows in templates: what Django's own tag says, found more quickly. No database."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch, path, resolve, reverse, set_script_prefix, set_urlconf

from ui import leading


def page(*args: object) -> None:
    """What an address leads to."""


urlpatterns = [
    path("rows/", page, name="rows"),
    path("rows/<int:pk>/parts/<int:part>/", page, name="part"),
    path("odd {words} & more/<int:pk>/", page, name="odd"),
    path("named/<slug:name>/", page, name="named"),
]


@pytest.fixture(autouse=True)
def these_patterns():
    set_urlconf(__name__)
    leading._form.cache_clear()
    yield
    set_urlconf(None)
    set_script_prefix("/")
    leading._form.cache_clear()


def drawn(words: str, **context: object) -> str:
    return Template("{% url " + words + " %}").render(Context(context))


@pytest.mark.parametrize(
    ("words", "context", "address"),
    [
        ("'rows'", {}, "/rows/"),
        ("'part' 3 41", {}, "/rows/3/parts/41/"),
        ("'part' a b", {"a": 41, "b": 3}, "/rows/41/parts/3/"),
        ("'part' a b", {"a": 10**12, "b": 0}, "/rows/1000000000000/parts/0/"),
        ("'part' part=a pk=b", {"a": 1, "b": 2}, "/rows/2/parts/1/"),
        ("'odd' 7", {}, "/odd%20%7Bwords%7D%20&amp;%20more/7/"),
        ("'named' a", {"a": "b-c"}, "/named/b-c/"),
        ("'named' a", {"a": 12}, "/named/12/"),
        ("'named' a", {"a": True}, "/named/True/"),
        ("name a b", {"name": "part", "a": 1, "b": 1}, "/rows/1/parts/1/"),
    ],
)
def test_an_address_is_djangos_twice(words, context, address):
    assert [drawn(words, **context) for _time in range(2)] == [address, address]


def test_an_address_follows_the_script_it_is_under():
    assert drawn("'rows'") == "/rows/"
    set_script_prefix("/desk/")
    assert drawn("'rows'") == reverse("rows") == "/desk/rows/"


def test_what_has_no_address_is_an_error_each_time():
    for _time in range(2):
        with pytest.raises(NoReverseMatch):
            drawn("'part' 3")
    assert drawn("'part' 3 as there") == ""


def test_the_room_of_a_request_counts():
    set_urlconf(None)
    request = RequestFactory().get("/scorecards/")
    request.resolver_match = resolve("/scorecards/")
    words = Template("{% url 'scorecards:scorecard_detail' 5 %}")
    context = Context({"request": request})
    context.request = request

    assert words.render(context) == "/scorecards/5/"
