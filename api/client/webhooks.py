"""Endpoints that want to be told, and what they were told."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from api.bodies.webhooks import DeliveryOut, ReplayOut, SecretOut, WebhookOut
from api.client.transport import Transport
from inspection.webhooks.endpoint import DeliveryState


class Webhooks(Transport):
    """Of this installation; docs/webhooks.md is for whoever writes the receiver."""

    def add_webhook(self, url: str, types: Sequence[str] = ("*",)) -> SecretOut:
        """From now on its events are posted there. The secret is in this answer alone."""
        return self._read(SecretOut, "POST", "/v1/webhooks", json={"url": url, "types": list(types)})

    def webhooks(self) -> Iterator[WebhookOut]:
        """The oldest first, all of them, page by page."""
        return self._pages(WebhookOut, "/v1/webhooks")

    def webhook(self, webhook_id: str) -> WebhookOut:
        """Without its secret."""
        return self._read(WebhookOut, "GET", _at(webhook_id))

    def change_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        types: Sequence[str] | None = None,
        if_version: int | None = None,
    ) -> WebhookOut:
        """What is left out stays."""
        body = {"url": url, "types": None if types is None else list(types)}
        told = {name: value for name, value in body.items() if value is not None}
        return self._read(WebhookOut, "PATCH", _at(webhook_id), json=told, if_version=if_version)

    def remove_webhook(self, webhook_id: str, *, if_version: int | None = None) -> None:
        """It is told nothing any more."""
        self._ask("DELETE", _at(webhook_id), if_version=if_version)

    def rotate_webhook(self, webhook_id: str, *, if_version: int | None = None) -> SecretOut:
        """A new secret, in this answer alone; for 24 hours the old one signs, too."""
        return self._read(SecretOut, "POST", f"{_at(webhook_id)}/rotate", if_version=if_version)

    def test_webhook(self, webhook_id: str) -> DeliveryOut:
        """Sends it a `webhook.ping`."""
        return self._read(DeliveryOut, "POST", f"{_at(webhook_id)}/test")

    def deliveries(
        self, webhook_id: str, *, state: DeliveryState | str | None = None
    ) -> Iterator[DeliveryOut]:
        """The newest events first, all of them, page by page."""
        asked = None if state is None else DeliveryState(state).value
        return self._pages(DeliveryOut, f"{_at(webhook_id)}/deliveries", state=asked)

    def replay(self, webhook_id: str, event_id: str) -> None:
        """Send one event again, under the id it had."""
        self._ask("POST", f"{_at(webhook_id)}/replay", json={"event_id": event_id})

    def replay_since(self, webhook_id: str, since: datetime, *, undelivered: bool = True) -> int:
        """Send everything again since then, call by call; how many that were. `since` has a zone."""
        body = {"since": since.isoformat(), "undelivered": undelivered, "cursor": None}
        count = 0
        while True:
            told = self._read(ReplayOut, "POST", f"{_at(webhook_id)}/replay", json=body)
            count += told.replayed
            if told.next is None:
                return count
            body["cursor"] = told.next


def _at(webhook_id: str) -> str:
    return f"/v1/webhooks/{webhook_id}"
