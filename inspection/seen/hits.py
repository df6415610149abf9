"""What a search says."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How alike two photos are."""

    SAME_FILE = "same_file"  # byte by byte
    SAME_PICTURE = "same_picture"  # saved anew, resized, relit, turned, mirrored, or in a screenshot
    CROP = "crop"  # one is a part of the other, or tilted


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An inspection that a photo belongs to, and the return that one is of, if any."""

    inspection_id: str
    return_id: str | None = None

    @property
    def sender(self) -> str:
        """Whom it counts for: the return, or the inspection where there is none."""
        return self.return_id or self.inspection_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Where a photo is used: by `times` other inspections, the newest of them in `used_by`, oldest first.

    `shows` are numbers of items of which it is one of the shop's own photos.
    """

    used_by: tuple[Use, ...] = ()
    times: int = 0
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A photo that came before, and where.

    `distance` counts the bits in which the hashes differ, of 256; `agreement` is the share of the picture
    that is the same once one is laid over the other. Each is `None` where it was not what told.
    """

    sha256: str
    kind: Kind
    known: Known
    distance: int | None = None
    agreement: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`unchecked` says that something that may be the same photo was not compared, and nothing else was

    found: there were too many of them, or the store did not give them.
    """

    hits: tuple[Hit, ...]
    unchecked: bool = False
