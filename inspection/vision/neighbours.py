"""The nearest of thousands of patches, looked for among the few that are likely: those of its own cluster."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CLUSTERS = 48
"""At most. Asking for the cluster and asking within it then cost about the same with 8,000 patches."""
MEMBERS = 100
"""On average, at least: with fewer the nearest patch lies outside oftener, and a middle is less usual."""
ROUNDS = 3
"""Of k-means: it finds where to look, no more, and later rounds change little."""
CHUNK = 400
"""Rows of a product held at a time: 13 MB against 8,000 patches."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distances:
    """Euclidean, one of each patch asked for."""

    nearest: Floats  # (n,) to the nearest patch of the cluster, seldom and little above the nearest of all
    middle: Floats  # (n,) to the mean of the cluster: far where only a single odd patch is near


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """Patches grouped by likeness (k-means, then one cluster is searched: Jégou 2011), ready to be asked.

    From 10 times as fast as `nearest` on; distances come out 1 % too large on average.
    """

    patches: Floats  # (n, f), one cluster after the other
    half_norms: Floats  # (n,) half of each one's square
    middles: Floats  # (clusters, f)
    starts: NDArray[np.int64]  # (clusters + 1,): where each cluster begins, and the end

    @classmethod
    def of(cls, patches: Floats) -> "Clusters":
        """Of (n, f), at least one: the same clusters for the same patches in the same order."""
        count = max(1, min(CLUSTERS, len(patches) // MEMBERS))
        chosen = np.random.default_rng(0).permutation(len(patches))[:count]
        middles = patches[chosen]
        for _ in range(ROUNDS):
            order, starts = _grouped(_likeness(patches, middles).argmax(axis=1), len(middles))
            counts = np.diff(starts)
            kept = counts > 0
            sums = np.add.reduceat(patches[order], starts[:-1][kept], axis=0)
            middles = np.asarray(sums / counts[kept, None], np.float32)
        order, starts = _grouped(_likeness(patches, middles).argmax(axis=1), len(middles))
        members = patches[order]
        return cls(patches=members, half_norms=_half_norms(members), middles=middles, starts=starts)

    def distances(self, patches: Floats) -> Distances:
        """Of each of (n, f)."""
        likeness = _likeness(patches, self.middles)
        whose = likeness.argmax(axis=1)
        order, starts = _grouped(whose, len(self.middles))
        sought, closest = patches[order], np.empty(len(patches), np.float32)
        for cluster in np.flatnonzero(np.diff(starts)):
            asked = slice(starts[cluster], starts[cluster + 1])
            members = slice(self.starts[cluster], self.starts[cluster + 1])
            if members.start == members.stop:  # the last round left it without one: its middle stands for it
                closest[asked] = likeness[order[asked], cluster]
                continue
            found = sought[asked] @ self.patches[members].T - self.half_norms[members]
            closest[asked] = found.max(axis=1)
        back = np.empty_like(closest)
        back[order] = closest
        own = _half_norms(patches)
        return Distances(
            nearest=_distance(own, back),
            middle=_distance(own, likeness[np.arange(len(patches)), whose]),
        )


def nearest(patches: Floats, others: Floats) -> Floats:
    """(n,) Euclidean distances from each of (n, f) to the closest of (m, f), exact and in bounded memory."""
    closest = np.empty(len(patches), np.float32)
    for start in range(0, len(patches), CHUNK):
        closest[start : start + CHUNK] = _likeness(patches[start : start + CHUNK], others).max(axis=1)
    return _distance(_half_norms(patches), closest)


def _likeness(patches: Floats, others: Floats) -> Floats:
    """(n, m): the larger, the nearer; half of what the squared distance lacks to the patch's own square."""
    return np.asarray(patches @ others.T - _half_norms(others), np.float32)


def _half_norms(patches: Floats) -> Floats:
    return np.asarray(0.5 * np.einsum("nf,nf->n", patches, patches), np.float32)


def _distance(half_norms: Floats, likeness: Floats) -> Floats:
    squared = 2 * (half_norms - likeness)
    return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)


def _grouped(labels: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order that puts equal labels side by side, and where each of `count` begins in it, and the end."""
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(labels, minlength=count), out=starts[1:])
    return np.argsort(labels, kind="stable"), starts
