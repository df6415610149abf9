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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A photo that came before, and where.

    `distance` counts the bits in which the hashes differ, of 256; `agreement` is the share of the picture
    that is the same once one is laid over the other. Each is `None` where it was not what told.
    """

    sha256: str
    kind: Kind
    used_by: tuple[Use, ...]
    distance: int | None = None
    agreement: float | None = None

    def in_another_return(self, return_id: str | None) -> bool:
        """Whether it came with a return, and not with this one."""
        return any(use.return_id not in (None, return_id) for use in self.used_by)
