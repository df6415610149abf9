"""What the owners of endpoints do with them: addresses are checked first, and secrets made on the way out."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.endpoint import Webhook
from inspection.webhooks.ports import Endpoints
from inspection.webhooks.signing import Signer


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """`kept` also lists, rotates, removes and replays."""

    kept: Endpoints
    rules: AddressRules
    signer: Signer

    def add(self, url: str, types: Sequence[str], *, by: str, webhook_id: str | None = None) -> Webhook:
        """As `Endpoints.add`. Raises `AddressRefused`."""
        return self.kept.add(self.rules.target(url).url, types, by=by, webhook_id=webhook_id)

    def change(
        self,
        webhook_id: str,
        *,
        by: str,
        url: str | None = None,
        types: Sequence[str] | None = None,
        version: int | None = None,
    ) -> Webhook:
        """As `Endpoints.change`. Raises `AddressRefused`."""
        checked = None if url is None else self.rules.target(url).url
        return self.kept.change(webhook_id, by=by, url=checked, types=types, version=version)

    def secret_of(self, webhook: Webhook) -> str:
        """For its owner, when it was just added or rotated; `whsec_…`."""
        return self.signer.shown(webhook.id, webhook.secret_version)
