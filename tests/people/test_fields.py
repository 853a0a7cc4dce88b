import pytest
from django import forms

from people.fields import ChosenRowsField
from people.models import User


class Chosen(forms.Form):
    people = ChosenRowsField(queryset=User.objects.all())


def test_chosen_rows_are_found_by_id(agent, reviewer):
    form = Chosen({"people": [str(agent.pk), str(reviewer.pk)]})

    assert form.is_valid()
    assert set(form.cleaned_data["people"]) == {agent, reviewer}


@pytest.mark.parametrize("pk", ["9" * 30, "9" * 5000, "-1", "1\0", "x", "999999"])
def test_chosen_rows_know_no_id_that_fits_no_database(agent, pk):
    form = Chosen({"people": [str(agent.pk), pk]})

    assert not form.is_valid()
    assert form.has_error("people", "invalid_choice") or form.has_error(
        "people", "invalid_pk_value"
    )


def test_chosen_rows_may_be_required(db):
    assert Chosen({}).has_error("people", "required")
