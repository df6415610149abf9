"""Photos of undamaged items."""

from collections.abc import Iterator, Sequence

from api.bodies.references import ReferenceOut
from api.client.transport import Transport
from inspection.ports import Source


class References(Transport):
    """What inspections of the same item number are compared with."""

    def add_references(
        self, sku: str, photos: Sequence[bytes], *, source: Source = "catalogue"
    ) -> list[ReferenceOut]:
        """1 to 20 photos of the undamaged item; one that is there already is not added again."""
        files = [("photos", (f"{number}", photo)) for number, photo in enumerate(photos)]
        asked = {"sku": sku, "source": source}
        return self._read_list(ReferenceOut, "POST", "/v1/references", params=asked, files=files)

    def references(self, sku: str) -> Iterator[ReferenceOut]:
        """Of one item, the newest first, all of them, page by page."""
        return self._pages(ReferenceOut, "/v1/references", sku=sku)

    def remove_reference(self, reference_id: str) -> None:
        """Nothing is compared with it any more."""
        self._ask("DELETE", f"/v1/references/{reference_id}")
