"""A person comes in without an issuer: whoever may run commands on the machine hands them a pass.

    isp1_<base64url of: key id, expiry 5 B, number 16 B, role and name as JSON, HMAC-SHA256>

It is good once, for some minutes, and becomes a session in the browser that opens it.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inspection.access.secret import Secret
from inspection.access.signed import Signer
from inspection.errors import RequestRejected

PREFIX = "isp1_"
HOLDS = timedelta(minutes=10)
ROLES = ("inspector", "scientist", "administrator")
LONGEST_NAME = 60
_EXPIRY_BYTES, _NUMBER_BYTES = 5, 16


class PassUnusable(RequestRejected):
    """A pass for nobody, or as nothing."""

    def __init__(self) -> None:
        roles = ", ".join(ROLES)
        super().__init__(f"A pass has a name of 1 to {LONGEST_NAME} letters, and a role: {roles}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Whom it is for. `number` makes it one of its own, until `until` (UTC)."""

    name: str
    role: str
    number: str
    until: datetime


class Passes:
    """Makes and reads them; that each is used once is for the reader to see to."""

    def __init__(self, secret: Secret) -> None:
        self._signer = Signer(secret, "pass/1")

    def make(self, name: str, role: str, *, now: datetime) -> str:
        """Its token. Raises `PassUnusable`."""
        fits = 1 <= len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()
        if not fits or role not in ROLES:
            raise PassUnusable
        expiry = int((now + HOLDS).timestamp()).to_bytes(_EXPIRY_BYTES)
        said = expiry + secrets.token_bytes(_NUMBER_BYTES) + json.dumps([role, name]).encode()
        return PREFIX + self._signer.sign(said)

    def read(self, token: str, *, now: datetime) -> Pass | None:
        """`None` for one that is not ours, or not good any more."""
        said = self._signer.said(token.removeprefix(PREFIX))
        if said is None or not token.startswith(PREFIX):
            return None
        until = datetime.fromtimestamp(int.from_bytes(said[:_EXPIRY_BYTES]), UTC)
        role, name = json.loads(said[_EXPIRY_BYTES + _NUMBER_BYTES :])
        number = said[_EXPIRY_BYTES : _EXPIRY_BYTES + _NUMBER_BYTES].hex()
        return Pass(name=name, role=role, number=number, until=until) if now < until else None
