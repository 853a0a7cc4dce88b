"""The page that explains the figures."""

import pytest


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor", "administrator"])
def test_method_is_for_everybody_who_signs_in(request, as_user, who):
    response = as_user(request.getfixturevalue(who)).get("/team/method/")

    assert response.status_code == 200
    assert "Below 5 scorecards" in response.content.decode()


def test_method_asks_to_sign_in(client):
    assert client.get("/team/method/").status_code == 302


def test_method_is_only_read(as_user, agent):
    assert as_user(agent).post("/team/method/").status_code == 405
