"""What an issuer's ID token says, once every word of it was checked (OpenID Connect Core, 3.1.3.7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from api.access.callers import Role
from api.access.issuer import Issuer, PublicKey
from api.access.settings import OidcSettings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures by a private key alone: never "none", and never HMAC, whose key would be the public one."""

LEEWAY_SECONDS = 60
LONGEST = 50_000
_STRONGEST_FIRST = (Role.ADMINISTRATOR, Role.SCIENTIST, Role.INSPECTOR)


class TokenRefused(Exception):
    """Why, for the log; it repeats no secret."""


def claims_of(token: str, issuer: Issuer, *, nonce: str, now: datetime) -> Mapping[str, Any]:
    """All that it claims. Raises `TokenRefused`, or `IssuerUnusable` where the keys cannot be had."""
    if len(token) > LONGEST:
        raise TokenRefused("the ID token is too long")

    def key_for(obj: Any) -> PublicKey:
        kid = obj.headers().get("kid")
        key = issuer.key(kid if kid is None else str(kid))
        if key is None:
            raise TokenRefused("the ID token is signed by a key the issuer does not list")
        return key

    client_id = issuer.settings.client_id
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer.settings.issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, key_for, algorithms=ALGORITHMS).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"{type(error).__name__}: {error}") from error
    if claims.get("nonce") != nonce:
        raise TokenRefused("the ID token answers another login")
    alone = isinstance(claims["aud"], str) or len(claims["aud"]) == 1
    if claims.get("azp", client_id if alone else None) != client_id:
        raise TokenRefused("the ID token is meant for another client")
    return claims


def role_of(claims: Mapping[str, Any], settings: OidcSettings) -> Role | None:
    """The strongest role that the claim gives, if any."""
    said: Any = claims
    for part in [settings.roles_claim] if settings.roles_claim in claims else settings.roles_claim.split("."):
        said = said.get(part) if isinstance(said, Mapping) else None
    words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
    given = {settings.roles[word] for word in words if isinstance(word, str) and word in settings.roles}
    return next((role for role in _STRONGEST_FIRST if role in given), None)
