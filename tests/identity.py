"""An identity provider of our own (OpenID Connect Core 1.0), on this machine."""

import html
import http.server
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider:
    """Discovery, keys, tokens, who somebody is, and a page with one button on which they sign in there as
    `person`. A test without a browser follows no page: it sets `nonce` to what was asked for."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {}
        self.asked: dict[str, list[str]] = {}
        self.nonce = ""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                if parts.path == "/authorize":
                    self.answer(provider.page(parts.query), "text/html; charset=utf-8")
                else:
                    self.answer(json.dumps(provider.get(parts.path)), "application/json")

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                provider.asked = parse_qs(self.rfile.read(length).decode())
                self.answer(json.dumps(provider.tokens()), "application/json")

            def answer(self, body, kind):
                data = body.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def said(self) -> dict[str, str]:
        """What OIDC_PROVIDERS says of it."""
        names = {"id": "corp", "name": "Corp", "client_id": "evenhand", "secret": "s"}
        return {**names, "issuer": self.url}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def page(self, query: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        self.nonce = asked.get("nonce", "")
        back = urlencode({"code": "once", "state": asked["state"]})
        address = html.escape(f"{asked['redirect_uri']}?{back}")
        return (
            f'<!doctype html><html lang="en"><title>Corp</title><h1>Sign in to Corp</h1>'
            f'<a href="{address}">Go on</a></html>'
        )

    def get(self, path: str) -> Any:
        if path.endswith("openid-configuration"):
            names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            ends = {f"{name}_endpoint": f"{self.url}/{end}" for name, end in names.items()}
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ends}
        if path == "/keys":
            key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return {"keys": [{**key, "kid": "one", "use": "sig", "alg": "RS256"}]}
        return self.person

    def tokens(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            **self.person,
            "iss": self.url,
            "aud": "evenhand",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
        }
        signed = jwt.encode(claims, self.key, "RS256", headers={"kid": "one"})
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}
