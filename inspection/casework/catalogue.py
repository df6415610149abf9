"""Photos of undamaged items, which inspections of the same item are compared with."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from inspection.casework.keeping import Keeping, Since
from inspection.errors import PhotoRejected
from inspection.ports import Gate, Reference, References, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Adding, listing and removing; each photo passes the gate first.

    `remember` is told of every one, so that it is known where somebody sends it as a photo of an item.
    """

    gate: Gate
    keeping: Keeping
    references: References
    new_id: Callable[[], str]
    remember: Callable[[str], None]

    def add(self, sku: str, source: Source, sent: Sequence[Callable[[], bytes]]) -> list[Reference]:
        """All of them, or none where one is no photo. Raises `PhotoRejected`."""
        opened = []
        for number, read in enumerate(sent, start=1):
            try:
                opened.append((read, self.gate.shown(self.gate.open(read()))))
            except PhotoRejected as error:
                if len(sent) > 1:  # say which one, or nobody can act on it
                    error.photo = f"photo-{number}"
                raise
        return [self._add(sku, source, read(), shown) for read, shown in opened]

    def _add(self, sku: str, source: Source, encoded: bytes, shown: bytes) -> Reference:
        sha256 = hashlib.sha256(encoded).hexdigest()

        def use(since: Since) -> Reference:
            self.keeping.photos.put_shown(sha256, shown)
            now = datetime.now(UTC)
            made = Reference(id=self.new_id(), sku=sku, sha256=sha256, source=source, added_at=now)
            return self.references.add(made, len(encoded), since[sha256])

        added = self.keeping.keep({sha256: lambda: encoded}, use)
        self.remember(sha256)
        return added
