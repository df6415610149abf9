"""The shopper's link: for one return, until a time. Nothing is stored, so nothing has to be looked up.

    isl1_<base64url of: key id 4 B, expiry 5 B (seconds since 1970), return id 16 B, HMAC-SHA256 32 B>

The key's id comes with the signature (`inspection.access.signed`), so that the secret can be replaced.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from inspection.access.secret import Secret
from inspection.access.signed import Signer
from inspection.errors import RequestRejected

PREFIX = "isl1_"  # the version is in front and signed with the rest, as the purpose
LONGEST = timedelta(days=60)
_EXPIRY_BYTES = 5
_UUID_BYTES = 16


class LinkTooLong(RequestRejected):
    """A link that would hold for nothing, or for too long: it cannot be taken back."""

    def __init__(self) -> None:
        super().__init__(f"A link holds for at least a second and at most {LONGEST.days} days.")


class NotAReturn(RequestRejected):
    """What a link was asked for is no id of a return."""

    def __init__(self) -> None:
        super().__init__("This is no id of a return.")


class Links:
    """Makes and reads them."""

    def __init__(self, secret: Secret) -> None:
        self._signer = Signer(secret, "link/1")

    def make(self, return_id: str, *, now: datetime, hours: float = 14 * 24) -> str:
        """Its token, good from `now` on. Raises `LinkTooLong` or `NotAReturn`."""
        try:
            holds = timedelta(hours=hours)
        except (OverflowError, ValueError) as error:
            raise LinkTooLong from error
        if not timedelta(seconds=1) <= holds <= LONGEST:
            raise LinkTooLong
        expiry = int((now + holds).timestamp()).to_bytes(_EXPIRY_BYTES)
        return PREFIX + self._signer.sign(expiry + _uuid(return_id).bytes)

    def read(self, token: str, *, now: datetime) -> tuple[str, datetime] | None:
        """The return and when the link ends, in UTC; `None` for one that is not ours or not good any more."""
        said = self._signer.said(token.removeprefix(PREFIX))
        if said is None or not token.startswith(PREFIX) or len(said) != _EXPIRY_BYTES + _UUID_BYTES:
            return None
        until = datetime.fromtimestamp(int.from_bytes(said[:_EXPIRY_BYTES]), UTC)
        return (str(UUID(bytes=said[_EXPIRY_BYTES:])), until) if now < until else None


def _uuid(return_id: str) -> UUID:
    try:
        found = UUID(return_id)
    except ValueError as error:
        raise NotAReturn from error
    if str(found) != return_id:
        raise NotAReturn
    return found
