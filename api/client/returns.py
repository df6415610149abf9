"""Returns, and what was paid."""

from collections.abc import Iterator

from api.bodies.returns import ReturnIn, ReturnOut
from api.client.transport import Transport


class Returns(Transport):
    """What the shop asks to be inspected."""

    def request_return(self, body: ReturnIn) -> ReturnOut:
        """A shopper's request, with its items."""
        return self._read(ReturnOut, "POST", "/v1/returns", json=body.model_dump(mode="json"))

    def return_(self, return_id: str) -> ReturnOut:
        """As it stands."""
        return self._read(ReturnOut, "GET", f"/v1/returns/{return_id}")

    def returns(self, *, reference: str | None = None) -> Iterator[ReturnOut]:
        """The newest first, all of them, page by page."""
        return self._pages(ReturnOut, "/v1/returns", reference=reference)

    def pay(self, return_id: str, line_id: str, cents: int, *, if_version: int | None = None) -> ReturnOut:
        """Note what was paid for an item that was decided; `if_version` is the return's."""
        path = f"/v1/returns/{return_id}/lines/{line_id}/payment"
        return self._read(ReturnOut, "POST", path, json={"cents": cents}, if_version=if_version)
