"""A real OpenID issuer on a local port, for tests: it does all it should, and whatever an attacker would."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from functools import cache
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "inspection-tests"
CLIENT_SECRET = "client-secret-that-nobody-may-log"  # noqa: S105
SUB = "248289761001"


@cache
def first_key():
    """Made once: that takes a while."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


class Issuer:
    """`claims` and `header` change what the next ID tokens say; `forge` replaces the whole token."""

    def __init__(self):
        self.keys = [first_key()]
        self.address = ""
        self.codes = {}
        self.tokens = []
        self.asked = {"keys": 0, "token": 0}
        self.claims = {}
        self.header = {}
        self.forge = None
        self.discovery = {}
        self.roles = ["inspector"]
        self.replays_codes = False
        self.hides_keys = False
        self.basic = []
        self.app = self._app()

    def public(self):
        return {"keys": [] if self.hides_keys else [key.as_dict(private=False) for key in self.keys]}

    def token_for(self, asked):
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": SUB,
            "name": "Jane Doe",
            "roles": self.roles,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        key = self.keys[-1]
        header = {"alg": "RS256", "kid": key.kid} | self.header
        if self.forge is not None:
            return self.forge(self, header, claims)
        return jwt.encode(
            {k: v for k, v in header.items() if v is not None}, claims, key, algorithms=["RS256"]
        )

    def _app(self):
        app = FastAPI(openapi_url=None)

        @app.get("/.well-known/openid-configuration")
        def discovery():
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "end_session_endpoint": f"{self.address}/logout",
            } | self.discovery

        @app.get("/keys")
        def keys():
            self.asked["keys"] += 1
            return self.public()

        @app.get("/authorize")
        def authorize(request: Request):
            asked = dict(request.query_params)
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            code = f"code-{len(self.codes)}-{time.time_ns()}"
            self.codes[code] = asked
            answer = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=303)

        @app.post("/token")
        def token(
            request: Request, code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form()
        ):
            self.asked["token"] += 1
            self.basic.append(request.headers.get("authorization"))
            asked = self.codes.get(code) if self.replays_codes else self.codes.pop(code, None)
            if asked is None or asked["redirect_uri"] != redirect_uri:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest())
            if challenge.rstrip(b"=").decode() != asked["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            made = self.token_for(asked)
            self.tokens.append(made)
            return {"access_token": "access-token-of-the-issuer", "token_type": "Bearer", "id_token": made}

        return app


def unsigned(issuer, header, claims):
    """alg=none: anybody can write it."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def with_the_public_key(issuer, header, claims):
    """HS256, with the issuer's public key in the place of the secret; no library would make it."""
    head = _part({"alg": "HS256", "kid": header["kid"], "typ": "JWT"}) + "." + _part(claims)
    mac = hmac.digest(issuer.keys[-1].as_pem(private=False), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_a_stranger(issuer, header, claims):
    """A good signature under the right name, by a key that is not the issuer's."""
    stranger = RSAKey.generate_key(2048, {"kid": header["kid"]})
    return jwt.encode({"alg": "RS256", "kid": header["kid"]}, claims, stranger, algorithms=["RS256"])


def by_a_key_of_its_own(issuer, header, claims):
    """The token brings the key to check it with."""
    stranger = RSAKey.generate_key(2048, {"kid": "mine"})
    header = {"alg": "RS256", "kid": "mine", "jwk": stranger.as_dict(private=False)}
    return jwt.encode(header, claims, stranger, algorithms=["RS256"])


def changed_afterwards(issuer, header, claims):
    """Signed by the issuer, and one role richer since."""
    good = jwt.encode({"alg": "RS256", "kid": header["kid"]}, claims, issuer.keys[-1], algorithms=["RS256"])
    head, _, signature = good.split(".")
    return f"{head}.{_part(claims | {'roles': ['administrator']})}.{signature}"


def _part(said):
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


class Prompt(uvicorn.Server):
    """Ends within milliseconds of being asked to: tests start hundreds of them."""

    async def main_loop(self):
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(0.005)


@contextmanager
def serving(app):
    """On a free port, in a thread of this process; gives its address."""
    server = Prompt(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def running_issuer():
    issuer = Issuer()
    with serving(issuer.app) as address:
        issuer.address = address
        yield issuer


def answered(location):
    """The words in an answer's address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
