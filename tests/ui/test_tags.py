"""How numbers, times and lists look. No database."""

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.test.html import parse_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, override

from content.models import Skill
from ui.templatetags.ui import (
    at_offset,
    clock,
    duration,
    exact_percent,
    hours_as_duration,
    icon,
    minutes_as_duration,
    percent,
)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("84"), 0, "84 %"),
        (Decimal("84.5"), 0, "85 %"),
        (66.6666, 1, "66.7 %"),
        (0, 0, "0 %"),
        (None, 0, "–"),
        ("", 0, "–"),
    ],
)
def test_percent_rounds_half_up_and_never_makes_a_zero_of_nothing(value, places, text):
    assert percent(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("69.60"), "69.60 %"),
        (Decimal("70.00"), "70 %"),
        (0.57 * 100, "57 %"),
        (83.333333, "83.33 %"),
        (0, "0 %"),
        (None, "–"),
    ],
)
def test_exact_percent_makes_no_pass_of_a_near_miss(value, text):
    assert exact_percent(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00"), (65.9, "01:05"), (3600, "1:00:00"), (3725, "1:02:05"), (None, "")],
)
def test_clock_counts_from_the_start(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (3600, "1 h"), (90061, "1 d 1 h"), (None, "–")],
)
def test_duration_names_the_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (1, "1 minute"),
        (90, "90 minutes"),
        (60, "1 hour"),
        (1440, "24 hours"),
        (2880, "48 hours"),
        (7200, "5 days"),
        (None, "–"),
    ],
)
def test_minutes_as_duration_says_it_as_people_do(minutes, text):
    assert minutes_as_duration(minutes) == text


def test_hours_as_duration_says_days_where_they_are_whole():
    hours = (168, 72, 48, 1, 100, None)
    assert [hours_as_duration(n) for n in hours] == [
        "7 days",
        "3 days",
        "48 hours",
        "1 hour",
        "100 hours",
        "–",
    ]


def test_at_offset_is_unknown_where_either_is():
    start = dt.datetime(2026, 9, 14, 10, tzinfo=dt.UTC)

    assert at_offset(start, 90) == dt.datetime(2026, 9, 14, 10, 1, 30, tzinfo=dt.UTC)
    assert at_offset(None, 90) is None
    assert at_offset(start, None) is None


def test_icon_is_hidden_from_screen_readers_unless_it_says_something():
    assert 'aria-hidden="true"' in icon("check")
    assert 'aria-label="Passed"' in icon("check", "Passed")


def test_pagination_keeps_the_filters():
    page = Paginator(range(60), 25).page(2)
    request = RequestFactory().get("/list/", {"channel": "chat", "page": "2"})

    html = Template("{% pagination page %}").render(Context({"page": page, "request": request}))

    assert 'href="?channel=chat&amp;page=1"' in html
    assert 'href="?channel=chat&amp;page=3"' in html
    assert "26–50 of 60" in html


def test_pagination_of_a_single_page_shows_nothing():
    page = Paginator(range(3), 25).page(1)
    request = RequestFactory().get("/list/")

    html = Template("{% pagination page %}").render(Context({"page": page, "request": request}))

    assert html.strip() == ""


