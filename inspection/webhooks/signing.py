"""Signatures after the Standard Webhooks specification, with secrets that no database holds.

An endpoint's secret is derived (HKDF-SHA256, RFC 5869) from the service's own, the endpoint's id and its
secret's version: whoever reads the database learns none, and a new version is a new secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from inspection.errors import SettingUnusable

_SALT = b"inspection webhooks"
_LEAST = 32
PREFIX = "whsec_"


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes: extract, and the first block of expand."""
    extracted = hmac.digest(salt, key, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


@dataclass(frozen=True)
class Signer:
    """Knows the secret of every endpoint, from the service's own: `keys` of 32 bytes or more, newest first.

    While the service's secret is being replaced there are two: each signs, and the newest is shown.
    Raises `SettingUnusable` for one that is short.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) < _LEAST for key in self.keys):
            raise SettingUnusable("secret", f"it has fewer than {_LEAST} bytes")

    def shown(self, webhook_id: str, version: int) -> str:
        """As receivers' libraries take it: `whsec_` and base64."""
        return PREFIX + base64.b64encode(_secret(self.keys[0], webhook_id, version)).decode()

    def headers(
        self, webhook_id: str, versions: Iterable[int], *, event_id: str, timestamp: int, body: bytes
    ) -> dict[str, str]:
        """The three of the specification; `timestamp` in seconds since 1970. A signature a secret."""
        signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
        secrets = [_secret(key, webhook_id, version) for version in versions for key in self.keys]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signature(secret, signed) for secret in secrets),
        }


def _secret(key: bytes, webhook_id: str, version: int) -> bytes:
    return hkdf(key, _SALT, f"{webhook_id}:{version}".encode())


def signature(secret: bytes, signed: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256."""
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
