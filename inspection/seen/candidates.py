"""Which of the photos that may be the same are compared, and in which order: pictures cost milliseconds.

Near hashes and what the model sees alike have a budget each, and take turns, so that many of one kind never
hide one of the other. And no sender fills a budget alone: of each return a few have their turn, then a few
of the next, so that whoever sends decoys needs as many returns as there are places.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from inspection.seen.hits import Known

NEAR_COMPARED = 24
"""Photos whose hash is near: by chance there is none among ten million, so that many are somebody's doing."""
ALIKE_COMPARED = 24
"""Photos in which the model sees alike: in a large shop there are always more, the most alike come first."""
VERY_ALIKE = 0.9
"""Cosine from which a photo has a place beyond those, and is told of where it finds none."""
VERY_ALIKE_COMPARED = 72
"""Places beyond: few photos need any, and a large shop may have some dozens by chance."""
FEW = 4
"""Photos of one sender in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """To be compared: `distance` in bits where the hashes are near, else `cosine` of what is seen."""

    seq: int
    sha256: str
    known: Known
    distance: int | None = None
    cosine: float | None = None

    @property
    def senders(self) -> Sequence[str]:
        """The shop itself has an empty name."""
        return [use.sender for use in self.known.used_by] or [""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """In the order of comparison; `left_out` says that one that should have been compared is not."""

    candidates: tuple[Candidate, ...]
    left_out: bool


def choose(near: Mapping[int, int], alike: Mapping[int, float], about: Mapping[int, Candidate]) -> Chosen:
    """`near` are distances, `alike` cosines, by number, the likest first; `about` what may be compared."""
    by_hash = by_turns([about[seq] for seq in near if seq in about])
    by_sight = by_turns([about[seq] for seq in alike if seq in about and seq not in near])
    more = [one for one in by_sight[ALIKE_COMPARED:] if (one.cosine or 0.0) >= VERY_ALIKE]
    compared = [*by_sight[:ALIKE_COMPARED], *more[:VERY_ALIKE_COMPARED]]
    return Chosen(
        candidates=tuple(_alternating(by_hash[:NEAR_COMPARED], compared)),
        left_out=len(by_hash) > NEAR_COMPARED or len(more) > VERY_ALIKE_COMPARED,
    )


def by_turns(candidates: Sequence[Candidate]) -> list[Candidate]:
    """A few of each sender, the likest first, then a few more of each."""
    had: Counter[str] = Counter()
    rounds = []
    for place, one in enumerate(candidates):
        # a photo that several sent comes with the one who had the fewest turns
        rounds.append((min(had[sender] for sender in one.senders) // FEW, place))
        had.update(set(one.senders))
    return [candidates[place] for _, place in sorted(rounds)]


def _alternating(one: Sequence[Candidate], other: Sequence[Candidate]) -> Iterator[Candidate]:
    pairs = zip_longest(one, other)
    return (candidate for candidate in chain.from_iterable(pairs) if candidate is not None)
