"""API keys for other systems: `isk_<id>_<secret>`, shown once.

Of the secret, 256 random bits, only its SHA-256 is kept. A slow hash (argon2, bcrypt) protects words that
people choose, by making each guess dear; nobody guesses 256 random bits, slow or fast, and a key is checked
with every request.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from inspection.errors import Conflict, NotFound, RequestRejected

PREFIX = "isk_"
OVERLAP = timedelta(hours=24)
NOTED_EVERY = timedelta(minutes=1)
LONGEST_NAME = 200
LONGEST = timedelta(days=3660)
_SHAPE = re.compile(r"isk_([0-9a-f]{32})_([0-9a-f]{64})")
_NOBODY = "00000000-0000-0000-0000-000000000000"


class Scope(StrEnum):
    """What a key may be used for."""

    RETURNS = "returns"  # announce returns and read them; ask for shoppers' links
    INSPECTIONS = "inspections"  # open, photograph, submit, read, withdraw, appeal
    CLASSIFY = "classify"  # the stateless reading, which keeps nothing
    REFERENCES = "references"  # photos of the undamaged items
    REVIEWS = "reviews"  # read the queue; only a person gives a verdict
    WEBHOOKS = "webhooks"  # who is told what, and what was delivered
    ADMIN = "admin"  # all of these, and keys themselves


class ScopeUnknown(RequestRejected):
    """No such scope, or none at all."""

    def __init__(self, scope: str | None = None) -> None:
        what = "A key needs at least one scope" if scope is None else f"There is no scope {scope[:40]!r}"
        super().__init__(f"{what}; there are: {', '.join(Scope)}.")


class NameUnusable(RequestRejected):
    """A key's name says to people what it is for."""

    def __init__(self) -> None:
        super().__init__(f"A key's name has 1 to {LONGEST_NAME} characters, all of them printable.")


class ExpiryUnusable(RequestRejected):
    """A time that has passed, or an overlap that is none."""

    def __init__(self, why: str = "A key expires in the future, within ten years, if at all.") -> None:
        super().__init__(why)


class KeyNotFound(NotFound):
    """No key has this id, or it is revoked or expired already."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id[:36]!r} that is still good.")


class KeyMadeBefore(Conflict):
    """A second request to make the same key: its text was in the first answer, and nowhere else."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"This was made before, as key {key_id}. If its text is lost, replace that key.")


class KeyReplaced(Conflict):
    """Another key is in its place: what that was given to live is not to be told from this one any more."""

    def __init__(self, key_id: str, by: str) -> None:
        super().__init__(f"Key {key_id} was replaced already, by key {by}. Replace that one, or make a key.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is kept of a key: enough to check it, and nothing to use it with.

    `line` is the first of the keys that each replaced the one before; `None` for one that replaced none.
    """

    id: str
    name: str
    secret_sha256: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    line: str | None = None

    def good_at(self, now: datetime) -> bool:
        """Neither revoked nor expired; the moment of expiry itself is too late."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys(Protocol):
    """Where they are kept. Revoking holds from the next request on, in every process."""

    def add(self, key: ApiKey) -> None:
        """A new one. Raises `KeyMadeBefore`."""
        ...

    def find(self, key_id: str) -> ApiKey | None:
        """Good or not."""
        ...

    def listed(self) -> Sequence[ApiKey]:
        """All there ever were, the newest first."""
        ...

    def any(self) -> bool:
        """Whether there ever was one."""
        ...

    def end(self, key_id: str, *, now: datetime, at: datetime | None = None) -> None:
        """Revoke it now, or let it expire `at` a time if it would not sooner. Raises `KeyNotFound`."""
        ...

    def replace(self, key_id: str, key: ApiKey, *, now: datetime, until: datetime) -> None:
        """Add `key` to the line of the one before it, and let that expire, together.

        Raises `KeyReplaced`, and as they do.
        """
        ...

    def used(self, key_id: str, now: datetime) -> None:
        """Note that it was, at most once a minute."""
        ...


def new_key(
    key_id: str, name: str, scopes: Sequence[str], *, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """One to keep, and its text to show once. `key_id` is a UUID.

    Raises `NameUnusable`, `ScopeUnknown` or `ExpiryUnusable`.
    """
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or not name.strip():
        raise NameUnusable
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise ExpiryUnusable
    secret = secrets.token_hex(32)
    key = ApiKey(
        id=key_id,
        name=name,
        secret_sha256=_hash(secret),
        scopes=_known(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return key, f"{PREFIX}{key_id.replace('-', '')}_{secret}"


def checked(text: str, keys: ApiKeys, now: datetime) -> ApiKey | None:
    """The key that was sent, or `None`: unknown, forged, expired, revoked, all in the same few steps."""
    shape = _SHAPE.fullmatch(text)
    key_id, secret = (_dashed(shape[1]), shape[2]) if shape else (_NOBODY, "")
    key = keys.find(key_id)
    same = hmac.compare_digest(_hash(secret), key.secret_sha256 if key is not None else "0" * 64)
    return key if key is not None and same & key.good_at(now) else None


def _known(scopes: Sequence[str]) -> tuple[Scope, ...]:
    if not scopes:
        raise ScopeUnknown
    known = {scope.value for scope in Scope}
    for scope in scopes:
        if scope not in known:
            raise ScopeUnknown(scope)
    return tuple(scope for scope in Scope if scope.value in set(scopes))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _dashed(key_id: str) -> str:
    plain = key_id.replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
