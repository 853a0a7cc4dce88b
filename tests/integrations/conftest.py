import json

import pytest
from django.test import Client

from integrations.actions import create_token
from integrations.models import Scope


@pytest.fixture
def token_of(administrator):
    """`token_of(*scopes)` is the secret of a token of the administrator, or of `by`."""

    def make(*scopes, by=None, **kwargs):
        by = by or administrator
        _token, secret = create_token(
            name="Help desk", scopes=scopes or Scope.values, by=by, **kwargs
        )
        return secret

    return make


class Program:
    """A client with a token; `post` and the like send JSON."""

    def __init__(self, secret):
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path, **query):
        return self.client.get(path, query)

    def send(self, method, path, body, **headers):
        return self.client.generic(
            method, path, json.dumps(body), content_type="application/json", headers=headers
        )

    def post(self, path, body, **headers):
        return self.send("POST", path, body, **headers)


@pytest.fixture
def program(token_of):
    return Program(token_of())
