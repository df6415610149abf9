"""`inspection link`: the address for a return's shopper, as the merchant's own system would ask for it."""

from datetime import UTC, datetime

from inspection.access.links import Links
from inspection.ports import Cases


def run(cases: Cases, links: Links, return_id: str, *, address: str, hours: float) -> None:
    """Prints it alone. Raises `NotAReturn`, `ReturnNotFound` or `LinkTooLong`."""
    token = links.make(return_id, now=datetime.now(UTC), hours=hours)
    with cases.change() as change:
        change.return_(return_id)
    print(f"{address.rstrip('/')}/r/{token}")
