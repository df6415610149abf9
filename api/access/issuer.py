"""The issuer as it describes itself, and the keys it signs with; asked now and then, and remembered."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from api.access.remembered import Remembered
from api.access.settings import OidcSettings, check_address
from inspection.errors import SettingUnusable, SetupProblem

SECONDS = 10
MOST_BYTES = 1_000_000
REMEMBERED_SECONDS = 3600
ASKED_AGAIN_AFTER_SECONDS = 10
LEAST_RSA_BITS = 2048

PublicKey = RSAKey | ECKey


class IssuerUnusable(SetupProblem):
    """The login's issuer cannot be reached, or says what cannot be right."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The issuer that people sign in with cannot be used: {why}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What its discovery document says, as far as it is used."""

    authorize: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool  # says in each answer which issuer it is (RFC 9207)
    client_auth: Sequence[str]


class Issuer:
    """Safe for threads. `clock` counts seconds and never goes back."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._described = Remembered(self._describe, clock)
        self._keys = Remembered(self._ask_keys, clock)

    def described(self) -> Described:
        """Raises `IssuerUnusable`."""
        return self._described.get(REMEMBERED_SECONDS)

    def ends_at(self) -> str | None:
        """The page where people sign out of the issuer too. Raises `IssuerUnusable`."""
        end = self.described().end_session
        asked = urlencode({"client_id": self.settings.client_id})
        return None if end is None else f"{end}{'&' if '?' in end else '?'}{asked}"

    def key(self, kid: str | None) -> PublicKey | None:
        """The one of that name, the only one where none is named. Raises `IssuerUnusable`.

        An unknown name makes us ask for the keys again: issuers replace them. But not all the time.
        """
        said = self._keys.said()
        known = None if said is None else _named(said[0], kid)
        if known is None:
            return _named(self._keys.get(ASKED_AGAIN_AFTER_SECONDS), kid)
        return (
            known
            if said and said[1] <= REMEMBERED_SECONDS
            else _named(self._keys.get(REMEMBERED_SECONDS), kid)
        )

    def _ask_keys(self) -> tuple[PublicKey, ...]:
        return _usable(self.fetched("GET", self.described().keys))

    def fetched(
        self, method: str, url: str, *, refused: Exception | None = None, **more: Any
    ) -> Mapping[str, Any]:
        """A JSON object from the issuer. Raises `IssuerUnusable`, which repeats nothing that was sent.

        `refused` is raised instead where the issuer takes no such request.
        """
        until = time.monotonic() + 2 * SECONDS
        try:
            with httpx.Client(timeout=SECONDS, follow_redirects=False, verify=_trusted()) as client:
                with client.stream(method, url, headers={"Accept": "application/json"}, **more) as answer:
                    body = b""
                    for piece in answer.iter_bytes():
                        body += piece
                        if len(body) > MOST_BYTES or time.monotonic() > until:
                            raise IssuerUnusable("it answers without end")
                said = httpx.Response(200, content=body).json() if answer.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IssuerUnusable(f"{httpx.URL(url).host}: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            raise IssuerUnusable("its answer is no JSON") from error
        if refused is not None and answer.is_client_error:
            raise refused
        if not isinstance(said, dict):
            raise IssuerUnusable(f"{httpx.URL(url).path} answers {answer.status_code}")
        return said

    def _describe(self) -> Described:
        said = self.fetched("GET", self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != self.settings.issuer:
            raise IssuerUnusable("it calls itself otherwise than INSPECTION_OIDC_ISSUER does")
        end, methods = said.get("end_session_endpoint"), said.get("token_endpoint_auth_methods_supported")
        return Described(
            authorize=_address(said, "authorization_endpoint"),
            token=_address(said, "token_endpoint"),
            keys=_address(said, "jwks_uri"),
            end_session=None if end is None else _address(said, "end_session_endpoint"),
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            client_auth=methods if isinstance(methods, list) else ["client_secret_basic"],
        )


def _named(keys: Sequence[PublicKey], kid: str | None) -> PublicKey | None:
    """The one of that name; where none is named, the only one."""
    named = [key for key in keys if key.kid == kid] if kid is not None else list(keys)
    return named[0] if len(named) == 1 else None


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the list of authorities takes longer than a request."""
    return httpx.create_ssl_context()


def _address(said: Mapping[str, Any], name: str) -> str:
    try:
        url = str(said[name])
        check_address(name, url.partition("?")[0])
    except (KeyError, SettingUnusable) as error:
        raise IssuerUnusable(f"its {name} is no https address") from error
    return url


def _usable(said: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Public keys for signatures, strong enough; what else an issuer may list is no business of ours."""
    found: list[PublicKey] = []
    listed = said.get("keys")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or not _strong(one):
            continue
        try:
            key = JWKRegistry.import_key(one)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey | ECKey):
            found.append(key)
    return tuple(found)


def _strong(key: Mapping[str, Any]) -> bool:
    """A shared secret ("oct") is never one; of RSA, the modulus is base64url, 4 characters for 3 bytes."""
    if key.get("kty") == "EC":
        return True
    return key.get("kty") == "RSA" and len(str(key.get("n", ""))) * 6 >= LEAST_RSA_BITS
