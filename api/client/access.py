"""API keys, shoppers' links, and who one is."""

from collections.abc import Sequence
from datetime import datetime

from api.bodies.access import OVERLAP_HOURS, KeyIn, KeyOut, KeysOut, LinkOut, NewKeyOut, WhoAmI
from api.client.transport import Transport
from inspection.access.keys import Scope


class Access(Transport):
    """Keys are an administrator's; links are the shop's."""

    def who_am_i(self) -> WhoAmI:
        """Whom the service takes this client for."""
        return self._read(WhoAmI, "GET", "/v1/session")

    def make_link(self, return_id: str, *, hours: float = 14 * 24) -> LinkOut:
        """For the shopper of that return. It cannot be taken back."""
        return self._read(LinkOut, "POST", "/v1/links", json={"return_id": return_id, "hours": hours})

    def keys(self) -> list[KeyOut]:
        """All there ever were, the newest first."""
        return self._read(KeysOut, "GET", "/v1/keys").items

    def key(self, key_id: str) -> KeyOut:
        """What may be known of it."""
        return self._read(KeyOut, "GET", f"/v1/keys/{key_id}")

    def make_key(
        self, name: str, scopes: Sequence[Scope | str], *, expires_at: datetime | None = None
    ) -> NewKeyOut:
        """Its text is in this answer alone. Where that was lost, `Refused` names the key: revoke it."""
        body = KeyIn(name=name, scopes=[Scope(one) for one in scopes], expires_at=expires_at)
        return self._read(NewKeyOut, "POST", "/v1/keys", json=body.model_dump(mode="json"))

    def rotate_key(self, key_id: str, *, overlap_hours: float = OVERLAP_HOURS) -> NewKeyOut:
        """A new one like it; the old one holds a while longer."""
        body = {"overlap_hours": overlap_hours}
        return self._read(NewKeyOut, "POST", f"/v1/keys/{key_id}/rotate", json=body)

    def revoke_key(self, key_id: str) -> None:
        """From the next request on, it opens nothing."""
        self._ask("DELETE", f"/v1/keys/{key_id}")
