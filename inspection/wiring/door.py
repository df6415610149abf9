"""Who may come in, and who is told."""

from functools import cached_property
from random import SystemRandom

from inspection.access.links import Links
from inspection.access.passes import Passes
from inspection.access.secret import Secret, secret_of
from inspection.store.keys import SqlApiKeys
from inspection.store.spent import SqlSpent
from inspection.store.webhooks import SqlWebhooks
from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.delivery import Courier
from inspection.webhooks.sender import Sender
from inspection.webhooks.signing import Signer
from inspection.webhooks.webhooks import Webhooks
from inspection.wiring.records import Records


class Door(Records):
    """Secrets, links and keys on the way in; webhooks on the way out."""

    @cached_property
    def secret(self) -> Secret:
        """What links, sessions and webhooks are signed with."""
        given = self.settings.secret
        return secret_of(None if given is None else given.get_secret_value(), self.settings.home)

    @cached_property
    def links(self) -> Links:
        """Shoppers' links."""
        return Links(self.secret)

    @cached_property
    def passes(self) -> Passes:
        """People's way in where there is no issuer."""
        return Passes(self.secret)

    @cached_property
    def keys(self) -> SqlApiKeys:
        """API keys of other systems."""
        return SqlApiKeys(self.database)

    @cached_property
    def spent(self) -> SqlSpent:
        """What is good once, or no more."""
        return SqlSpent(self.database)

    @cached_property
    def listeners(self) -> SqlWebhooks:
        """Who is told, and what became of it."""
        return SqlWebhooks(self.database, self.queue)

    @cached_property
    def signer(self) -> Signer:
        """Of webhooks."""
        return Signer(tuple(one.key for one in self.secret.derived("webhooks")))

    @cached_property
    def webhooks(self) -> Webhooks:
        """What their owners do with them."""
        return Webhooks(
            kept=self.listeners,
            rules=AddressRules(frozenset(self.settings.webhooks_to_private.lower().split())),
            signer=self.signer,
        )

    @cached_property
    def courier(self) -> Courier:
        """Tells events to whoever listens."""
        return Courier(
            deliveries=self.listeners.deliveries,
            sender=Sender(rules=self.webhooks.rules),
            signer=self.signer,
            jitter=SystemRandom().random,
        )
