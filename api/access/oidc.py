"""People sign in at the merchant's own issuer: OpenID Connect, authorization code with PKCE, state and nonce.

All three are derived from one random number, which waits in a signed cookie of ten minutes: the answer has to
come back to the browser that asked, once.
"""

import base64
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from api.access.callers import Role
from api.access.idtoken import TokenRefused, claims_of, role_of
from api.access.issuer import Issuer
from api.access.spent import Spent
from inspection.access.secret import Secret
from inspection.access.signed import Signer
from inspection.errors import Forbidden

MOST_SECONDS = 600
_LONGEST_SUB = 150
_TIME_BYTES, _NUMBER_BYTES = 5, 32

log = logging.getLogger("inspection.access")


class LoginRefused(Forbidden):
    """The issuer's answer cannot be trusted, or it let nobody in; the log has the reason."""

    def __init__(self) -> None:
        super().__init__("Signing in did not work. Please try again.")


class NoRole(Forbidden):
    """Known to the issuer, and nobody here."""

    def __init__(self) -> None:
        super().__init__("You are signed in, but you were given no role here. Please ask your administrator.")


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in: `id` is `person:<sub>`."""

    id: str
    name: str
    role: Role


class Logins:
    """Begins logins and finishes them. Safe for threads."""

    def __init__(self, issuer: Issuer, secret: Secret, spent: Spent) -> None:
        self.issuer = issuer
        self._signer = Signer(secret, "login/1")
        self._key = secret.derived("login-values")[0].key
        self._spent = spent

    def begin(self, page: str, redirect_uri: str, now: datetime) -> tuple[str, str]:
        """Where to send the browser, and the cookie to send it with. Raises `IssuerUnusable`."""
        number = secrets.token_bytes(_NUMBER_BYTES)
        settings = self.issuer.settings
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": settings.scope,
            "state": self._derived(number, "state"),
            "nonce": self._derived(number, "nonce"),
            "code_challenge": _base64(sha256(self._derived(number, "verifier").encode()).digest()),
            "code_challenge_method": "S256",
        }
        address = self.issuer.described().authorize
        began = int(now.timestamp()).to_bytes(_TIME_BYTES)
        cookie = self._signer.sign(began + number + page.encode())
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", cookie

    def finish(
        self, answer: Mapping[str, str], cookie: str, redirect_uri: str, now: datetime
    ) -> tuple[Person, str]:
        """Who it is, and the page to go to. Raises `LoginRefused`, `NoRole` or `IssuerUnusable`."""
        try:
            number, page = self._waiting(cookie, now)
            code = self._code(answer, number, now)
            token = self._exchanged(code, self._derived(number, "verifier"), redirect_uri)
            claims = claims_of(token, self.issuer, nonce=self._derived(number, "nonce"), now=now)
        except TokenRefused as error:
            log.warning("a login was refused: %s", error)
            raise LoginRefused from error
        role = role_of(claims, self.issuer.settings)
        if role is None:
            raise NoRole
        return Person(_person(claims["sub"]), _name(claims), role), page

    def _waiting(self, cookie: str, now: datetime) -> tuple[bytes, str]:
        said = self._signer.said(cookie)
        if said is None:
            raise TokenRefused("this browser began no login here")
        began, number = said[:_TIME_BYTES], said[_TIME_BYTES : _TIME_BYTES + _NUMBER_BYTES]
        if not 0 <= now.timestamp() - int.from_bytes(began) + 1 <= MOST_SECONDS:
            raise TokenRefused("it took too long")
        return number, said[_TIME_BYTES + _NUMBER_BYTES :].decode()

    def _code(self, answer: Mapping[str, str], number: bytes, now: datetime) -> str:
        state = self._derived(number, "state")
        if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise TokenRefused("the state is missing, or another's")
        if not self._spent.spend(f"login {state}", now + timedelta(seconds=2 * MOST_SECONDS), now):
            raise TokenRefused("this answer came before")
        described, named = self.issuer.described(), answer.get("iss")
        if named != self.issuer.settings.issuer and (named is not None or described.names_itself):
            raise TokenRefused("the answer is from another issuer")
        if "error" in answer or not answer.get("code"):
            raise TokenRefused(f"the issuer let nobody in ({answer.get('error', '')[:60]!r})")
        return answer["code"]

    def _exchanged(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code. Raises `TokenRefused` where the issuer refuses."""
        settings, described = self.issuer.settings, self.issuer.described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": settings.client_id,
        }
        more: dict[str, Any] = {"data": form}
        if settings.client_secret is not None:
            if "client_secret_basic" in described.client_auth:
                more["auth"] = (quote(settings.client_id, safe=""), quote(settings.client_secret, safe=""))
            else:
                form["client_secret"] = settings.client_secret
        said = self.issuer.fetched("POST", described.token, refused=TokenRefused("the code"), **more)
        if not isinstance(said.get("id_token"), str):
            raise TokenRefused("there is no ID token")
        return str(said["id_token"])

    def _derived(self, number: bytes, what: str) -> str:
        return _base64(hmac.digest(self._key, what.encode() + b"/" + number, sha256))


def _person(sub: str) -> str:
    """For rows and records, which have room for so much."""
    plain = sub.isprintable() and len(sub) <= _LONGEST_SUB
    return f"person:{sub}" if plain else f"person:sha256:{sha256(sub.encode()).hexdigest()}"


def _name(claims: Mapping[str, Any]) -> str:
    named = (claims.get(name) for name in ("name", "preferred_username", "email", "sub"))
    return "".join(c for c in next(str(one) for one in named if one) if c.isprintable())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
