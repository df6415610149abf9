"""Text that says who made it: base64url of a key's id, what is said, and an HMAC-SHA256 over both."""

import base64
import binascii
import hmac
from hashlib import sha256

from inspection.access.secret import Secret

MAC_BYTES = 32
ID_BYTES = 4
LONGEST = 4096
"""Characters of a token that anybody would look at."""


class Signer:
    """Signs for one purpose: what was signed for another never passes, whoever mixes them up."""

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._keys = secret.derived(purpose)

    def __repr__(self) -> str:
        return f"Signer(<{len(self._keys)} keys>)"

    def sign(self, said: bytes) -> str:
        """By the newest secret."""
        key = self._keys[0]
        head = key.id + said
        return _text(head + hmac.digest(key.key, head, sha256))

    def said(self, token: str) -> bytes | None:
        """What was signed, or `None`. Every key is tried, whatever the token: the time tells nothing."""
        raw = _raw(token)
        head, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        good = False
        for key in self._keys:
            same = hmac.compare_digest(hmac.digest(key.key, head, sha256), mac)
            good |= same & hmac.compare_digest(head[:ID_BYTES], key.id)
        return head[ID_BYTES:] if good else None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(token: str) -> bytes:
    """The bytes of a token that is written the one way there is, else none."""
    if len(token) > LONGEST or not token.isascii():
        return b""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
    return raw if _text(raw) == token else b""  # spare bits that say nothing may not vary