def test_form_field_ties_errors_to_the_control():
    from django import forms

    class NameForm(forms.Form):
        name = forms.CharField(help_text="As in the passport.")

    html = Template("{% form_field form.name %}").render(Context({"form": NameForm({})}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_select_is_written_as_django_writes_it():
    class Form(forms.Form):
        colour = forms.ChoiceField(
            choices=[("", "None"), ("Warm", [("r", "Red & <more>")]), ("b", "Blue")],
            widget=forms.Select(attrs={"class": "wide"}),
        )

    ours = str(Form(initial={"colour": "r"})["colour"])
    theirs = str(Form(initial={"colour": "r"}, renderer=DjangoTemplates())["colour"])

    assert parse_html(ours) == parse_html(theirs)
    assert "selected" in ours


def test_kept_draws_once_for_the_same_values_and_anew_for_others():
    kept = Template("{% kept shown=title %}<p>{{ shown }}</p>{% endkept %}")

    drawn = [kept.render(Context({"title": title})) for title in ("A", "A", "B", 1, True, 1.0)]

    assert drawn == ["<p>A</p>", "<p>A</p>", "<p>B</p>", "<p>1</p>", "<p>True</p>", "<p>1.0</p>"]
    node = kept.nodelist[0]
    assert len(node.drawn) == 5


def test_kept_knows_nothing_but_its_values():
    kept = Template("{% kept title=title %}{{ title }}{{ user }}{{ csrf_token }}{% endkept %}")

    html = kept.render(Context({"title": "A", "user": "Alva", "csrf_token": "secret"}))

    assert html == "A"


def test_kept_words_are_escaped_although_the_same_were_drawn_as_safe_before():
    kept = Template(
        "{% kept words=words %}{% for word in words %}{{ word }}{% endfor %}{% endkept %}"
    )

    assert kept.render(Context({"words": [mark_safe("<b>")]})) == "<b>"
    assert kept.render(Context({"words": ["<b>"]})) == "&lt;b&gt;"


def test_kept_is_drawn_anew_in_another_language():
    kept = Template("{% load i18n %}{% kept n=1 %}{% translate 'Yes' %}{% endkept %}")

    with override("en"):
        english = kept.render(Context())
    with override("de"):
        german = kept.render(Context())

    assert [english, german] == ["Yes", "Ja"]


def test_kept_forgets_when_it_is_full(monkeypatch):
    kept = Template("{% kept n=n %}{{ n }}{% endkept %}")
    node = kept.nodelist[0]
    monkeypatch.setattr(node, "MOST", 2)

    assert [kept.render(Context({"n": n})) for n in range(3)] == ["0", "1", "2"]
    assert len(node.drawn) == 1


def test_kept_refuses_a_row_which_equals_itself_after_a_change():
    kept = Template("{% kept row=row %}{{ row }}{% endkept %}")

    with pytest.raises(TemplateSyntaxError):
        kept.render(Context({"row": Skill(pk=1, name="Empathy")}))


def test_kept_wants_values():
    with pytest.raises(TemplateSyntaxError):
        Template("{% kept %}x{% endkept %}")


def test_options_are_escaped_and_the_chosen_one_is_marked():
    drawn = Template("{% options_of rows 2 %}").render(Context({"rows": [(1, "<b>"), (2, "Ada")]}))
    assert drawn == '<option value="1">&lt;b&gt;</option>\n<option value="2" selected>Ada</option>'


def test_a_word_that_is_said_again_follows_the_language():
    template = Template(
        "{% load i18n %}{% translate 'E-mail' %}{% translate 'E-mail' as one %}{{ one }}"
    )
    for language in ("en", "de", "en"):
        with override(language):
            assert template.render(Context()) == 2 * gettext("E-mail")
    unsafe = Template(
        "{% load i18n %}{% autoescape off %}{% translate 'a & b' %}{% endautoescape %}"
    )
    assert unsafe.render(Context()) == "a & b"


def test_a_drawn_template_is_kept_by_what_it_was_given():
    template = Template("{% drawn 'ui/_channel.html' channel=channel label=label %}")
    phone = template.render(Context({"channel": "phone", "label": "<Phone>"}))
    assert "&lt;Phone&gt;" in phone
    assert template.render(Context({"channel": "phone", "label": "<Phone>"})) == phone
    assert template.render(Context({"channel": "chat", "label": "Chat"})) != phone


def test_drawn_wants_a_template_and_values():
    for wrong in ("{% drawn %}", "{% drawn 'ui/_channel.html' %}"):
        with pytest.raises(TemplateSyntaxError):
            Template(wrong)
