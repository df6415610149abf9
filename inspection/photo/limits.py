"""How much of one photo we are willing to take in: checked on headers, before memory is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one photo may cost.

    `most_memory` is in bytes, and binds all photos decoding at the same time in this process as
    well as each alone. `least_side` is the shorter side, in pixels.
    """

    most_bytes: int = 25_000_000
    most_pixels: int = 100_000_000
    most_frames: int = 1
    least_side: int = 64
    most_memory: int = 208_000_000
